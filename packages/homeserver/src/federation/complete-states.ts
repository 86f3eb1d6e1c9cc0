/**
 * Completes states of which some events could not be verified: tried again and again while the keys of some servers are
 * missing, and at once when one of these servers is heard from.
 */
import { parseJson, type JsonValue, type RoomId, type ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { roomByNid, rulesOf } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { addToNewest, isListed, rejudgeEvents } from '../rooms/rejudge-events.ts';
import { isServerInRoom } from '../rooms/servers-in-room.ts';
import { eventsToRejudge, incompleteStates, unverifiedEvents } from '../store/incomplete-tables.ts';
import type { RoomRow } from '../store/schema.ts';
import { Turns } from '../turns.ts';
import { WokenWork } from '../woken-work.ts';
import {
  forgetIncomplete,
  type IncompleteState,
  LONGEST_RETRY_MS,
  RETRY_AFTER_MS,
  serversAwaited,
} from './incomplete-states.ts';
import { LeftOutFetches } from './fetch-left-out.ts';
import { leftOutOf } from './left-out-members.ts';
import { OutlierStaging } from './stage-outliers.ts';
import { prepareKeys, verifyPdu } from './verify-pdu.ts';

/** Events whose keys are fetched together. */
const PAGE = 100;

export class IncompleteStates implements AsyncDisposable {
  readonly #work: WokenWork<Engine>;
  #awaited: ReadonlySet<string> = new Set();
  #up = new Set<string>();
  /** Members that were left out at joins. */
  readonly leftOut: LeftOutFetches;

  /** The engine holds this, so it is asked for when first needed. */
  constructor(engine: () => Engine) {
    this.leftOut = new LeftOutFetches(engine);
    let isFirst = true;
    this.#work = new WokenWork(engine, {
      fault: 'a state could not be completed',
      run: async (running) => {
        if (isFirst) await forgetUnentered(running);
        isFirst = false;
        return this.#run(running);
      },
    });
  }

  /** Called at the start, and when there is something new. */
  wake(): void {
    this.#work.wake();
    this.leftOut.wake();
  }

  /** An authenticated request came from this server, so its keys can be had. */
  serverIsUp(server: ServerName): void {
    this.leftOut.serverIsUp(server);
    if (!this.#awaited.has(server)) return;
    this.#up.add(server);
    this.wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leftOut[Symbol.asyncDispose]();
    await this.#work[Symbol.asyncDispose]();
  }

  /** In how many milliseconds something is due. */
  async #run(engine: Engine): Promise<number | undefined> {
    const up = this.#up;
    this.#up = new Set();
    const awaited = new Set<string>();
    let next: number | undefined;
    for (const row of await engine.store.read((reader) => reader.scan(incompleteStates, {}))) {
      if (engine.signal.aborted) break;
      const heardOf = (await awaitedFor(engine, row)).filter((server) => up.has(server));
      const due = dueTs(row, heardOf.length > 0);
      const isDue = due <= engine.clock.now();
      if (!isDue) for (const server of heardOf) this.#up.add(server);
      const nextTs = isDue ? await complete(engine, row) : due;
      if (nextTs === undefined) continue;
      next = Math.min(next ?? nextTs, nextTs);
      for (const server of await awaitedFor(engine, row)) awaited.add(server);
    }
    this.#awaited = awaited;
    return next === undefined ? undefined : Math.max(0, next - engine.clock.now());
  }
}

/** A server that is up may still not have the key: it can't make us try all the time. */
const dueTs = ({ rejudging, next_ts, tries }: IncompleteState, isHeardOf: boolean): number => {
  if (rejudging === 1) return 0;
  return isHeardOf ? Math.min(next_ts, next_ts - pauseAfter(tries) + RETRY_AFTER_MS) : next_ts;
};

const pauseAfter = (tries: number): number => Math.min(RETRY_AFTER_MS * 2 ** tries, LONGEST_RETRY_MS);

const awaitedFor = (engine: Engine, { event_nid, room_nid }: IncompleteState): Promise<readonly string[]> =>
  engine.store.read(async (reader) => {
    const room = await roomByNid(reader, room_nid);
    const { eventId } = await engine.events.byNid(reader, event_nid);
    return room === undefined
      ? []
      : serversAwaited(reader, { room_id: room.room_id, base_event_id: eventId });
  });

/** Does what can be done now; returns when to try again, undefined when nothing is missing any more. */
const complete = async (engine: Engine, row: IncompleteState): Promise<number | undefined> => {
  const { room, base, isHere, leftOut } = await engine.store.read(async (reader) => ({
    room: await roomByNid(reader, row.room_nid),
    base: await engine.events.byNid(reader, row.event_nid),
    isHere: await isServerInRoom(engine, reader, row.room_nid, engine.serverName),
    leftOut: await leftOutOf(reader, row.room_nid),
  }));
  if (room === undefined) return undefined;
  if (!isHere) {
    await engine.store.transact((tx) => forgetIncomplete(engine, tx, room));
    return undefined;
  }
  // First the members that were left out: without them nothing can be judged anew. They wake this when they are here.
  if (leftOut.some(({ fetched }) => fetched === 0)) return undefined;
  const { came, isWhole } = await verifyMore(engine, room, base);
  if (came > 0 || row.rejudging === 1) {
    if (isListed(engine, row)) await rejudgeEvents(engine, room.room_id);
    else await addToNewest(engine, room.room_id);
    engine.log.info('more of a room is known', { room_id: room.room_id, events: came, whole: isWhole });
  }
  if (engine.signal.aborted) return undefined;
  if (isWhole) return endIncomplete(engine, row);
  const tries = came > 0 ? 0 : row.tries + 1;
  const next_ts = engine.clock.now() + pauseAfter(tries);
  const { room_nid, event_nid } = row;
  await engine.store.transact((tx) =>
    tx.update(incompleteStates, { room_nid, event_nid }, { next_ts, tries }),
  );
  return next_ts;
};

