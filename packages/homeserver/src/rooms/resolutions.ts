/**
 * Where states are resolved. A write transaction holds up every room, so there it may cost only so much; what
 * costs more is left unresolved, done between transactions, a slice in each turn of the event loop, and found by the
 * transaction when it is tried again.
 *
 * ```text
 * transaction: the event is kept as an outlier ─> commit ─> slices, other rooms in between ─> transaction: its place
 *                                                                                             in the graph
 * ```
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Engine } from '../engine.ts';
import { type RoomRow, rooms } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { type ResolutionWork, WorkSpentError } from './resolution-work.ts';
import { changesByResolution, distinctStates } from './resolve-state.ts';
import type { StateRoot } from './state-map.ts';

/** Events and nodes that one transaction may look at for resolutions: some 10 to 20 ms at 5 to 10 µs each. */
const UNITS_PER_TRANSACTION = 2_000;
/** Of computing, in one turn of the event loop, for all rooms together. */
const SLICE_MS = 5;
/** Units between looks at the clock. */
const LOOK_EVERY = 16;
/** Outcomes that wait for their transaction: one or two for each room at work. */
const MAX_OUTCOMES = 256;
/** Rooms of which it is known that their states cost much. */
const MAX_COSTLY_ROOMS = 1_024;
/** Keys of a resolved state written in one commit. */
const CHANGES_PER_COMMIT = 250;

export type ResolvableRoom = Pick<RoomRow, 'room_nid' | 'room_version' | 'create_event_nid'>;

/** States whose resolution costs more than a transaction may. All of them are stored. */
export type Unresolved = {
  readonly kind: 'unresolved';
  readonly room: ResolvableRoom;
  readonly states: readonly StateRoot[];
};

export const isUnresolved = (value: unknown): value is Unresolved =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'unresolved';

/**
 * For what was done where nothing can be in conflict, or at whatever cost.
 *
 * @throws Error where it was
 */
export const resolved = <R>(value: R | Unresolved): R => {
  if (isUnresolved(value)) throw new Error('states were left unresolved');
  return value;
};

/** The states to resolve and those that were, by the room and the states. */
export class Resolutions {
  readonly #outcomes = new LRUCache<string, StateRoot>({ max: MAX_OUTCOMES });
  /** Rooms whose last resolution was more than one for a transaction: for them it is not even begun there. */
  readonly #costly = new LRUCache<number, true>({ max: MAX_COSTLY_ROOMS });
  readonly #left = new WeakMap<StoreTx, number>();
  readonly #waiting: (() => void)[] = [];
  #turning = false;

