/**
 * Puts the state of a room right when it is damaged here: another server of the room says which events are its newest
 * and what the state before each is, and that is believed in the place of ours. What lies further back stays as it is.
 */
import { type EventId, prevEventIds, type RoomId, type ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { invalidParam, MatrixError, unreachable } from '../matrix-error.ts';
import { type Appended, publishAppended } from '../rooms/append-event.ts';
import { roomById } from '../rooms/current-state.ts';
import { receivePdu, type VerifiedPdu } from '../rooms/receive-pdu.ts';
import { resolved } from '../rooms/resolutions.ts';
import { stateAfterAll } from '../rooms/state-before-event.ts';
import type { StateRoot } from '../rooms/state-map.ts';
import { updateCurrentState } from '../rooms/update-current-state.ts';
import { forwardExtremities, memberships, type RoomRow, roomServers, rooms } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { newestEvents } from './catch-up.ts';
import { fetchEvent, fetchStateBefore } from './fetch-missing-events.ts';
import { noSuchRoom } from '../refusals.ts';

/** Which room is repaired, with the state of which server. */
export type RepairRoom = { readonly roomId: RoomId; readonly server: ServerName };

/** What a repair did. */
export type RepairedRoom = {
  /** State events that are other ones now, or that were not there or are not there any more. */
  readonly changed: number;
  /** State events of the room now. */
  readonly events: number;
  /** The newest events of the server, which the next event here follows. */
  readonly newest: readonly EventId[];
};

/** Local people in whose name is asked; some may have left since. */
const MAX_MEMBERS = 5;

type End = { readonly event: VerifiedPdu; readonly stateBefore: StateRoot };

/**
 * Asks the network for a while; the room goes on meanwhile. Nothing is changed unless the server gave everything.
 *
 * @throws M_NOT_FOUND for a room that is not known here, M_INVALID_PARAM for this server itself, CAUSEWAY_UNREACHABLE,
 *   and M_UNKNOWN when the server does not give the whole state or knows no one of us in the room
 */
export const repairRoom = async (engine: Engine, { roomId, server }: RepairRoom): Promise<RepairedRoom> => {
  if (server === engine.serverName) throw invalidParam('A room is repaired from another server.');
  const { room, people } = await whoIsInIt(engine, roomId);
  const newest = await newestEvents(engine, server, room, people);
  if (newest === 'away') throw unreachable(`${server} can't be reached, so nothing was changed.`);
  if (newest.length === 0) throw useless(server, 'it says of nobody here that they are in the room');
  const ends: End[] = [];
  for (const eventId of newest) {
    const event = await eventToEndWith(engine, server, room, eventId);
    if (event === undefined) throw useless(server, `it does not give its event ${eventId}`);
    const told = await fetchStateBefore(engine, server, room, eventId);
    if (told === undefined || told.unverified.length > 0)
      throw useless(server, `it does not give the whole state before ${eventId}`);
    ends.push({ event, stateBefore: told.root });
  }
  const repaired = await engine.roomQueue.run(roomId, () =>
    engine.store.transact((tx) => replaceState(engine, tx, roomId, ends)),
  );
  publishAppended(engine, repaired.appended);
  const { stream, roomNid, userNids } = repaired;
  engine.activity.roomChanged(roomNid, stream);
  engine.notifier.publish({ stream, roomNids: [roomNid], userNids });
  const { changed, events } = repaired;
  engine.log.warn('room repaired', { room_id: roomId, server, changed, events });
  return { changed, events, newest };
};

const useless = (server: ServerName, why: string) =>
  new MatrixError('M_UNKNOWN', `${server} is no help: ${why}. Nothing was changed.`);

const whoIsInIt = (engine: Engine, roomId: RoomId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw noSuchRoom(roomId);
    const rows = await reader.scan(memberships, {
      index: 'by_membership',
      where: { room_nid: room.room_nid, membership: 'join', local: 1 },
      limit: MAX_MEMBERS,
    });
    const people: string[] = [];
    for (const { user_nid } of rows) people.push(await engine.names.userId(reader, user_nid));
    return { room, people };
  });

