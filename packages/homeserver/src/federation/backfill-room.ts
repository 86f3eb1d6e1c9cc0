/** Fetches older history of a room from the servers in it, when a reader comes to where ours begins. */
import { type EventId, isJsonArray, type ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { publishAppended } from '../rooms/append-event.ts';
import { roomById, rulesOf } from '../rooms/current-state.ts';
import { freePositionBelow } from '../rooms/history-position.ts';
import { receivePdu, type VerifiedPdu } from '../rooms/receive-pdu.ts';
import { otherServers } from '../rooms/servers-in-room.ts';
import { missingParents, type RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { inDependencyOrder } from './dependency-order.ts';
import { receiveWithFetchedState, storeOutliers } from './fetch-missing-events.ts';
import { path, requestRemote } from './signed-request.ts';
import { verifyPdus } from './verify-pdu.ts';

const MAX_SERVERS = 3;
const MAX_EVENTS = 100;
const TIMEOUT_MS = 15_000;

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
    for (const server of start.servers.slice(0, MAX_SERVERS)) {
      const added = await backfillFrom(engine, server, start, Math.min(input.limit, MAX_EVENTS));
      if (added > 0) return { added, complete: false };
    }
    engine.log.info('history could not be fetched', { room_id: input.roomId });
    return { added: 0, complete: false };
  });

type Edge = {
  readonly room: RoomRow;
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
  const byChild = new Map<number, EventId[]>();
  for (const row of rows) {
    const { position } = await engine.events.byNid(reader, row.child_nid);
    if (position === null || position > belowPosition) continue;
    childPosition = Math.max(childPosition, position);
    byChild.set(position, [...(byChild.get(position) ?? []), row.event_id as EventId]);
  }
  const missing = byChild.get(childPosition);
  if (missing === undefined) return undefined;
  return { room, servers: await otherServers(engine, reader, room.room_nid), childPosition, missing };
};

const backfillFrom = async (
  engine: Engine,
  server: ServerName,
  { room, missing, childPosition }: Edge,
  limit: number,
): Promise<number> => {
  const from = missing.map((id) => `v=${encodeURIComponent(id)}`).join('&');
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: `${path`/_matrix/federation/v1/backfill/${room.room_id}`}?${from}&limit=${limit}`,
    timeoutMs: TIMEOUT_MS,
  });
  const pdus = answer.kind === 'ok' ? answer.body['pdus'] : undefined;
  if (!isJsonArray(pdus)) return 0;
  const verified = await verifyPdus(engine, rulesOf(room), pdus.slice(0, MAX_EVENTS), server);
  const events = inDependencyOrder(
    verified.filter(({ pdu }) => pdu.room_id === room.room_id || pdu.type === 'm.room.create'),
    (pdu) => pdu.prev_events,
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
  const verdict = await engine.store.transact((tx) => receivePdu(engine, tx, room, event, { place }));
  if (verdict.kind === 'duplicate') return false;
  if (verdict.kind === 'missing') {
    if (verdict.authEvents.length > 0) {
      const chain = await requestRemote(engine, {
        destination: server,
        method: 'GET',
        path: path`/_matrix/federation/v1/event_auth/${room.room_id}/${event.eventId}`,
      });
      const values = chain.kind === 'ok' ? chain.body['auth_chain'] : undefined;
      await storeOutliers(
        engine,
        room,
        await verifyPdus(engine, rulesOf(room), isJsonArray(values) ? values : [], server),
      );
    }
    return receiveWithFetchedState(engine, server, room, event, place);
  }
  publishAppended(engine, [verdict.appended]);
  return true;
};
