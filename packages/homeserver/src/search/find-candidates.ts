/** Events that may be what somebody searches for: those that have all of the words, by room. */
import type { Engine } from '../engine.ts';
import { decodeNids } from '../rooms/event-cache.ts';
import { events, searchWords } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { indexedUpTo, MAX_UNINDEXED } from './search-index.ts';
import { mayHaveWord, searchKeyOf, wordsOfEvent } from './searchable-text.ts';

/** Shorter words are found as they are, longer ones also as the beginning of another. */
const MIN_PREFIX_LENGTH = 3;
/** Words that begin with the one that is asked for, and batches of events for each, the newest. */
const MAX_COMPLETIONS = 100;
const MAX_BATCHES = 500;

/** A word that is asked for, against one that stands somewhere. */
export const matches = (asked: string, word: string): boolean =>
  asked === word || (asked.length >= MIN_PREFIX_LENGTH && word.startsWith(asked));

/** event_nids by room_nid. */
export type Candidates = ReadonlyMap<number, readonly number[]>;

/** Newest first in each room. */
export const findCandidates = async (
  engine: Engine,
  reader: StoreReader,
  asked: readonly string[],
): Promise<Candidates> => {
  const rooms = new Map<number, number[]>();
  const add = (roomNid: number, eventNid: number) => {
    const nids = rooms.get(roomNid);
    if (nids === undefined) rooms.set(roomNid, [eventNid]);
    else nids.push(eventNid);
  };
  for (const [eventNid, roomNid] of await indexed(reader, asked)) add(roomNid, eventNid);
  for (const [eventNid, roomNid] of await unindexed(engine, reader, asked)) add(roomNid, eventNid);
  for (const nids of rooms.values()) nids.sort((a, b) => b - a);
  return rooms;
};

/** Rooms by event. */
type Found = ReadonlyMap<number, number>;

/** Events beyond the index, read one by one. */
const unindexed = async (engine: Engine, reader: StoreReader, asked: readonly string[]): Promise<Found> => {
  const found = new Map<number, number>();
  const rows = await reader.scan(events, { gt: await indexedUpTo(reader), limit: MAX_UNINDEXED });
  for (const { event_nid, room_nid, type } of rows) {
    if (searchKeyOf(type) === undefined) continue;
    const { pdu } = await engine.events.byNid(reader, event_nid);
    if (!asked.every((one) => mayHaveWord(pdu, one))) continue;
    const words = [...wordsOfEvent(pdu)];
    if (asked.every((one) => words.some((word) => matches(one, word)))) found.set(event_nid, room_nid);
  }
  return found;
};

const indexed = async (reader: StoreReader, asked: readonly string[]): Promise<Found> => {
  let remaining: Found | undefined;
  // The longest word is the rarest, as a rule.
  for (const one of asked.toSorted((a, b) => b.length - a.length)) {
    const found = await eventsWith(reader, one);
    remaining = remaining === undefined ? found : new Map([...remaining].filter(([nid]) => found.has(nid)));
    if (remaining.size === 0) break;
  }
  return remaining ?? new Map();
};

const eventsWith = async (reader: StoreReader, asked: string): Promise<Found> => {
  const found = new Map<number, number>();
  for (const word of await completionsOf(reader, asked)) {
    const rows = await reader.scan(searchWords, { where: { word }, reverse: true, limit: MAX_BATCHES });
    for (const row of rows) {
      const pairs = decodeNids(row.events);
      for (let at = 0; at + 1 < pairs.length; at += 2) found.set(pairs[at + 1] ?? 0, pairs[at] ?? 0);
    }
  }
  return found;
};

/** Words of the index that are, or begin with, the one that is asked for: from each to the next by one step. */
const completionsOf = async (reader: StoreReader, asked: string): Promise<readonly string[]> => {
  if (asked.length < MIN_PREFIX_LENGTH) return [asked];
  const words: string[] = [];
  for (let next = await reader.first(searchWords, { gte: asked }); next !== undefined; ) {
    if (!next.word.startsWith(asked) || words.length === MAX_COMPLETIONS) break;
    words.push(next.word);
    next = await reader.first(searchWords, { gt: next.word });
  }
  return words;
};
