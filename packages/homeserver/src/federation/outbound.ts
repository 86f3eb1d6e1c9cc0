/**
 * Sends to other servers. The outbox is a log with one cursor per destination, and so are the EDUs that must arrive; a
 * transaction's ID and bytes are frozen before its first sending and deleted on 200 only. Each destination has its own
 * queue with one transaction under way, so a dead server delays nobody. The other EDUs are newest-only and live in memory.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#transactions
 */
import type { JsonObject, ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { eduCursors } from '../store/device-tables.ts';
import { destinations, roomServers, rooms } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { type DestinationRow, newDestination } from './destination.ts';
import { type DurableEdu, enqueueEdus, nextEdus, serversThatLackEdus } from './durable-edus.ts';
import { noteExchange } from './exchange-hours.ts';
import {
  freezeTransaction,
  isDurable,
  isIsolating,
  MAX_EDUS,
  nextPdus,
  type Standing,
  serversThatLackEvents,
  standingOf,
  timesIn,
} from './freeze-transaction.ts';
import {
  afterDelivery,
  isolateEdu,
  judgeSuspectEdus,
  suspectEdusOf,
  takeBackSuspectEdus,
} from './isolate-edu.ts';
import {
  contentOf,
  isolatePoison,
  type Isolated,
  isolationAfter,
  judgeSuspects,
  reasonOf,
  type Refusal,
  suspectsOf,
  takeBackSuspects,
} from './isolate-poison.ts';
import { ephemeralKind } from './receive-edu.ts';
import { requestRemote } from './signed-request.ts';

const SEND_TIMEOUT_MS = 60_000;
/** Retry: from 1 s doubling to 10 min in the first hour, then to 6 h; never given up. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_EARLY_RETRY_MS = 10 * 60_000;
const EARLY_MS = 3_600_000;
const LONGEST_RETRY_MS = 6 * 3_600_000;

export type Edu = { readonly edu_type: string; readonly content: JsonObject };

export type EduToSend = {
  /** Goes to the other servers of this room, never for rooms of this server only … */
  readonly roomNid?: number;
  /** … or to these servers. */
  readonly serverNids?: readonly number[];
  readonly edu: Edu;
  /** A newer EDU with the same key replaces one that still waits. */
  readonly replaceKey?: string;
};

type Queue = {
  readonly edus: Map<string, Edu>;
  running: boolean;
  again: boolean;
  retry: Disposable | undefined;
  /** The retry is for events that were refused alone: what is new need not wait for it. */
  waitsForSuspects: boolean;
  /** When the worker began what it does now. */
  stepTs: number;
  /** When the events of the frozen transaction were made; undefined when it was frozen before this start. */
  times: readonly number[] | undefined;
};

export class Outbound implements AsyncDisposable {
  readonly #engineOf: () => Engine;
  readonly #queues = new Map<number, Queue>();
  readonly #running = new Set<Promise<void>>();
  #eduCounter = 0;
  /** Destinations that are known to have a row. */
  readonly noted = new Set<number>();

  /** The engine holds its outbound side, so it is asked for when first needed. */
  constructor(engine: () => Engine) {
    this.#engineOf = engine;
  }

