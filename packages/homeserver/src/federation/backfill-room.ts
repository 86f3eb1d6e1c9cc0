/** Fetches older history of a room from the servers in it, when a reader comes to where ours begins. */
import { authEventIds, type EventId, isJsonArray, type ServerName, prevEventIds } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { type Place, publishAppended } from '../rooms/append-event.ts';
import { roomById, rulesOf } from '../rooms/current-state.ts';
import { freePositionBelow } from '../rooms/history-position.ts';
import { receivePdu, type VerifiedPdu } from '../rooms/receive-pdu.ts';
import { transactResolving } from '../rooms/resolutions.ts';
import { otherServers } from '../rooms/servers-in-room.ts';
import { missingParents, type RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { inDependencyOrder } from './dependency-order.ts';
import { fetchAuthChain, receiveWithFetchedState } from './fetch-missing-events.ts';
import { leftOutOf } from './left-out-members.ts';
import { path, requestRemote } from './signed-request.ts';
import { verifyPdus } from './verify-pdu.ts';

const MAX_SERVERS = 3;
const MAX_EVENTS = 100;
const TIMEOUT_MS = 15_000;

/** Where in a room's timeline somebody is about to read, and how many events they want. */
export type BackfillRoom = {
  readonly roomId: string;
  /** The reader is about to pass this timeline position downwards. */
  readonly belowPosition: number;
  readonly limit: number;
};

/** `complete`: nothing is missing any more below the position. */
export const backfillRoom = (
  engine: Engine,
  input: BackfillRoom,
): Promise<{ readonly added: number; readonly complete: boolean }> =>
  engine.historyQueue.run(input.roomId, async () => {
    const start = await engine.store.read((reader) => findEdge(engine, reader, input));
    if (start === undefined) return { added: 0, complete: true };
    let unreachable: Unreachable | undefined;
    for (const server of start.servers.slice(0, MAX_SERVERS)) {
      const answer = await backfillFrom(engine, server, start, Math.min(input.limit, MAX_EVENTS));
      if (typeof answer === 'number' && answer > 0) {
        engine.historyGaps.delete(start.childId);
        return { added: answer, complete: false };
      }
      if (typeof answer !== 'number') unreachable ??= answer;
    }
    if (unreachable) engine.historyGaps.set(start.childId, unreachable);
    engine.log.info('history could not be fetched', { room_id: input.roomId });
    return { added: 0, complete: false };
  });

/** A server that may have what is missing, and gave no answer. */
export type Unreachable = { readonly serverName: ServerName; readonly reason: string };

type Edge = {
  readonly room: RoomRow;
  readonly childId: EventId;
  readonly servers: readonly ServerName[];
  /** The newest event at or below the position of which parents are missing. */
  readonly childPosition: number;
  readonly missing: readonly EventId[];
};

const findEdge = async (
  engine: Engine,
  reader: StoreReader,
  { roomId, belowPosition }: BackfillRoom,
): Promise<Edge | undefined> => {
  const room = await roomById(reader, roomId);
  if (room === undefined || room.federate === 0) return undefined;
  const rows = await reader.scan(missingParents, { where: { room_nid: room.room_nid } });
  let childPosition = Number.NEGATIVE_INFINITY;
  let childId: EventId | undefined;
  const byChild = new Map<number, EventId[]>();
  for (const row of rows) {
    const { position, eventId } = await engine.events.byNid(reader, row.child_nid);
    if (position === null || position > belowPosition) continue;
    if (position > childPosition) childId = eventId;
    childPosition = Math.max(childPosition, position);
    byChild.set(position, [...(byChild.get(position) ?? []), row.event_id as EventId]);
  }
  const missing = byChild.get(childPosition);
  if (missing === undefined || childId === undefined) return undefined;
  const servers = await otherServers(engine, reader, room.room_nid);
  return { room, childId, servers, childPosition, missing };
};

const backfillFrom = async (
  engine: Engine,
  server: ServerName,
  { room, missing, childPosition }: Edge,
  limit: number,
): Promise<number | Unreachable> => {
  const from = missing.map((id) => `v=${encodeURIComponent(id)}`).join('&');
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: `${path`/_matrix/federation/v1/backfill/${room.room_id}`}?${from}&limit=${limit}`,
    timeoutMs: TIMEOUT_MS,
  });
  if (answer.kind === 'failed') return { serverName: server, reason: answer.reason };
  const pdus = answer.kind === 'ok' ? answer.body['pdus'] : undefined;
  if (!isJsonArray(pdus)) return 0;
  const verified = await verifyPdus(engine, rulesOf(room), pdus.slice(0, MAX_EVENTS), server);
  const events = inDependencyOrder(
    verified.filter(({ pdu }) => pdu.room_id === room.room_id || pdu.type === 'm.room.create'),
    prevEventIds,
  );
  const top = await engine.store.transact((tx) => freePositionBelow(tx, room.room_nid, childPosition));
  let added = 0;
  for (const [index, event] of events.entries()) {
    const position = top - (events.length - 1 - index);
    if (await receiveHistory(engine, server, room, event, position)) added++;
  }
  return added;
};

const receiveHistory = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  event: VerifiedPdu,
  position: number,
): Promise<boolean> => {
  const place = { kind: 'history', position } as const;
  const verdict = await transactResolving(engine, (tx) => receivePdu(engine, tx, room, event, { place }));
  if (verdict.kind === 'duplicate') return false;
  if (verdict.kind === 'missing') {
    if (verdict.authEvents.length > 0) await fetchAuthChain(engine, server, room, event.eventId);
    const received = await receiveBeforeMembers(engine, room, event, place);
    return received ?? receiveWithFetchedState(engine, server, room, event, { place });
  }
  publishAppended(engine, [verdict.appended]);
  return true;
};

/**
 * While the members are fetched who were left out when we joined, the state before an old event would have to be fetched
 * with all of them, too. Nothing of the room depends on it, so it is taken from what was told at the join and from what the
 * event refers to. Undefined in other rooms, and where that is not there.
 */
const receiveBeforeMembers = async (
  engine: Engine,
  room: RoomRow,
  event: VerifiedPdu,
  place: Place,
): Promise<boolean | undefined> => {
  const verdict = await transactResolving(engine, async (tx) => {
    const [leftOut] = await leftOutOf(tx, room.room_nid);
    const told = leftOut && (await engine.events.byNid(tx, leftOut.event_nid)).stateBefore;
    if (told === undefined || told === null) return undefined;
    const referred = new Map<number, number>();
    for (const id of authEventIds(event.pdu)) {
      const one = await engine.events.byId(tx, id);
      if (one?.roomNid === room.room_nid && one.stateKeyNid !== null && one.verdict !== 'rejected')
        referred.set(one.stateKeyNid, one.eventNid);
    }
    const stateBefore = await engine.states.update(tx, room.room_nid, told, referred);
    return receivePdu(engine, tx, room, event, { place, stateBefore });
  });
  if (verdict === undefined || verdict.kind === 'missing') return undefined;
  if (verdict.kind === 'duplicate') return false;
  publishAppended(engine, [verdict.appended]);
  return true;
};
