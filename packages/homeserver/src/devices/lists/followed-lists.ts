/** Fetches lists that are stale, server by server, again and again while one is away. */
import type { ServerName } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { Slots } from '../../federation/keys/slots.ts';
import { path, type RemoteAnswer, requestRemote } from '../../federation/signed-request.ts';
import { followedDeviceLists } from '../../store/schema.ts';
import type { StoreReader } from '../../store/store.ts';
import { type FollowedRow, keepList } from './kept-list.ts';
import { publishListChange, recordListChange } from './list-change.ts';
import { type ReadList, readListAnswer } from './read-list.ts';

/** A server that is away is tried again after this, doubling up to an hour; at once when it is heard from. */
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 3_600_000;
/** It is heard from with every request of its own. */
const HEARD_PAUSE_MS = 1_000;
/** One list is not fetched again before this time: meanwhile queries go to its server. */
const PAUSE_MS = 10_000;
const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** One at a time of each server. */
const AT_ONCE = 10;
const MAX_WAITING = 10_000;

type Queue = {
  running: boolean;
  again: boolean;
  pause: number;
  timer: Disposable | undefined;
  /** A try in vain was not long ago. */
  isAway: boolean;
  triedTs: number;
};

export class FollowedLists implements AsyncDisposable {
  readonly #engineOf: () => Engine;
  readonly #queues = new Map<number, Queue>();
  readonly #running = new Set<Promise<void>>();
  readonly #slots = new Slots({ atOnce: AT_ONCE, maxWaiting: MAX_WAITING });
  /** Lists that are being fetched, and whether something came meanwhile that the answer may not hold. */
  readonly #fetching = new Map<number, { missed: boolean }>();

  /** The engine holds this, so it is asked for when first needed. */
  constructor(engine: () => Engine) {
    this.#engineOf = engine;
  }