const endIncomplete = (engine: Engine, { room_nid, event_nid }: IncompleteState): Promise<undefined> =>
  engine.store.transact(async (tx) => {
    await tx.delete(incompleteStates, { room_nid, event_nid });
    const other = await tx.first(incompleteStates, { where: { room_nid } });
    if (other === undefined) await tx.deleteRange(eventsToRejudge, { where: { room_nid } });
    return undefined;
  });

type Outcome = {
  /** Events of the state that are known now. */
  readonly came: number;
  /** Nothing remains that keys are missing for. */
  readonly isWhole: boolean;
};

/** Verifies what can be verified now, and gives the state what came of it. */
const verifyMore = async (engine: Engine, room: RoomRow, base: StoredEvent): Promise<Outcome> => {
  const state = { room_id: room.room_id, base_event_id: base.eventId };
  const staging = new OutlierStaging(engine, rulesOf(room), room.room_id as RoomId, room);
  const done = new Set<string>();
  const turns = new Turns();
  for (let after = ''; !engine.signal.aborted; ) {
    const rows = await engine.store.read((reader) =>
      reader.scan(unverifiedEvents, { where: state, gt: after, limit: PAGE }),
    );
    const values = rows.map(({ json }) => valueFrom(json));
    await prepareKeys(engine, rulesOf(room), values);
    for (const [index, row] of rows.entries()) {
      const result = await verifyPdu(engine, rulesOf(room), values[index] ?? null, { skipCountLimits: true });
      if (result.ok) await staging.add(result, row.kind !== 'auth');
      else if (result.lacksKeys !== undefined) continue;
      else engine.log.info('pdu dropped', { event_id: row.event_id, reason: result.reason });
      done.add(row.event_id);
      await turns.next();
    }
    after = rows.at(-1)?.event_id ?? after;
    if (rows.length < PAGE) break;
  }
  const staged = await staging.finish();
  for (const { eventId } of staging.leftOut) done.delete(eventId);
  const waiting = new Set<string>(staging.leftOut.map(({ eventId }) => eventId));
  return takeUp(engine, base, state, { done, waiting, entries: staged?.entries ?? new Map() });
};

const valueFrom = (json: string): JsonValue => {
  const parsed = parseJson(json);
  return parsed.ok ? parsed.value : null;
};

const takeUp = (
  engine: Engine,
  { roomNid: room_nid, eventNid: event_nid }: StoredEvent,
  state: { readonly room_id: string; readonly base_event_id: string },
  found: {
    readonly done: ReadonlySet<string>;
    readonly waiting: ReadonlySet<string>;
    readonly entries: ReadonlyMap<number, number>;
  },
): Promise<Outcome> =>
  engine.store.transact(async (tx) => {
    for (const event_id of found.done) await tx.delete(unverifiedEvents, { ...state, event_id });
    for (const event_id of found.waiting)
      await tx.update(unverifiedEvents, { ...state, event_id }, { server: '' });
    const isWhole = (await serversAwaited(tx, state)).length === 0;
    // What waits for events that nobody has will never be judged.
    if (isWhole) await tx.deleteRange(unverifiedEvents, { where: state });
    const base = await engine.events.byNid(tx, event_nid);
    if (base.stateBefore === null) return { came: 0, isWhole };
    const changes = new Map<number, number>();
    for (const [key, nid] of found.entries) {
      const known = await engine.states.get(tx, room_nid, base.stateBefore, key);
      if (known === undefined) changes.set(key, nid);
    }
    if (changes.size > 0) {
      const state_before = await engine.states.update(tx, room_nid, base.stateBefore, changes);
      await engine.events.update(tx, event_nid, { state_before });
      await tx.update(incompleteStates, { room_nid, event_nid }, { rejudging: 1 });
    }
    return { came: changes.size, isWhole };
  });

/** What was kept for joins that did not come to their end, because the process did. */
const forgetUnentered = async (engine: Engine): Promise<void> => {
  for (let after = ''; !engine.signal.aborted; ) {
    const row = await engine.store.read((reader) => reader.first(unverifiedEvents, { gt: after }));
    if (row === undefined) return;
    after = row.room_id;
    await engine.store.transact(async (tx) => {
      if (engine.joins.rulesOf(row.room_id) !== undefined) return;
      const known = await tx.scan(incompleteStates, {});
      const bases = new Set<string>();
      for (const { event_nid } of known) bases.add((await engine.events.byNid(tx, event_nid)).eventId);
      if (!bases.has(row.base_event_id)) {
        await tx.deleteRange(unverifiedEvents, {
          where: { room_id: row.room_id, base_event_id: row.base_event_id },
        });
      }
    });
  }
};
