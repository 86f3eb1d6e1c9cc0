/**
 * Judges anew what came while the state of its room was known in part. When some of it becomes known, the state before
 * every event since is made again from its parents, in the order in which the events came, and with it each verdict:
 *
 *     a ← join ← b ← c      the state before the join is given more; that before b and c follows from it
 *
 * What should have been accepted enters the timeline now, at its end; what should have been rejected leaves it.
 */
import { prevEventIds } from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { sharePresence } from '../ephemeral/share-presence.ts';
import { ServerView } from '../federation/serving/server-view.ts';
import { endLeftOut, leftOutOf, settleBelieved } from '../federation/left-out-members.ts';
import { forgetNotifications, leaveTimeline } from '../purging/purge-event.ts';
import { eventsToRejudge, incompleteStates } from '../store/incomplete-tables.ts';
import { forwardExtremities, memberships, type RoomRow } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { type Appended, publishAppended } from './append-event.ts';
import { roomById } from './current-state.ts';
import { stepsOf } from './enter-state.ts';
import { enqueueFor } from './enqueue-for-servers.ts';
import type { StoredEvent } from './event-cache.ts';
import { judgePdu, receivePdu } from './receive-pdu.ts';
import { isUnresolved, resolved, transactResolving, type Unresolved } from './resolutions.ts';
import { stateAfterAll } from './state-before-event.ts';
import { type StateRoot, sameRoot } from './state-map.ts';
import { type Arrivals, updateCurrentState } from './update-current-state.ts';

/** Events judged in one commit: about 20 ms of work. */
const BATCH = 40;
/** So many places of the state change in the last commit; those beyond, in steps before it. */
const MAX_CHANGED_AT_ONCE = 200;
/** So long after a join what comes is listed. Later, what becomes known is added to the newest states only. */
const LISTED_FOR_MS = 7 * 24 * 3_600_000;
/** Newest messages of ours that a server gets of which we did not know that it is in the room; it finds the others. */
const MAX_SENT_LATE = 50;

/** Called for every event that is stored at the end of its room's graph. */
export const listToRejudge = async (engine: Engine, tx: StoreTx, event: StoredEvent): Promise<void> => {
  const { roomNid: room_nid, eventNid: event_nid } = event;
  const oldest = await tx.first(incompleteStates, { where: { room_nid } });
  if (oldest === undefined || !isListed(engine, oldest)) return;
  const where = { room_nid, event_nid };
  if ((await tx.first(eventsToRejudge, { index: 'by_event', where })) !== undefined) return;
  await tx.insert(eventsToRejudge, { ...where, sequence: await tx.next('event_to_rejudge') });
};

/** Whether everything that came since is listed. */
export const isListed = (engine: Engine, { since_ts }: { readonly since_ts: number }): boolean =>
  engine.clock.now() - since_ts < LISTED_FOR_MS;

type Rejudged = {
  readonly room: RoomRow;
  readonly stream: number;
  readonly userNids: readonly number[];
  readonly arrivals: Arrivals;
  readonly destinations: readonly number[];
  readonly appended: readonly Appended[];
};

/** Goes through all that is listed for a room, in small commits; repeated after a crash, it does all of it again. */
export const rejudgeEvents = async (engine: Engine, roomId: string): Promise<void> => {
  const done = await engine.roomQueue.run(roomId, async () => {
    for (let after = 0; !engine.signal.aborted; ) {
      const step = await transactResolving(engine, async (tx) => {
        const room = await roomById(tx, roomId);
        if (room === undefined) return undefined;
        const last = await rejudgeBatch(engine, tx, room, after);
        if (isUnresolved(last)) return last;
        return { last };
      });
      if (step === undefined) return undefined;
      if (step.last === undefined) return makeCurrentInSteps(engine, roomId);
      after = step.last;
    }
    return undefined;
  });
  if (done !== undefined) publish(engine, done);
};