  get #engine(): Engine {
    return this.#engineOf();
  }

  /** There is something new for a destination. */
  wake(serverNid: number): void {
    const queue = this.#queue(serverNid);
    if (queue.running) queue.again = true;
    else if (queue.retry === undefined || queue.waitsForSuspects) this.#start(serverNid, queue);
  }

  /** An authenticated request came from this server: it is worth trying at once. */
  serverIsUp(server: ServerName): void {
    void this.#engine.store
      .read((reader) => this.#engine.names.serverNid(reader, server))
      .then((nid) => {
        const queue = nid === undefined ? undefined : this.#queues.get(nid);
        if (nid === undefined || queue?.retry === undefined) return;
        this.#start(nid, queue);
      })
      .catch((error: unknown) => {
        if (this.#engine.signal.aborted) return;
        this.#engine.log.error('waking a destination failed', error, { server });
      });
  }

  /** Tries a destination at once, whatever its schedule says; the schedule goes on when it fails again. */
  retryNow(serverNid: number): void {
    this.#start(serverNid, this.#queue(serverNid), { withSuspects: true });
  }

  /**
   * For how many milliseconds the slowest worker has been at one step. A step is bounded by `SEND_TIMEOUT_MS` and a few
   * reads and writes: one that takes much longer will not end.
   */
  longestStep(now: number): number {
    let longest = 0;
    for (const { running, stepTs } of this.#queues.values()) {
      if (running) longest = Math.max(longest, now - stepTs);
    }
    return longest;
  }

  async sendEdu({ roomNid, serverNids, edu, replaceKey }: EduToSend): Promise<void> {
    const kind = ephemeralKind(edu.edu_type);
    const allowed = kind && (await this.#engine.policy.ask({ kind: 'exchange-ephemeral', what: kind }));
    if (allowed?.allowed === false) return;
    const targets = serverNids ?? (roomNid === undefined ? [] : await this.#otherServersOf(roomNid));
    for (const nid of targets) {
      const queue = this.#queue(nid);
      queue.edus.set(replaceKey ?? `#${++this.#eduCounter}`, edu);
      this.wake(nid);
    }
  }

  /**
   * EDUs that must arrive go to a log of their own, in the caller's transaction. Returns the servers to {@link wake}
   * after its commit.
   */
  sendDurableEdus(tx: StoreTx, edus: readonly DurableEdu[]): Promise<readonly number[]> {
    return enqueueEdus(this.#engine, tx, edus);
  }

  /**
   * Continues after a start: what was frozen or queued goes out, and every server that shares a room hears
   * from us once, which wakes its own queue for us.
   */
  async resume(): Promise<void> {
    const engine = this.#engine;
    const known = await engine.store.read(
      async (reader) =>
        new Set([
          ...(await this.#everyServerInRooms(reader)),
          ...(await serversThatLackEvents(reader)),
          ...(await serversThatLackEdus(reader)),
        ]),
    );
    for (const [index, serverNid] of [...known].entries()) {
      engine.clock.schedule(index * GREETING_PAUSE_MS, () => void this.#greet(serverNid));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const queue of this.#queues.values()) queue.retry?.[Symbol.dispose]();
    await Promise.allSettled(this.#running);
  }

  #queue(serverNid: number): Queue {
    const known = this.#queues.get(serverNid);
    if (known !== undefined) return known;
    const queue: Queue = {
      edus: new Map(),
      running: false,
      again: false,
      retry: undefined,
      waitsForSuspects: false,
      stepTs: 0,
      times: undefined,
    };
    this.#queues.set(serverNid, queue);
    return queue;
  }

  #start(serverNid: number, queue: Queue, { withSuspects = false } = {}): void {
    if (queue.running || this.#engine.signal.aborted) return;
    queue.retry?.[Symbol.dispose]();
    queue.retry = undefined;
    queue.waitsForSuspects = false;
    queue.running = true;
    const work = this.#drainFrom(serverNid, queue, withSuspects)
      .catch((error: unknown) => {
        if (this.#engine.signal.aborted) return;
        this.#engine.log.error('destination queue failed', error, { server_nid: serverNid });
        this.#retryLater(serverNid, queue, LONGEST_EARLY_RETRY_MS);
      })
      .finally(() => {
        queue.running = false;
        this.#running.delete(work);
        if (queue.again) this.wake(serverNid);
      });
    this.#running.add(work);
  }

  async #drainFrom(serverNid: number, queue: Queue, withSuspects: boolean): Promise<void> {
    if (withSuspects) {
      await this.#engine.store.transact(async (tx) => {
        const row = await tx.get(destinations, { server_nid: serverNid });
        // Others are under way.
        if (row === undefined || row.txn_id !== null) return;
        await takeBackSuspects(tx, row);
        await takeBackSuspectEdus(tx, serverNid);
      });
    }
    await this.#drain(serverNid, queue);
  }

  async #drain(serverNid: number, queue: Queue): Promise<void> {
    const engine = this.#engine;
    for (;;) {
      queue.again = false;
      queue.stepTs = engine.clock.now();
      if (engine.signal.aborted) return;
      const standing = await engine.store.read((reader) => standingOf(reader, serverNid));
      const isolates = isIsolating(standing);
      const waiting = isolates ? [] : [...queue.edus].slice(0, MAX_EDUS);
      const isNew = standing.row.txn_id === null;
      const frozen = isNew
        ? await freezeTransaction(
            engine,
            standing,
            waiting.map(([, edu]) => edu),
          )
        : { ...standing, times: queue.times, taken: 0 };
      if (frozen === undefined) {
        if (queue.again || isolates) continue;
        return this.#waitForSuspects(standing.row, queue);
      }
      if (isNew) {
        queue.times = frozen.times;
        // A newer EDU with the same key that came meanwhile stays.
        for (const [key, edu] of waiting.slice(0, frozen.taken)) {
          if (queue.edus.get(key) === edu) queue.edus.delete(key);
        }
      }
      if (!(await this.#deliver(frozen, queue))) return;
    }
  }

  /** Returns whether something else is worth sending at once. */
  async #deliver(standing: Standing, queue: Queue): Promise<boolean> {
    const engine = this.#engine;
    const sent = standing.row;
    if (sent.txn_id === null || sent.txn_body === null) throw new Error('no transaction to deliver');
    const server = await engine.store.read((reader) => engine.names.serverName(reader, sent.server_nid));
    const answer = await requestRemote(engine, {
      destination: server,
      method: 'PUT',
      path: `/_matrix/federation/v1/send/${sent.txn_id}`,
      bodyText: sent.txn_body,
      timeoutMs: SEND_TIMEOUT_MS,
    });
    const now = engine.clock.now();
    engine.meter.transaction('out', answer.kind === 'ok' ? 'ok' : 'failed');
    if (answer.kind === 'ok') {
      this.#logRefusals(server, answer.body);
      const times = queue.times ?? timesIn(sent.txn_body);
      if (times.length > 0) await judgeSuspects(engine, sent.server_nid, server);
      if ((standing.edus?.txn_count ?? 0) > 0) await judgeSuspectEdus(engine, sent.server_nid, server);
      await this.#noteDelivered(standing, times, now);
      return true;
    }
    if (engine.signal.aborted) return false;
    const isolated = await this.#isolate(standing, server, answer);
    if (isolated.goesOn) return true;
    const { row } = isolated;
    const reason = reasonOf(answer);
    const failures = row.failures + 1;
    const first_failure_ts = row.first_failure_ts ?? now;
    const pause = Math.max(retryPause(failures, now - first_failure_ts), wantedPause(answer));
    const failed = { failures, first_failure_ts, next_attempt_ts: now + pause, last_error: reason };
    // EDUs that are newest-only were not frozen durably when they were alone; they are worth nothing by then.
    const stays = isDurable({ ...standing, row });
    await engine.store.transact(async (tx) => {
      await tx.put(
        destinations,
        stays ? { ...row, ...failed } : { ...row, ...failed, txn_id: null, txn_body: null, txn_cursor: null },
      );
      await noteExchange(tx, row.server_nid, now, 'failed');
    });
    engine.log.info('transaction not delivered', { server, reason, retry_in_ms: pause });
    this.#retryLater(row.server_nid, queue, pause);
    return false;
  }

  #isolate(standing: Standing, server: ServerName, answer: Refusal): Promise<Isolated> {
    const engine = this.#engine;
    const { row, edus } = standing;
    if (edus !== undefined && edus.txn_count > 0 && contentOf(row).pdus === 0) {
      return isolateEdu(engine, { row, edus }, server, answer);
    }
    return isolatePoison(engine, row, server, answer, async () => {
      const next = await engine.store.read((reader) => nextPdus(engine, reader, row));
      return next.firstNid;
    });
  }

  async #noteDelivered({ row, edus }: Standing, times: readonly number[], now: number): Promise<void> {
    const engine = this.#engine;
    for (const madeTs of times) engine.meter.eventDelivered(now - madeTs);
    const cursor = row.txn_cursor ?? row.cursor;
    const { failures, first_failure_ts, last_error } = row;
    await engine.store.transact(async (tx) => {
      const hasSuspects = await hasSuspectsOf(tx, row.server_nid);
      await tx.put(destinations, {
        ...newDestination(row.server_nid, cursor),
        ...isolationAfter(row, cursor),
        ...(hasSuspects ? { failures, first_failure_ts, last_error } : {}),
        last_success_ts: now,
      });
      const eduCursor = await tx.get(eduCursors, { server_nid: row.server_nid });
      if (edus !== undefined && edus.txn_cursor !== null && eduCursor !== undefined) {
        await tx.put(eduCursors, afterDelivery(eduCursor, edus));
      }
      await noteExchange(tx, row.server_nid, now, 'delivered');
    });
  }

  /** Nothing else waits: what was refused alone, after which nothing was taken, is tried again later. */
  async #waitForSuspects(row: DestinationRow, queue: Queue): Promise<void> {
    const engine = this.#engine;
    if (!(await engine.store.read((reader) => hasSuspectsOf(reader, row.server_nid)))) return;
    const failingFor = engine.clock.now() - (row.first_failure_ts ?? engine.clock.now());
    this.#retryLater(row.server_nid, queue, retryPause(Math.max(1, row.failures), failingFor));
    queue.waitsForSuspects = true;
  }

  #logRefusals(server: ServerName, answer: JsonObject): void {
    const pdus = answer['pdus'];
    if (typeof pdus !== 'object' || pdus === null) return;
    for (const [eventId, result] of Object.entries(pdus)) {
      const error = typeof result === 'object' && result !== null && 'error' in result ? result['error'] : '';
      if (error !== '') this.#engine.log.info('event refused by a server', { server, event_id: eventId });
    }
  }

  #retryLater(serverNid: number, queue: Queue, pause: number): void {
    queue.retry?.[Symbol.dispose]();
    queue.waitsForSuspects = false;
    queue.retry = this.#engine.clock.schedule(pause, () =>
      this.#start(serverNid, queue, { withSuspects: true }),
    );
  }

  async #otherServersOf(roomNid: number): Promise<readonly number[]> {
    const engine = this.#engine;
    return engine.store.read(async (reader) => {
      const room = await reader.get(rooms, { room_nid: roomNid });
      if (room === undefined || room.federate === 0) return [];
      const own = await engine.names.serverNid(reader, engine.serverName);
      const rows = await reader.scan(roomServers, { where: { room_nid: roomNid } });
      return rows.map((row) => row.server_nid).filter((nid) => nid !== own);
    });
  }

  async #everyServerInRooms(reader: StoreReader): Promise<readonly number[]> {
    const own = await this.#engine.names.serverNid(reader, this.#engine.serverName);
    const found: number[] = [];
    for (let last = 0; ; ) {
      const row = await reader.first(roomServers, { index: 'by_server', gt: last });
      if (row === undefined) return found.filter((nid) => nid !== own);
      found.push(row.server_nid);
      last = row.server_nid;
    }
  }

  async #hasSomethingFor(reader: StoreReader, serverNid: number): Promise<boolean> {
    const { row, edus } = await standingOf(reader, serverNid);
    if (row.txn_id !== null || (await hasSuspectsOf(reader, serverNid))) return true;
    if (edus !== undefined && (await nextEdus(reader, edus, 1)).first !== undefined) return true;
    return (await nextPdus(this.#engine, reader, row)).pdus.length > 0;
  }

  /** Sends what waits, or else an empty transaction: any signed request wakes the other side. */
  async #greet(serverNid: number): Promise<void> {
    const engine = this.#engine;
    if (await engine.store.read((reader) => this.#hasSomethingFor(reader, serverNid))) {
      this.#start(serverNid, this.#queue(serverNid), { withSuspects: true });
      return;
    }
    const server = await engine.store.read((reader) => engine.names.serverName(reader, serverNid));
    const now = engine.clock.now();
    await requestRemote(engine, {
      destination: server,
      method: 'PUT',
      path: `/_matrix/federation/v1/send/${now}-${crypto.randomUUID()}`,
      body: { origin: engine.serverName, origin_server_ts: now, pdus: [] },
    });
  }
}

const hasSuspectsOf = async (reader: StoreReader, serverNid: number): Promise<boolean> =>
  (await suspectsOf(reader, serverNid)).length + (await suspectEdusOf(reader, serverNid)).length > 0;

/** Pause between the first requests to other servers after a start. */
const GREETING_PAUSE_MS = 50;

const retryPause = (failures: number, failingFor: number): number => {
  const longest = failingFor < EARLY_MS ? LONGEST_EARLY_RETRY_MS : LONGEST_RETRY_MS;
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 30), longest);
};

/** How long a server that has had too much wants to be left alone. */
const wantedPause = (answer: Refusal): number => {
  if (answer.kind !== 'refused' || answer.status !== 429) return 0;
  const wanted = Number(answer.body['retry_after_ms']);
  return Number.isFinite(wanted) ? Math.min(wanted, LONGEST_EARLY_RETRY_MS) : 0;
};
