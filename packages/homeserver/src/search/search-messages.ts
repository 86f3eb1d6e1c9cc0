/**
 * Full-text search over everything that a local user may read.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#server-side-search
 */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { invalidParam, MatrixError } from '../matrix-error.ts';
import { newestEdit } from '../reading/bundled-relations.ts';
import { relationOf } from '../reading/client-event.ts';
import { openRoom, type Reading } from '../reading/room-access.ts';
import { type VisibilityTest, visibilityTest } from '../reading/visible-events.ts';
import { roomByNid, stateEvent } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { memberships } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { passesRoom, passesRoomEventFilter, type RoomEventFilter } from '../sync/filter.ts';
import { ignoredUsers } from '../users/ignored-users.ts';
import { findCandidates, matches } from './find-candidates.ts';
import { type SearchKey, searchKeyOf, wordsOfEvent } from './searchable-text.ts';
import { wordsOf } from './words.ts';

export type Search = {
  readonly userId: UserId;
  readonly deviceId: string;
  readonly term: string;
  readonly keys: readonly SearchKey[];
  readonly filter: RoomEventFilter;
  readonly orderBy: 'recent' | 'rank';
  readonly limit: number;
  /** As given out before. */
  readonly from: string | undefined;
};

export type Found = {
  readonly event: StoredEvent;
  /** Higher is more relevant. */
  readonly rank: number;
  readonly reading: Reading;
  readonly visibility: VisibilityTest;
};

export type SearchPage = {
  /** Of all pages; an approximation when there are very many. */
  readonly count: number;
  /** Words found, to be marked in the texts. */
  readonly highlights: readonly string[];
  readonly found: readonly Found[];
  readonly next: string | undefined;
};

/** Words of one search; more are not looked at. */
const MAX_ASKED = 12;
const MAX_TERM_LENGTH = 500;
/** Events looked at for one search, the newest of each room first. */
const MAX_EXAMINED = 5_000;
const MAX_HIGHLIGHTS = 50;

/**
 * Runs within the caller's snapshot; the caller lets the index catch up first.
 *
 * @throws M_INVALID_PARAM for a token that is not ours
 */
export const searchMessages = async (
  engine: Engine,
  reader: StoreReader,
  search: Search,
): Promise<SearchPage> => {
  const asked = [...new Set(wordsOf(search.term, MAX_TERM_LENGTH))].slice(0, MAX_ASKED);
  const page = readToken(search.from);
  if (asked.length === 0) return { count: 0, highlights: [], found: [], next: undefined };
  const candidates = await findCandidates(engine, reader, asked);
  const highlights = new Set<string>();
  const found: Found[] = [];
  let examined = 0;
  for (const roomNid of await readableRooms(engine, reader, search)) {
    const nids = candidates.get(roomNid);
    if (nids === undefined || examined >= MAX_EXAMINED) continue;
    const reading = await openForSearch(engine, reader, search, roomNid);
    if (reading === undefined) continue;
    examined += nids.length;
    const hits = await examine(engine, reader, { search, reading, asked, highlights }, nids);
    found.push(...hits.filter(({ event }) => page.upTo === undefined || event.eventNid <= page.upTo));
  }
  found.sort(search.orderBy === 'rank' ? byRank : byTime);
  const end = page.offset + search.limit;
  const upTo = page.upTo ?? found.reduce((newest, { event }) => Math.max(newest, event.eventNid), 0);
  return {
    count: found.length,
    highlights: [...highlights].slice(0, MAX_HIGHLIGHTS),
    found: found.slice(page.offset, end),
    next: end < found.length ? `${upTo}_${end}` : undefined,
  };
};

/** How far a client has read, and the newest event of its first page: later ones do not shift the pages. */
const readToken = (
  text: string | undefined,
): { readonly upTo: number | undefined; readonly offset: number } => {
  if (text === undefined) return { upTo: undefined, offset: 0 };
  const match = /^(\d{1,15})_(\d{1,9})$/.exec(text);
  if (match === null) throw invalidParam('"next_batch" is not a token of this server.');
  return { upTo: Number(match[1]), offset: Number(match[2]) };
};