/** Others get their turn while thousands of members come in. */
const makeCurrentInSteps = async (engine: Engine, roomId: string): Promise<Rejudged | undefined> => {
  const changes = await transactResolving(engine, async (tx) => {
    const room = await roomById(tx, roomId);
    if (room === undefined) return undefined;
    const root = await stateOfEnds(engine, tx, room);
    if (isUnresolved(root)) return root;
    const differences = await engine.states.difference(tx, room.room_nid, room.state_root, root);
    return differences.map(({ stateKeyNid, b }) => [stateKeyNid, b] as const);
  });
  const userNids: number[] = [];
  const arrived: Arrivals[] = [];
  const isMuch = changes !== undefined && changes.length > MAX_CHANGED_AT_ONCE;
  for (const step of isMuch ? stepsOf(changes) : []) {
    if (engine.signal.aborted) return undefined;
    const change = await engine.store.transact(async (tx) => {
      const room = await roomById(tx, roomId);
      if (room === undefined) return undefined;
      const root = await engine.states.update(tx, room.room_nid, room.state_root, new Map(step));
      const stream = await tx.next('stream');
      engine.activity.roomChanged(room.room_nid, stream);
      return { stream, ...(await updateCurrentState(engine, tx, room, root, { stream })) };
    });
    if (change === undefined) return undefined;
    userNids.push(...change.userNids);
    arrived.push(change.arrivals);
    // Clients get them in portions, too.
    const { stream, room } = change;
    engine.notifier.publish({ stream, roomNids: [room.room_nid], userNids: change.userNids });
  }
  const nid = (await engine.store.read((reader) => roomById(reader, roomId)))?.room_nid;
  if (nid !== undefined) await settleBelieved(engine, nid);
  return transactResolving(engine, async (tx) => {
    const room = await roomById(tx, roomId);
    return room && finish(engine, tx, room, { userNids, arrived });
  });
};

/** What changed in the steps before the last one. */
type Before = { readonly userNids: readonly number[]; readonly arrived: readonly Arrivals[] };

/** The number of the last event; undefined when there was none. Done again, it changes nothing a second time. */
const rejudgeBatch = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  after: number,
): Promise<number | Unresolved | undefined> => {
  const { room_nid } = room;
  const rows = await tx.scan(eventsToRejudge, { where: { room_nid }, gt: after, limit: BATCH });
  const bases = await tx.scan(incompleteStates, { where: { room_nid } });
  for (const { event_nid } of rows) {
    const event = await engine.events.byNid(tx, event_nid);
    const isBase = bases.some((base) => base.event_nid === event_nid);
    const { stateBefore } = event;
    if (event.outlier || stateBefore === null) continue;
    // What was let in where a state was told stays in.
    if (isBase && event.verdict !== 'rejected') continue;
    const anew = isBase ? stateBefore : await stateAnew(engine, tx, room, event, stateBefore);
    if (isUnresolved(anew)) return anew;
    await rejudge(engine, tx, room, event, anew);
  }
  return rows.at(-1)?.sequence;
};

const rejudge = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  event: StoredEvent,
  stateBefore: StateRoot,
): Promise<void> => {
  const isSame = event.stateBefore !== null && sameRoot(stateBefore, event.stateBefore);
  if (isSame && event.verdict !== 'rejected') return;
  const { eventNid } = event;
  if (event.verdict === 'purged') {
    await engine.events.update(tx, eventNid, { state_before: stateBefore });
    return;
  }
  const authEvents = await engine.events.many(tx, event.authNids);
  const against = { authEvents, stateBefore, currentState: undefined };
  const { verdict, reason } = await judgePdu(engine, tx, room, event.pdu, against);
  if (verdict === 'rejected' && event.verdict !== 'rejected') {
    engine.resolutions.forget(room);
    engine.log.info('event rejected by what became known of its room', { event_id: event.eventId, reason });
    await takeOut(engine, tx, event);
    const change = { verdict, reason, position: null, stream: null };
    await engine.events.update(tx, eventNid, { ...change, state_before: stateBefore });
    return;
  }
  if (verdict === 'accepted' && event.verdict === 'rejected') engine.resolutions.forget(room);
  // It is asked of the current state when that is known as well.
  const change = verdict === 'accepted' && event.verdict === 'rejected' ? { verdict: 'soft-failed' } : {};
  await engine.events.update(tx, eventNid, { ...change, state_before: stateBefore });
};

