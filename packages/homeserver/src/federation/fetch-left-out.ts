/**
 * Fetches the members that were left out when a room was entered: the whole state before our join, from the server that
 * we joined through, and from others of the room when that one does not give it. What it brings is verified event by
 * event as it arrives. It adds to what was told at the join, and takes nothing back.
 */
import type { RoomId, ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError, unreachable } from '../matrix-error.ts';
import { roomByNid, rulesOf } from '../rooms/current-state.ts';
import { buildState } from '../rooms/enter-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import type { VerifiedPdu } from '../rooms/receive-pdu.ts';
import { isServerInRoom, otherServers } from '../rooms/servers-in-room.ts';
import { queryHierarchy } from '../spaces/query-hierarchy.ts';
import { incompleteStates, leftOutMembers, type RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { WokenWork } from '../woken-work.ts';
import { MAX_STATE_BYTES, STATE_TIMEOUT_MS } from './fetch-missing-events.ts';
import {
  forgetIncomplete,
  forgetUnverified,
  keepUnverified,
  LONGEST_RETRY_MS,
  RETRY_AFTER_MS,
} from './incomplete-states.ts';
import { endBelief, type LeftOut } from './left-out-members.ts';
import { type ReceivedState, receiveRoomState } from './receive-room-state.ts';
import { badAnswer } from './remote-membership.ts';
import { path, refusalOf, streamRemote } from './signed-request.ts';

/** Rooms whose members are fetched at once. */
const MAX_AT_ONCE = 8;
/** Servers asked in one try: the one that we joined through, and others in turn. */
const OTHERS_PER_TRY = 4;
/** Of all servers in one try: one that gives a little now and then must not be waited for without end. */
const TRY_LIMIT_MS = 30 * 60_000;

/** How far the fetching of a room's members is. */
export type FetchProgress = {
  /** The server that gives them. */
  server: ServerName;
  /** Joined members that were checked so far. */
  checkedMembers: number;
};

type Running = { readonly ending: AbortController; readonly work: Promise<void> };

const keyOf = ({ room_nid, event_nid }: LeftOut): string => `${room_nid}/${event_nid}`;

export class LeftOutFetches implements AsyncDisposable {
  readonly #work: WokenWork<Engine>;
  readonly #running = new Map<string, Running>();
  readonly #progress = new Map<number, FetchProgress>();
  #awaited: ReadonlySet<string> = new Set();
  readonly #up = new Set<string>();

  /** The engine holds this, so it is asked for when first needed. */
  constructor(engine: () => Engine) {
    this.#work = new WokenWork(engine, {
      fault: 'members that were left out could not be fetched',
      run: (running) => this.#run(running),
    });
  }

  /** Called at the start, and when there is something new. */
  wake(): void {
    this.#work.wake();
  }

  /** An authenticated request came from this server, so it may be asked again. */
  serverIsUp(server: ServerName): void {
    if (!this.#awaited.has(server)) return;
    this.#up.add(server);
    this.wake();
  }

  /** Undefined while nothing of the room's members arrives. */
  progressOf(roomNid: number): Readonly<FetchProgress> | undefined {
    return this.#progress.get(roomNid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work[Symbol.asyncDispose]();
    await Promise.all([...this.#running.values()].map(({ work }) => work));
  }

  /** In how many milliseconds something is due. */
  async #run(engine: Engine): Promise<number | undefined> {
    const rows = await engine.store.read((reader) => reader.scan(leftOutMembers, {}));
    const waiting = rows.filter(({ fetched }) => fetched === 0);
    await this.#endUseless(engine, waiting);
    const awaited = new Set<string>();
    let next: number | undefined;
    for (const row of waiting) {
      const key = keyOf(row);
      if (this.#running.has(key)) continue;
      const due = this.#up.delete(row.server) ? dueWhenUp(row) : row.next_ts;
      // What belongs to a room that was left is forgotten at once.
      const isDue = due <= engine.clock.now() || !(await isHere(engine, row));
      if (isDue && this.#running.size < MAX_AT_ONCE) {
        const ending = new AbortController();
        this.#running.set(key, { ending, work: this.#fetch(engine, row, ending) });
        continue;
      }
      awaited.add(row.server);
      // One that has to wait for others is begun when these end.
      if (!isDue) next = Math.min(next ?? due, due);
    }
    this.#awaited = awaited;
    return next === undefined ? undefined : Math.max(0, next - engine.clock.now());
  }

  /** What is fetched of a room that was left, or is gone, is of no use. */
  async #endUseless(engine: Engine, waiting: readonly LeftOut[]): Promise<void> {
    const wanted = new Set<string>();
    for (const row of waiting) {
      if (this.#running.has(keyOf(row)) && (await isHere(engine, row))) wanted.add(keyOf(row));
    }
    for (const [key, { ending }] of this.#running) if (!wanted.has(key)) ending.abort();
  }

  async #fetch(engine: Engine, row: LeftOut, ending: AbortController): Promise<void> {
    const limit = engine.clock.schedule(TRY_LIMIT_MS, () => ending.abort());
    try {
      const isDone = await fetchLeftOut(engine, row, {
        signal: ending.signal,
        told: (progress) => this.#progress.set(row.room_nid, progress),
      });
      if (isDone) engine.incomplete.wake();
    } catch (error) {
      if (engine.signal.aborted) return;
      engine.log.error('members that were left out could not be fetched', error);
      await postpone(engine, row, 'A fault of this server.').catch(() => {});
    } finally {
      limit[Symbol.dispose]();
      this.#progress.delete(row.room_nid);
      this.#running.delete(keyOf(row));
      if (!engine.signal.aborted) this.wake();
    }
  }
}

/** A server that is up may still not give them: it can't make us try all the time. */
const dueWhenUp = ({ next_ts, tries }: LeftOut): number =>
  Math.min(next_ts, next_ts - pauseAfter(tries) + RETRY_AFTER_MS);

const pauseAfter = (tries: number): number =>
  Math.min(RETRY_AFTER_MS * 2 ** Math.max(0, tries - 1), LONGEST_RETRY_MS);

type Watch = {
  readonly signal: AbortSignal;
  readonly told: (progress: FetchProgress) => void;
};

/** One try with several servers; returns whether nothing remains to be fetched. */
const fetchLeftOut = async (engine: Engine, row: LeftOut, watch: Watch): Promise<boolean> => {
  const { room, base, others } = await engine.store.read(async (reader) => ({
    room: await roomByNid(reader, row.room_nid),
    base: await engine.events.byNid(reader, row.event_nid),
    others: await otherServers(engine, reader, row.room_nid),
  }));
  if (room === undefined) return true;
  if (!(await isHere(engine, row))) {
    await engine.store.transact((tx) => forgetIncomplete(engine, tx, room));
    return true;
  }
  const counting = askTotal(engine, room, row);
  const reasons: string[] = [];
  for (const server of serversToAsk(row, others)) {
    if (watch.signal.aborted || engine.signal.aborted) break;
    try {
      const received = await fetchFrom(engine, server, room, base, watch);
      await counting;
      return await takeUp(engine, room, row, base, received);
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      engine.log.info('members not fetched', { server, room_id: room.room_id, reason: error.message });
      reasons.push(error.message);
    }
  }
  await counting;
  if (!engine.signal.aborted) await postpone(engine, row, reasons.join(' ') || 'It took too long.');
  return false;
};

const isHere = (engine: Engine, { room_nid }: LeftOut): Promise<boolean> =>
  engine.store.read((reader) => isServerInRoom(engine, reader, room_nid, engine.serverName));

/** Others take turns from try to try. */
const serversToAsk = ({ server, tries }: LeftOut, others: readonly string[]): readonly ServerName[] => {
  const rest = others.filter((name) => name !== server);
  const at = rest.length === 0 ? 0 : (tries * OTHERS_PER_TRY) % rest.length;
  const inTurn = [...rest.slice(at), ...rest.slice(0, at)].slice(0, OTHERS_PER_TRY);
  return [server, ...inTurn] as ServerName[];
};

/** How many members there are, so that the rest can be foreseen. Never fails: it is a courtesy. */
const askTotal = async (engine: Engine, { room_id }: RoomRow, row: LeftOut): Promise<void> => {
  if (row.total !== null) return;
  try {
    const answer = await queryHierarchy(engine, row.server as ServerName, room_id);
    if (answer.kind !== 'found') return;
    const total = answer.hierarchy.room.num_joined_members;
    await changeRow(engine, row, { total });
  } catch (error) {
    if (!engine.signal.aborted) engine.log.error('members not counted', error, { room_id });
  }
};

/** Whoever lies about the servers in a room may never give its members: so long they are believed. */
const BELIEVED_FOR_MS = 8 * 3_600_000;

const changeRow = (engine: Engine, row: LeftOut, change: Partial<LeftOut>): Promise<void> =>
  engine.store.transact(async (tx) => {
    const { room_nid, event_nid } = row;
    if ((await tx.get(leftOutMembers, { room_nid, event_nid })) === undefined) return;
    await tx.update(leftOutMembers, { room_nid, event_nid }, change);
  });

const postpone = async (engine: Engine, row: LeftOut, reason: string): Promise<void> => {
  const tries = row.tries + 1;
  const next_ts = engine.clock.now() + pauseAfter(tries);
  await changeRow(engine, row, { tries, next_ts, reason });
  const { room_nid, event_nid } = row;
  await engine.store.transact(async (tx) => {
    const noted = await tx.get(incompleteStates, { room_nid, event_nid });
    if (noted !== undefined && engine.clock.now() - noted.since_ts > BELIEVED_FOR_MS)
      await endBelief(engine, tx, room_nid, row.server);
  });
};

/** @throws MatrixError for an answer that is none, or that leaves out what the room is known to have */
const fetchFrom = async (
  engine: Engine,
  server: ServerName,
  room: RoomRow,
  base: StoredEvent,
  { signal, told }: Watch,
): Promise<ReceivedState> => {
  const answer = await streamRemote(engine, {
    destination: server,
    method: 'GET',
    path:
      path`/_matrix/federation/v1/state/${room.room_id}` + `?event_id=${encodeURIComponent(base.eventId)}`,
    timeoutMs: STATE_TIMEOUT_MS,
    maxBytes: MAX_STATE_BYTES,
    signal,
  });
  if (answer.kind !== 'ok') throw refusalOf(server, answer);
  const progress: FetchProgress = { server, checkedMembers: 0 };
  told(progress);
  const received = await receiveRoomState(engine, {
    server,
    rules: rulesOf(room),
    roomId: room.room_id as RoomId,
    room,
    body: answer.body,
    stateMember: 'pdus',
    checked: (event) => {
      throwIfEnded(signal, server);
      if (isJoin(event)) progress.checkedMembers++;
    },
  });
  throwIfEnded(signal, server);
  const lacking = await lackingIn(engine, room, base, received);
  if (lacking > 0) throw badAnswer(server, `it leaves out ${lacking} events that the room is known to have`);
  return received;
};

const throwIfEnded = (signal: AbortSignal, server: ServerName): void => {
  if (signal.aborted) throw unreachable(`The answer of ${server} is not waited for any more.`);
};

const isJoin = ({ pdu }: VerifiedPdu): boolean =>
  pdu.type === 'm.room.member' && pdu.content['membership'] === 'join';

/** How many places of the state that was told at the join have nothing in this one. */
const lackingIn = async (
  engine: Engine,
  room: RoomRow,
  base: StoredEvent,
  { staged, unverified }: ReceivedState,
): Promise<number> => {
  const unsure = new Set(unverified.map(({ event_id }) => event_id));
  let lacking = 0;
  await engine.store.read(async (reader) => {
    for (const [key, nid] of await toldAtJoin(engine, reader, room, base)) {
      if (staged?.entries.has(key) === true) continue;
      if (!unsure.has((await engine.events.byNid(reader, nid)).eventId)) lacking++;
    }
  });
  return lacking;
};

const toldAtJoin = async (
  engine: Engine,
  reader: StoreReader,
  { room_nid }: RoomRow,
  { stateBefore }: StoredEvent,
) => (stateBefore === null ? [] : engine.states.entries(reader, room_nid, stateBefore));

/** Returns false when the room was left meanwhile. */
const takeUp = async (
  engine: Engine,
  room: RoomRow,
  row: LeftOut,
  base: StoredEvent,
  { staged, unverified }: ReceivedState,
): Promise<boolean> => {
  await keepUnverified(engine, room.room_id, base.eventId, unverified);
  const before = await engine.store.read((reader) => toldAtJoin(engine, reader, room, base));
  const stateBefore = await buildState(engine, room, new Map([...(staged?.entries ?? []), ...before]));
  const { room_nid, event_nid } = row;
  const isTaken = await engine.store.transact(async (tx) => {
    if ((await tx.get(leftOutMembers, { room_nid, event_nid })) === undefined) return false;
    if (!(await isServerInRoom(engine, tx, room_nid, engine.serverName))) {
      await forgetIncomplete(engine, tx, room);
      return false;
    }
    await engine.events.update(tx, event_nid, { state_before: stateBefore });
    await tx.update(incompleteStates, { room_nid, event_nid }, { rejudging: 1 });
    await tx.update(leftOutMembers, { room_nid, event_nid }, { fetched: 1, reason: null });
    return true;
  });
  if (!isTaken) await forgetUnverified(engine, room.room_id, base.eventId);
  const events = staged?.entries.size ?? 0;
  engine.log.info('members fetched', { room_id: room.room_id, events, unverified: unverified.length });
  return isTaken;
};