const eventToEndWith = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  eventId: EventId,
): Promise<VerifiedPdu | undefined> => {
  const known = await engine.store.read((reader) => engine.events.byId(reader, eventId));
  if (known?.roomNid === room.room_nid) return { eventId, pdu: known.pdu };
  return fetchEvent(engine, server, room, eventId);
};

const replaceState = async (engine: Engine, tx: StoreTx, roomId: RoomId, ends: readonly End[]) => {
  const room = await roomById(tx, roomId);
  if (room === undefined) throw noSuchRoom(roomId);
  const { room_nid } = room;
  const before = await readable(engine, tx, room);
  engine.resolutions.unbound(tx);
  await tx.deleteRange(forwardExtremities, { where: { room_nid } });
  // What we have keeps its place; what we lack, or refused by the damaged state, is judged by the right one.
  const toReceive: End[] = [];
  const kept: number[] = [];
  for (const end of ends) {
    const known = await engine.events.byId(tx, end.event.eventId);
    const isInGraph = known !== undefined && !known.outlier && known.stateBefore !== null;
    if (known !== undefined && isInGraph && (known.verdict === 'accepted' || known.verdict === 'purged')) {
      await engine.events.update(tx, known.eventNid, { state_before: end.stateBefore });
      await tx.put(forwardExtremities, { room_nid, event_nid: known.eventNid });
      kept.push(known.eventNid);
    } else {
      if (known !== undefined)
        await engine.events.update(tx, known.eventNid, { outlier: 1, state_before: null });
      toReceive.push(end);
    }
  }
  const stream = await tx.next('stream');
  const [first] = ends;
  const root =
    kept.length > 0
      ? resolved(await stateAfterAll(engine, tx, before, await engine.events.many(tx, kept)))
      : (first?.stateBefore ?? before.state_root);
  let { room: current, userNids } = await updateCurrentState(engine, tx, before, root, { stream });
  const appended: Appended[] = [];
  for (const { event, stateBefore } of toReceive) {
    const received = await receivePdu(engine, tx, current, event, { stateBefore, checkCurrentState: false });
    const verdict = resolved(received);
    if (verdict.kind === 'duplicate' || verdict.kind === 'missing') continue;
    appended.push(verdict.appended);
    current = verdict.appended.room;
    userNids = [...userNids, ...verdict.appended.userNids];
  }
  if ((await tx.count(forwardExtremities, { where: { room_nid } })) === 0)
    await keepAnEnd(engine, tx, room, ends);
  const changed = await engine.states.difference(tx, room_nid, before.state_root, current.state_root);
  const events = await engine.states.size(tx, room_nid, current.state_root);
  return { appended, changed: changed.length, events, stream, roomNid: room_nid, userNids };
};

/** All newest events of the server are refused by its own state: ours follow what came before them. */
const keepAnEnd = async (engine: Engine, tx: StoreTx, room: RoomRow, ends: readonly End[]): Promise<void> => {
  for (const { event } of ends) {
    for (const id of prevEventIds(event.pdu)) {
      const parent = await engine.events.byId(tx, id);
      if (parent?.roomNid !== room.room_nid || parent.stateBefore === null) continue;
      await tx.put(forwardExtremities, { room_nid: room.room_nid, event_nid: parent.eventNid });
      return;
    }
  }
  throw new MatrixError(
    'M_UNKNOWN',
    'None of the newest events is allowed by the state. Nothing was changed.',
  );
};

/** The room, with nothing in its state when that cannot be read any more; what was derived from it is then made anew. */
const readable = async (engine: Engine, tx: StoreTx, room: RoomRow): Promise<RoomRow> => {
  const { room_nid } = room;
  try {
    await engine.states.entries(tx, room_nid, room.state_root);
    return room;
  } catch (error) {
    engine.log.error('the state of a room cannot be read', error, { room_id: room.room_id });
  }
  const state_root = await engine.states.build(tx, room_nid, []);
  await tx.update(rooms, { room_nid }, { state_root });
  await tx.deleteRange(memberships, { where: { room_nid } });
  await tx.deleteRange(roomServers, { where: { room_nid } });
  return { ...room, state_root };
};