/** A state that a server told, because parents are missing here, stays as it is. */
const stateAnew = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  event: StoredEvent,
  before: StateRoot,
): Promise<StateRoot | Unresolved> => {
  // Its parents went with what it said.
  if (event.verdict === 'purged') return withMoreKnown(engine, tx, room, before);
  const parents: StoredEvent[] = [];
  const ids = prevEventIds(event.pdu);
  for (const id of ids) {
    const parent = await engine.events.byId(tx, id);
    if (parent?.roomNid === room.room_nid && parent.stateBefore !== null) parents.push(parent);
  }
  return parents.length < ids.length || ids.length === 0 ? before : stateAfterAll(engine, tx, room, parents);
};

/** What the incomplete states of the room have by now and this one does not have at all. */
const withMoreKnown = async (
  engine: Engine,
  tx: StoreTx,
  { room_nid }: RoomRow,
  root: StateRoot,
): Promise<StateRoot> => {
  let more = root;
  for (const { event_nid } of await tx.scan(incompleteStates, { where: { room_nid } })) {
    const { stateBefore } = await engine.events.byNid(tx, event_nid);
    if (stateBefore === null) continue;
    const changes = new Map<number, number>();
    for (const { stateKeyNid, a, b } of await engine.states.difference(tx, room_nid, more, stateBefore)) {
      if (a === undefined && b !== undefined) changes.set(stateKeyNid, b);
    }
    more = await engine.states.update(tx, room_nid, more, changes);
  }
  return more;
};

/** The event is not on the timeline any more, and no end of the graph: those that it follows are. */
const takeOut = async (engine: Engine, tx: StoreTx, event: StoredEvent): Promise<void> => {
  const { roomNid: room_nid, eventNid: event_nid, position } = event;
  await leaveTimeline(tx, event);
  if (position !== null) {
    const where = { room_nid, membership: 'join', local: 1 };
    const people = await tx.scan(memberships, { index: 'by_membership', where });
    const users = people.map(({ user_nid }) => user_nid);
    await forgetNotifications(tx, room_nid, users, [position]);
  }
  if ((await tx.get(forwardExtremities, { room_nid, event_nid })) === undefined) return;
  await tx.delete(forwardExtremities, { room_nid, event_nid });
  const followed = prevEventIds(event.pdu).map((id) => engine.events.byId(tx, id));
  for (const parent of await Promise.all(followed)) {
    if (parent?.roomNid !== room_nid || parent.stateBefore === null || parent.verdict === 'rejected')
      continue;
    await tx.put(forwardExtremities, { room_nid, event_nid: parent.eventNid });
  }
};

const finish = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  before: Before = { userNids: [], arrived: [] },
): Promise<Rejudged | Unresolved> => {
  const { room_nid } = room;
  const rows = await tx.scan(eventsToRejudge, { where: { room_nid } });
  const listed = await engine.events.many(
    tx,
    rows.map((row) => row.event_nid),
  );
  const rejudged = await makeCurrent(engine, tx, room, listed, before);
  if (isUnresolved(rejudged)) return rejudged;
  for (const { event_nid } of await tx.scan(incompleteStates, { where: { room_nid } })) {
    await tx.update(incompleteStates, { room_nid, event_nid }, { rejudging: 0 });
  }
  if ((await leftOutOf(tx, room_nid)).every(({ fetched }) => fetched === 1))
    await endLeftOut(engine, tx, room_nid);
  return rejudged;
};

/** The state after the newest events. */
const stateOfEnds = async (engine: Engine, tx: StoreTx, room: RoomRow): Promise<StateRoot | Unresolved> => {
  const ends = await tx.scan(forwardExtremities, { where: { room_nid: room.room_nid } });
  const newest = await engine.events.many(
    tx,
    ends.map((row) => row.event_nid),
  );
  return stateAfterAll(engine, tx, room, newest);
};