const byTime = (a: Found, b: Found): number =>
  b.event.pdu.origin_server_ts - a.event.pdu.origin_server_ts || b.event.eventNid - a.event.eventNid;

const byRank = (a: Found, b: Found): number => b.rank - a.rank || byTime(a, b);

const readableRooms = async (
  engine: Engine,
  reader: StoreReader,
  { userId }: Search,
): Promise<readonly number[]> => {
  const userNid = await engine.names.userNid(reader, userId);
  if (userNid === undefined) return [];
  const rows = await reader.scan(memberships, { index: 'by_user', where: { user_nid: userNid } });
  return [...rows].sort((a, b) => b.stream - a.stream).map((row) => row.room_nid);
};

/** Undefined for a room that is not to be searched: filtered out, encrypted, or closed to this user. */
const openForSearch = async (
  engine: Engine,
  reader: StoreReader,
  search: Search,
  roomNid: number,
): Promise<Reading | undefined> => {
  const room = await roomByNid(reader, roomNid);
  if (room === undefined || !passesRoom(search.filter, room.room_id)) return undefined;
  if ((await stateEvent(engine, reader, room, 'm.room.encryption', '')) !== undefined) return undefined;
  try {
    return await openRoom(engine, reader, search, room.room_id);
  } catch (error) {
    if (error instanceof MatrixError && error.errcode === 'M_FORBIDDEN') return undefined;
    throw error;
  }
};

type Examination = {
  readonly search: Search;
  readonly reading: Reading;
  readonly asked: readonly string[];
  readonly highlights: Set<string>;
};

/** The index says where a word once stood; what counts is what an event says today, to this viewer. */
const examine = async (
  engine: Engine,
  reader: StoreReader,
  { search, reading, asked, highlights }: Examination,
  nids: readonly number[],
): Promise<readonly Found[]> => {
  const { viewer } = reading;
  const visibility = await visibilityTest(engine, reader, viewer);
  const ignored =
    viewer.userNid === undefined
      ? new Set()
      : await ignoredUsers(engine, reader, viewer.userId, viewer.userNid);
  const seen = new Set<number>();
  const found: Found[] = [];
  for (const nid of nids.slice(0, MAX_EXAMINED)) {
    const event = await originalOf(engine, reader, await engine.events.byNid(reader, nid));
    if (event === undefined || seen.has(event.eventNid) || ignored.has(event.pdu.sender)) continue;
    seen.add(event.eventNid);
    const key = searchKeyOf(event.pdu.type);
    if (key === undefined || !search.keys.includes(key)) continue;
    if (event.position === null || event.redactedBy !== null) continue;
    if (!passesRoomEventFilter(search.filter, event.pdu) || !(await visibility.canSee(event))) continue;
    if (await visibility.isErased(event)) continue;
    const today = (await newestEdit(engine, reader, event, visibility)) ?? event;
    const rank = rankOf(wordsOfEvent(today.pdu), asked, highlights);
    if (rank > 0) found.push({ event, rank, reading, visibility });
  }
  return found;
};

/** The event that an edit edits; the event itself when it is none. */
const originalOf = async (
  engine: Engine,
  reader: StoreReader,
  event: StoredEvent,
): Promise<StoredEvent | undefined> => {
  const relation = relationOf(event.pdu.content);
  if (relation?.relType !== 'm.replace') return event;
  const original = await engine.events.byId(reader, relation.eventId);
  return original?.roomNid === event.roomNid ? original : undefined;
};

/** A beginning counts less than the word itself, a word among many less than one among few; 0: not all are there. */
const rankOf = (words: ReadonlySet<string>, asked: readonly string[], highlights: Set<string>): number => {
  const hits: string[] = [];
  let rank = 0;
  for (const one of asked) {
    const exact = words.has(one);
    const hit = exact ? one : [...words].find((word) => matches(one, word));
    if (hit === undefined) return 0;
    hits.push(hit);
    rank += exact ? 1 : 0.6;
  }
  for (const hit of hits) highlights.add(hit);
  return rank / Math.log2(words.size + 2);
};
