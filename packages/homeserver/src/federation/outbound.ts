/**
 * Sends to other servers. The outbox is a log with one cursor per destination; a transaction's ID and bytes
 * are frozen before its first sending and deleted on 200 only. Each destination has its own queue with one
 * transaction under way, so a dead server delays nobody. EDUs are newest-only and live in memory.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#transactions
 */
import { canonicalJson, type JsonObject, type ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { decodeNids } from '../rooms/event-cache.ts';
import { destinationSets, destinations, outbox, roomServers, rooms } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { type DestinationRow, newDestination } from './destination.ts';
import { requestRemote } from './signed-request.ts';

const MAX_PDUS = 50;
const MAX_EDUS = 100;
/** Outbox rows looked at in one step for a destination that is behind. */
const OUTBOX_PAGE = 500;
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
    else if (queue.retry === undefined) this.#start(serverNid, queue);
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
      .catch((error: unknown) => this.#engine.log.error('waking a destination failed', error, { server }));
  }

  /** Tries a destination at once, whatever its schedule says; the schedule goes on when it fails again. */
  retryNow(serverNid: number): void {
    this.#start(serverNid, this.#queue(serverNid));
  }

  async sendEdu({ roomNid, serverNids, edu, replaceKey }: EduToSend): Promise<void> {
    const targets = serverNids ?? (roomNid === undefined ? [] : await this.#otherServersOf(roomNid));
    for (const nid of targets) {
      const queue = this.#queue(nid);
      queue.edus.set(replaceKey ?? `#${++this.#eduCounter}`, edu);
      this.wake(nid);
    }
  }

  /**
   * Continues after a start: what was frozen or queued goes out, and every server that shares a room hears
   * from us once, which wakes its own queue for us.
   */
  async resume(): Promise<void> {
    const engine = this.#engine;
    const known = await engine.store.read((reader) => this.#everyServerInRooms(reader));
    for (const [index, serverNid] of known.entries()) {
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
    const queue: Queue = { edus: new Map(), running: false, again: false, retry: undefined };
    this.#queues.set(serverNid, queue);
    return queue;
  }

  #start(serverNid: number, queue: Queue): void {
    if (queue.running || this.#engine.signal.aborted) return;
    queue.retry?.[Symbol.dispose]();
    queue.retry = undefined;
    queue.running = true;
    const work = this.#drain(serverNid, queue)
      .catch((error: unknown) => {
        if (this.#engine.signal.aborted) return;
        this.#engine.log.error('destination queue failed', error, { server_nid: serverNid });
        this.#retryLater(serverNid, queue, LONGEST_EARLY_RETRY_MS);
      })
      .finally(() => {
        queue.running = false;
        this.#running.delete(work);
        if (queue.again && queue.retry === undefined) this.wake(serverNid);
      });
    this.#running.add(work);
  }

  async #drain(serverNid: number, queue: Queue): Promise<void> {
    for (;;) {
      queue.again = false;
      if (this.#engine.signal.aborted) return;
      const row = await this.#row(serverNid);
      const edus = [...queue.edus].slice(0, MAX_EDUS);
      const frozen = row.txn_id === null ? await this.#freeze(row, edus) : row;
      if (frozen === undefined) {
        if (queue.again) continue;
        return;
      }
      if (row.txn_id === null) {
        // A newer EDU with the same key that came meanwhile stays.
        for (const [key, edu] of edus) if (queue.edus.get(key) === edu) queue.edus.delete(key);
      }
      if (!(await this.#deliver(frozen, queue))) return;
    }
  }

  async #row(serverNid: number): Promise<DestinationRow> {
    const known = await this.#engine.store.read((reader) =>
      reader.get(destinations, { server_nid: serverNid }),
    );
    return known ?? newDestination(serverNid, 0);
  }

  /** Fixes the next transaction; undefined when there is nothing to send. EDUs alone need no durability. */
  async #freeze(
    row: DestinationRow,
    edus: readonly (readonly [string, Edu])[],
  ): Promise<DestinationRow | undefined> {
    const engine = this.#engine;
    const next = await engine.store.read((reader) => this.#nextPdus(reader, row));
    if (next.pdus.length === 0 && edus.length === 0) {
      if (next.cursor > row.cursor) {
        await engine.store.transact((tx) => tx.put(destinations, { ...row, cursor: next.cursor }));
      }
      return undefined;
    }
    const body = {
      origin: engine.serverName,
      origin_server_ts: engine.clock.now(),
      pdus: next.pdus,
      ...(edus.length === 0 ? {} : { edus: edus.map(([, edu]) => edu) }),
    };
    const frozen: DestinationRow = {
      ...row,
      txn_id: `${engine.clock.now()}-${crypto.randomUUID()}`,
      txn_body: canonicalJson(body),
      txn_cursor: next.cursor,
    };
    if (next.pdus.length > 0) await engine.store.transact((tx) => tx.put(destinations, frozen));
    return frozen;
  }

  async #nextPdus(reader: StoreReader, row: DestinationRow) {
    const pdus: JsonObject[] = [];
    let cursor = row.cursor;
    for (;;) {
      const rows = await reader.scan(outbox, { gt: cursor, limit: OUTBOX_PAGE });
      for (const entry of rows) {
        const set = await reader.get(destinationSets, { destination_set: entry.destination_set });
        if (set !== undefined && decodeNids(set.members).includes(row.server_nid)) {
          if (pdus.length === MAX_PDUS) return { pdus, cursor };
          pdus.push((await this.#engine.events.byNid(reader, entry.event_nid)).pdu);
        }
        cursor = entry.position;
      }
      if (rows.length < OUTBOX_PAGE) return { pdus, cursor };
    }
  }

  /** Returns whether the transaction was answered with 200. */
  async #deliver(row: DestinationRow, queue: Queue): Promise<boolean> {
    const engine = this.#engine;
    if (row.txn_id === null || row.txn_body === null) throw new Error('no transaction to deliver');
    const server = await engine.store.read((reader) => engine.names.serverName(reader, row.server_nid));
    const answer = await requestRemote(engine, {
      destination: server,
      method: 'PUT',
      path: `/_matrix/federation/v1/send/${row.txn_id}`,
      bodyText: row.txn_body,
      timeoutMs: SEND_TIMEOUT_MS,
    });
    const now = engine.clock.now();
    if (answer.kind === 'ok') {
      this.#logRefusals(server, answer.body);
      await engine.store.transact((tx) =>
        tx.put(destinations, {
          ...newDestination(row.server_nid, row.txn_cursor ?? row.cursor),
          last_success_ts: now,
        }),
      );
      return true;
    }
    if (engine.signal.aborted) return false;
    const reason = answer.kind === 'failed' ? answer.reason : `${answer.errcode}: ${answer.error}`;
    const failures = row.failures + 1;
    const first_failure_ts = row.first_failure_ts ?? now;
    const pause = retryPause(failures, now - first_failure_ts);
    const failed = { failures, first_failure_ts, next_attempt_ts: now + pause, last_error: reason };
    // EDUs without PDUs were not frozen durably; they are worth nothing by then.
    const hasPdus = row.txn_cursor !== row.cursor;
    await engine.store.transact((tx) =>
      tx.put(
        destinations,
        hasPdus
          ? { ...row, ...failed }
          : { ...row, ...failed, txn_id: null, txn_body: null, txn_cursor: null },
      ),
    );
    engine.log.info('transaction not delivered', { server, reason, retry_in_ms: pause });
    this.#retryLater(row.server_nid, queue, pause);
    return false;
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
    queue.retry = this.#engine.clock.schedule(pause, () => this.#start(serverNid, queue));
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

  /** Sends what waits, or else an empty transaction: any signed request wakes the other side. */
  async #greet(serverNid: number): Promise<void> {
    const engine = this.#engine;
    const row = await this.#row(serverNid);
    const next = await engine.store.read((reader) => this.#nextPdus(reader, row));
    if (row.txn_id !== null || next.pdus.length > 0) {
      this.#start(serverNid, this.#queue(serverNid));
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

/** Pause between the first requests to other servers after a start. */
const GREETING_PAUSE_MS = 50;

const retryPause = (failures: number, failingFor: number): number => {
  const longest = failingFor < EARLY_MS ? LONGEST_EARLY_RETRY_MS : LONGEST_RETRY_MS;
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 30), longest);
};
