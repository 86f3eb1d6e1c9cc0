/**
 * Keeps the inverted index. Appending an event writes nothing here: the index follows the events table in
 * batches, and what it has not reached yet is read one by one when somebody searches.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Engine } from '../engine.ts';
import { decodeNids, encodeNids, type StoredEvent } from '../rooms/event-cache.ts';
import { events, searchProgress, searchWords } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { Turns } from '../turns.ts';
import { searchKeyOf, wordsOfEvent } from './searchable-text.ts';

/** Events of one batch: the more, the fewer rows they make. */
const BATCH = 2_000;
/** Events read at once, between which others get their turn. */
const READ_AT_ONCE = 50;
/** Rows written in one transaction, so that a message under way waits for few of them. */
const ROWS_PER_TRANSACTION = 250;
/** Fewer events than a batch wait this long for more. */
const PATIENCE_MS = 10 * 60_000;
/** Events that a search reads one by one beyond the index. */
export const MAX_UNINDEXED = 3_000;
/** A search waits this long for the index. */
const CATCH_UP_MS = 3_000;
const PROGRESS = 'events';

export class SearchIndex implements AsyncDisposable {
  readonly #engineOf: () => Engine;
  #pending = 0;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;

  /** The engine holds its index, so it is asked for when first needed. */
  constructor(engine: () => Engine) {
    this.#engineOf = engine;
  }

  /** So many events are new. */
  appended(count: number): void {
    this.#pending += count;
    if (this.#running !== undefined) return;
    if (this.#pending >= BATCH) void this.catchUp();
    else this.#timer ??= this.#engineOf().clock.schedule(PATIENCE_MS, () => void this.catchUp());
  }

  /** Takes in everything that is committed now. */
  catchUp(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#running ??= this.#follow()
      .catch((error: unknown) => {
        const engine = this.#engineOf();
        if (!engine.signal.aborted) engine.log.error('search index stopped', error);
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  /** Catches up first when a search would have to read too many events one by one; not for long. */
  async beforeSearch(): Promise<void> {
    const engine = this.#engineOf();
    const behind = await engine.store.read(async (reader) => {
      const newest = await reader.first(events, { reverse: true });
      return (newest?.event_nid ?? 0) - (await indexedUpTo(reader));
    });
    if (behind <= MAX_UNINDEXED) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    using _limit = engine.clock.schedule(CATCH_UP_MS, resolve);
    await Promise.race([this.catchUp(), promise]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await this.#running;
  }

  async #follow(): Promise<void> {
    const engine = this.#engineOf();
    for (;;) {
      if (engine.signal.aborted) return;
      this.#pending = 0;
      const size = await indexBatch(engine, BATCH);
      if (size < BATCH) return;
      await nextTurn();
    }
  }
}

/** The last event_nid that the index knows. */
export const indexedUpTo = async (reader: StoreReader): Promise<number> =>
  (await reader.get(searchProgress, { name: PROGRESS }))?.event_nid ?? 0;

/**
 * Takes in the next events; returns how many there were. Repeating it after a crash in its middle writes the
 * same rows.
 */
const indexBatch = async (engine: Engine, limit: number): Promise<number> => {
  const { indexed, last, size, batch, rows } = await engine.store.read((reader) =>
    readBatch(engine, reader, limit),
  );
  if (size === 0) return 0;
  for (let from = 0; from < rows.length; from += ROWS_PER_TRANSACTION) {
    await engine.store.transact((tx) => putWords(tx, batch, rows.slice(from, from + ROWS_PER_TRANSACTION)));
    if (engine.signal.aborted) return 0;
    await nextTurn();
  }
  await engine.store.transact(async (tx) => {
    for (const event of indexed) {
      // It was redacted, purged or deleted while its words were on their way.
      const today = await engine.events.byId(tx, event.eventId);
      if (today?.redactedBy !== null || today.verdict === 'purged') await forgetWords(tx, event);
    }
    await tx.put(searchProgress, { name: PROGRESS, event_nid: last });
  });
  return size;
};

/** Pairs of room_nid and event_nid, one after the other. */
type WordRow = { readonly word: string; readonly pairs: number[] };

const readBatch = async (engine: Engine, reader: StoreReader, limit: number) => {
  const after = await indexedUpTo(reader);
  const indexed: StoredEvent[] = [];
  const words = new Map<string, WordRow>();
  const turns = new Turns();
  let last = after;
  let size = 0;
  while (size < limit) {
    const found = await reader.scan(events, { gt: last, limit: Math.min(READ_AT_ONCE, limit - size) });
    for (const { event_nid, room_nid, type } of found) {
      last = event_nid;
      if (searchKeyOf(type) === undefined) continue;
      const event = await engine.events.byNid(reader, event_nid);
      indexed.push(event);
      for (const word of wordsOfEvent(event.pdu)) {
        const row = words.get(word);
        if (row === undefined) words.set(word, { word, pairs: [room_nid, event_nid] });
        else row.pairs.push(room_nid, event_nid);
      }
    }
    size += found.length;
    if (found.length < READ_AT_ONCE) break;
    await turns.next();
  }
  // In the order of the table: neighbours are written to the same pages.
  const rows = [...words.values()].sort((a, b) => (a.word < b.word ? -1 : 1));
  return { indexed, last, size, batch: after, rows };
};

const putWords = async (tx: StoreTx, batch: number, rows: readonly WordRow[]): Promise<void> => {
  for (const { word, pairs } of rows) await tx.put(searchWords, { word, batch, events: encodeNids(pairs) });
};

/** Takes the words of an event that is about to be redacted out of the index. */
export const forgetWords = async (tx: StoreTx, event: StoredEvent): Promise<void> => {
  for (const word of wordsOfEvent(event.pdu)) {
    const row = await tx.first(searchWords, { where: { word }, lt: event.eventNid, reverse: true });
    const pairs = row === undefined ? [] : decodeNids(row.events);
    // Event numbers are at the odd places.
    const at = pairs.findIndex((nid, index) => index % 2 === 1 && nid === event.eventNid);
    if (row === undefined || at < 0) continue;
    const kept = pairs.toSpliced(at - 1, 2);
    if (kept.length === 0) await tx.delete(searchWords, row);
    else await tx.put(searchWords, { ...row, events: encodeNids(kept) });
  }
};