/** The state after the newest events becomes the current one, and what that one lets in comes in. */
const makeCurrent = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  listed: readonly StoredEvent[],
  before: Before,
): Promise<Rejudged | Unresolved> => {
  const root = await stateOfEnds(engine, tx, room);
  if (isUnresolved(root)) return root;
  engine.resolutions.unbound(tx);
  const stream = await tx.next('stream');
  const change = await updateCurrentState(engine, tx, room, root, { stream });
  const all = [...before.arrived, change.arrivals];
  const arrivals: Arrivals = {
    serverNids: all.flatMap(({ serverNids }) => serverNids),
    userNids: all.flatMap(({ userNids }) => userNids),
    told: all.flatMap(({ told }) => told),
  };
  const destinations = await sendLate(engine, tx, change.room, listed, arrivals.serverNids);
  const appended: Appended[] = [];
  let current = change.room;
  const followed = new Set(
    listed.filter(({ verdict }) => verdict === 'accepted').flatMap(({ pdu }) => prevEventIds(pdu)),
  );
  for (const { eventNid, eventId, pdu, verdict, stateBefore } of listed) {
    if (verdict !== 'soft-failed' || stateBefore === null) continue;
    await engine.events.update(tx, eventNid, { outlier: 1, state_before: null });
    const options = { stateBefore, isBridge: followed.has(eventId) };
    const received = resolved(await receivePdu(engine, tx, current, { eventId, pdu }, options));
    if (received.kind !== 'accepted') continue;
    appended.push(received.appended);
    current = received.appended.room;
  }
  const userNids = [...before.userNids, ...change.userNids];
  return { room: current, stream, userNids, arrivals, destinations, appended };
};

/** Servers of which we did not know that they are in the room did not get what we said in it. */
const sendLate = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  listed: readonly StoredEvent[],
  arrived: readonly number[],
): Promise<readonly number[]> => {
  const own = listed.filter((event) => event.verdict === 'accepted' && isLocal(engine, event.pdu.sender));
  const ours = await engine.names.serverNid(tx, engine.serverName);
  const sent = new Set<number>();
  for (const event of room.federate === 0 ? [] : own.slice(-MAX_SENT_LATE)) {
    const servers: number[] = [];
    for (const nid of arrived) {
      const view = new ServerView(engine, tx, room, await engine.names.serverName(tx, nid));
      if (nid !== ours && (await view.maySee(event))) servers.push(nid);
    }
    for (const nid of await enqueueFor(engine, tx, event, servers)) sent.add(nid);
  }
  return [...sent];
};

/**
 * Long after the join: what became known is added to the state before the newest events, where it has nothing at the same
 * place. What came in between keeps its verdict.
 */
export const addToNewest = async (engine: Engine, roomId: string): Promise<void> => {
  const done = await engine.roomQueue.run(roomId, () =>
    transactResolving(engine, async (tx) => {
      const room = await roomById(tx, roomId);
      if (room === undefined) return undefined;
      const { room_nid } = room;
      await tx.deleteRange(eventsToRejudge, { where: { room_nid } });
      for (const { event_nid } of await tx.scan(forwardExtremities, { where: { room_nid } })) {
        const { stateBefore } = await engine.events.byNid(tx, event_nid);
        if (stateBefore === null) continue;
        const state_before = await withMoreKnown(engine, tx, room, stateBefore);
        await engine.events.update(tx, event_nid, { state_before });
      }
      return finish(engine, tx, room);
    }),
  );
  if (done !== undefined) publish(engine, done);
};

const publish = (engine: Engine, { room, stream, userNids, arrivals, destinations, appended }: Rejudged) => {
  engine.activity.roomChanged(room.room_nid, stream);
  engine.notifier.publish({ stream, roomNids: [room.room_nid], userNids });
  for (const nid of destinations) engine.outbound.wake(nid);
  publishAppended(engine, appended);
  for (const serverNid of arrivals.told) engine.outbound.wake(serverNid);
  sharePresence(engine, room, arrivals);
};