  get #engine(): Engine {
    return this.#engineOf();
  }

  /** Lists of this server are stale. */
  wake(serverNid: number): void {
    const queue = this.#queue(serverNid);
    if (queue.running) queue.again = true;
    else if (!queue.isAway) this.#start(serverNid, queue);
  }

  /** Told inside a transaction: an update for a stale list came and was not taken in. */
  missed(userNid: number): void {
    const fetch = this.#fetching.get(userNid);
    if (fetch !== undefined) fetch.missed = true;
  }

  /** An authenticated request came from this server: it is worth trying at once. */
  serverIsUp(server: ServerName): void {
    const engine = this.#engine;
    if (this.#queues.size === 0) return;
    void engine.store
      .read((reader) => engine.names.serverNid(reader, server))
      .then((nid) => {
        const queue = nid === undefined ? undefined : this.#queues.get(nid);
        if (nid === undefined || queue?.isAway !== true) return;
        if (engine.clock.now() - queue.triedTs >= HEARD_PAUSE_MS) this.#start(nid, queue);
      })
      .catch((error: unknown) => {
        if (!engine.signal.aborted) engine.log.error('waking device lists failed', error, { server });
      });
  }

  /** Takes up what was stale at the last end. */
  async resume(): Promise<void> {
    for (const nid of await this.#engine.store.read(serversWithLists)) this.wake(nid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { timer } of this.#queues.values()) timer?.[Symbol.dispose]();
    await Promise.allSettled(this.#running);
  }

  #queue(serverNid: number): Queue {
    const known = this.#queues.get(serverNid);
    if (known !== undefined) return known;
    const queue = {
      running: false,
      again: false,
      pause: FIRST_RETRY_MS,
      timer: undefined,
      isAway: false,
      triedTs: 0,
    };
    this.#queues.set(serverNid, queue);
    return queue;
  }

  #start(serverNid: number, queue: Queue): void {
    if (queue.running || this.#engine.signal.aborted) return;
    queue.timer?.[Symbol.dispose]();
    queue.timer = undefined;
    queue.running = true;
    queue.isAway = false;
    const work = this.#fetchAll(serverNid, queue)
      .catch((error: unknown) => {
        if (this.#engine.signal.aborted) return;
        this.#engine.log.error('device lists not fetched', error, { server_nid: serverNid });
        this.#later(serverNid, queue, LONGEST_RETRY_MS);
      })
      .finally(() => {
        queue.running = false;
        this.#running.delete(work);
        if (queue.again) this.wake(serverNid);
        else if (queue.timer === undefined) this.#queues.delete(serverNid);
      });
    this.#running.add(work);
  }

  async #fetchAll(serverNid: number, queue: Queue): Promise<void> {
    const engine = this.#engine;
    for (;;) {
      queue.again = false;
      if (engine.signal.aborted) return;
      const row = await engine.store.read((reader) =>
        reader.first(followedDeviceLists, { index: 'by_need', where: { server_nid: serverNid, stale: 1 } }),
      );
      if (row === undefined) return;
      const wait = row.next_ts - engine.clock.now();
      if (wait > 0) return this.#later(serverNid, queue, Math.min(wait, LONGEST_RETRY_MS));
      const isThere = await this.#slots.run(() => this.#fetch(row));
      if (isThere !== true) {
        queue.isAway = true;
        queue.triedTs = engine.clock.now();
        this.#later(serverNid, queue, queue.pause);
        queue.pause = Math.min(queue.pause * 2, LONGEST_RETRY_MS);
        return;
      }
      queue.pause = FIRST_RETRY_MS;
    }
  }

  #later(serverNid: number, queue: Queue, ms: number): void {
    queue.timer?.[Symbol.dispose]();
    queue.timer = this.#engine.clock.schedule(ms, () => this.#start(serverNid, queue));
  }

  /** Returns whether the server answered. */
  async #fetch(row: FollowedRow): Promise<boolean> {
    const engine = this.#engine;
    const { user_nid, server_nid } = row;
    const fetch = { missed: false };
    this.#fetching.set(user_nid, fetch);
    try {
      const asOf = engine.notifier.stream;
      const { userId, destination } = await engine.store.read(async (reader) => ({
        userId: await engine.names.userId(reader, user_nid),
        destination: await engine.names.serverName(reader, server_nid),
      }));
      const answer = await requestRemote(engine, {
        destination,
        method: 'GET',
        path: path`/_matrix/federation/v1/user/devices/${userId}`,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
      });
      if (engine.signal.aborted) return false;
      const list = answer.kind === 'ok' ? readListAnswer(userId, answer.body) : reasonOf(answer);
      if (typeof list !== 'string') {
        await this.#keep(row, list, { asOf, fetch });
        return true;
      }
      engine.log.info('device list not fetched', { server: destination, user: userId, reason: list });
      if (isAway(answer)) return false;
      await this.#putOff(row);
      return true;
    } finally {
      this.#fetching.delete(user_nid);
    }
  }

  async #keep(
    { user_nid, as_of }: FollowedRow,
    list: ReadList,
    { asOf, fetch }: { readonly asOf: number; readonly fetch: { readonly missed: boolean } },
  ): Promise<void> {
    const engine = this.#engine;
    const change = await engine.store.transact(async (tx) => {
      const row = await tx.get(followedDeviceLists, { user_nid });
      // They share no room any more.
      if (row === undefined) return undefined;
      await keepList(tx, user_nid, list);
      const known = { stream_id: list.streamId, as_of: asOf, tries: 0 };
      const next_ts = engine.clock.now() + PAUSE_MS;
      await tx.put(followedDeviceLists, { ...row, ...known, next_ts, stale: Number(fetch.missed) });
      // The first one was begun by a client that has asked itself.
      const isFirst = as_of === 0 && !fetch.missed;
      return isFirst ? undefined : recordListChange(engine, tx, user_nid);
    });
    publishListChange(engine, change);
  }

  /** The server refused, or told what can't be used: what is kept stays, and stays stale. */
  async #putOff({ user_nid }: FollowedRow): Promise<void> {
    const engine = this.#engine;
    await engine.store.transact(async (tx) => {
      const row = await tx.get(followedDeviceLists, { user_nid });
      if (row === undefined) return;
      const pause = Math.min(PAUSE_MS * 2 ** Math.min(row.tries, 20), LONGEST_RETRY_MS);
      await tx.put(followedDeviceLists, {
        ...row,
        tries: row.tries + 1,
        next_ts: engine.clock.now() + pause,
      });
    });
  }
}

const reasonOf = (answer: Exclude<RemoteAnswer, { readonly kind: 'ok' }>): string =>
  answer.kind === 'failed' ? answer.reason : answer.error;

const isAway = (answer: RemoteAnswer): boolean =>
  answer.kind === 'failed' || (answer.kind === 'refused' && (answer.status >= 500 || answer.status === 429));

/** Each server once, that lists of people are kept of. */
const serversWithLists = async (reader: StoreReader): Promise<readonly number[]> => {
  const found: number[] = [];
  for (let last = 0; ; ) {
    const row = await reader.first(followedDeviceLists, { index: 'by_need', gt: last });
    if (row === undefined) return found;
    found.push(row.server_nid);
    last = row.server_nid;
  }
};