  /** The root of the resolved state, or what is to be resolved elsewhere. */
  async within(
    engine: Engine,
    tx: StoreTx,
    room: ResolvableRoom,
    states: readonly StateRoot[],
  ): Promise<StateRoot | Unresolved> {
    const distinct = distinctStates(states);
    const [first] = distinct;
    if (first === undefined) throw new Error('no state to resolve');
    if (distinct.length === 1) return first;
    const known = this.#outcomes.get(keyOf(room, distinct));
    if (known !== undefined) return known;
    const { room_nid, room_version, create_event_nid } = room;
    const aside = { room_nid, room_version, create_event_nid };
    const mayBegin = !this.#costly.has(room_nid) || this.#left.get(tx) === Infinity;
    if (!mayBegin) return { kind: 'unresolved', room: aside, states: distinct };
    try {
      const began = performance.now();
      const changes = await changesByResolution(engine, this.#budgetOf(tx), room, distinct);
      const root = await engine.states.update(tx, room.room_nid, first, changes);
      engine.meter.stateResolved(performance.now() - began, 'in-transaction');
      return root;
    } catch (error) {
      if (!(error instanceof WorkSpentError)) throw error;
      return { kind: 'unresolved', room: aside, states: distinct };
    }
  }

  /**
   * Resolves what a transaction, which is durable now, left unresolved. Takes as long as it takes, and holds up nobody.
   *
   * @throws the reason of the engine's signal when it ends meanwhile
   */
  async resolve(engine: Engine, { room, states }: Unresolved): Promise<void> {
    const [first] = states;
    const key = keyOf(room, states);
    if (first === undefined || this.#outcomes.has(key)) return;
    const began = performance.now();
    const work = new SlicedWork(engine, () => this.#turn());
    let changes: ReadonlyMap<number, number | undefined>;
    try {
      await work.begin();
      changes = await changesByResolution(engine, work, room, states);
    } finally {
      await work.end();
    }
    let root = first;
    for (const part of inParts([...changes])) {
      engine.signal.throwIfAborted();
      await this.#turn();
      root = await engine.store.transact(async (tx) => {
        // It may have been removed meanwhile, and nothing of it is to be written anew.
        const isThere = (await tx.get(rooms, { room_nid: room.room_nid })) !== undefined;
        return isThere ? engine.states.update(tx, room.room_nid, root, new Map(part)) : root;
      });
    }
    this.#outcomes.set(key, root);
    if (work.units > UNITS_PER_TRANSACTION) this.#costly.set(room.room_nid, true);
    else this.#costly.delete(room.room_nid);
    engine.meter.stateResolved(performance.now() - began, 'aside');
    engine.log.info('state resolved aside', {
      room_nid: room.room_nid,
      states: states.length,
      units: work.units,
    });
  }

  /** To be called when an event of the room is rejected, or is not any more: it authorises others accordingly. */
  forget({ room_nid }: Pick<RoomRow, 'room_nid'>): void {
    for (const key of this.#outcomes.keys()) if (key.startsWith(`${room_nid}/`)) this.#outcomes.delete(key);
  }

  /** What this transaction resolves it resolves at whatever cost: it can't be done again. */
  unbound(tx: StoreTx): void {
    this.#left.set(tx, Infinity);
  }

  #budgetOf(tx: StoreTx): ResolutionWork {
    return {
      reader: tx,
      spend: () => {
        const left = this.#left.get(tx) ?? UNITS_PER_TRANSACTION;
        if (left <= 0) throw new WorkSpentError();
        this.#left.set(tx, left - 1);
        return undefined;
      },
    };
  }

  /** Fulfilled when it is the caller's turn to compute for a slice: first come, first served, one in a turn of the loop. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#turning) return;
      this.#turning = true;
      setImmediate(() => this.#next());
    });
  }

  #next(): void {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(() => this.#next());
    else this.#turning = false;
  }
}

/**
 * A transaction, done again after each resolution that it turns out to need. What the body wrote until then is
 * committed: it returns `Unresolved` only where that leaves everything as true as before.
 */
export const transactResolving = async <R>(
  engine: Engine,
  body: (tx: StoreTx) => Promise<R | Unresolved>,
): Promise<R> => {
  for (;;) {
    const outcome = await engine.store.transact(body);
    if (!isUnresolved(outcome)) return outcome;
    await engine.resolutions.resolve(engine, outcome);
  }
};

/** Work that reads from a snapshot of its own for as long as a slice is. */
class SlicedWork implements ResolutionWork {
  units = 0;
  readonly #engine: Engine;
  readonly #turn: () => Promise<void>;
  #open: { readonly reader: StoreReader; readonly end: () => Promise<void> } | undefined;
  #until = 0;

  constructor(engine: Engine, turn: () => Promise<void>) {
    this.#engine = engine;
    this.#turn = turn;
  }

  get reader(): StoreReader {
    if (this.#open === undefined) throw new Error('no snapshot is open');
    return this.#open.reader;
  }

  spend(): Promise<void> | undefined {
    this.units++;
    if (this.units % LOOK_EVERY !== 0 || performance.now() < this.#until) return undefined;
    return this.#pause();
  }

  async begin(): Promise<void> {
    this.#engine.signal.throwIfAborted();
    await this.#turn();
    const opened = Promise.withResolvers<StoreReader>();
    const ended = Promise.withResolvers<void>();
    const reading = this.#engine.store.read(async (reader) => {
      opened.resolve(reader);
      await ended.promise;
    });
    reading.catch(opened.reject);
    const reader = await opened.promise;
    this.#open = {
      reader,
      end: () => {
        ended.resolve();
        return reading;
      },
    };
    this.#until = performance.now() + SLICE_MS;
  }

  async end(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.end();
  }

  async #pause(): Promise<void> {
    await this.end();
    await this.begin();
  }
}

const keyOf = ({ room_nid }: ResolvableRoom, states: readonly StateRoot[]): string => {
  const hash = createHash('sha256');
  for (const state of states.toSorted(Buffer.compare)) hash.update(state);
  return `${room_nid}/${hash.digest('base64')}`;
};

const inParts = function* <T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += CHANGES_PER_COMMIT) yield list.slice(at, at + CHANGES_PER_COMMIT);
};
