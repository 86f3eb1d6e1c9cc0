/** @see https://spec.matrix.org/v1.19/client-server-api/#receiving-notifications */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import {
  notifications,
  ownPushRules,
  roomNotifications,
  TIMELINE_STRIDE,
  timeline,
} from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { ignoredUsers } from '../users/ignored-users.ts';
import { usersWithOwnRules } from '../users/own-push-rules.ts';
import { cachedPushRules } from '../users/push-rules.ts';
import { MAX_COUNTED, readFloorsOf } from '../users/read-floors.ts';

export type UnreadCount = { readonly notification_count: number; readonly highlight_count: number };

export type UnreadCounts = {
  readonly main: UnreadCount;
  /** By thread root. Empty unless they are counted apart. */
  readonly threads: ReadonlyMap<string, UnreadCount>;
};

export type CountedFor = {
  readonly userId: UserId;
  readonly userNid: number;
  readonly roomNid: number;
  /** Whether threads are counted apart. */
  readonly apart: boolean;
};

type Unread = { readonly position: number; readonly highlight: number; readonly thread_id: string };

/** Of a joined member. What ignored users wrote is not counted for as long as they are ignored. */
export const unreadCounts = async (
  engine: Engine,
  reader: StoreReader,
  input: CountedFor,
): Promise<UnreadCounts> => {
  const main = { notification_count: 0, highlight_count: 0 };
  const threads = new Map<string, { notification_count: number; highlight_count: number }>();
  const ofUser = await unreadOfUser(engine, reader, input);
  for (const row of merged(ofUser, await unreadOfRoom(engine, reader, input))) {
    const counted = input.apart && row.thread_id !== '' ? threadCount(threads, row.thread_id) : main;
    counted.notification_count += 1;
    counted.highlight_count += row.highlight;
  }
  return { main, threads };
};

/** What this user alone is notified about. */
const unreadOfUser = async (
  engine: Engine,
  reader: StoreReader,
  { userId, userNid, roomNid }: CountedFor,
): Promise<readonly Unread[]> => {
  const rows = await reader.scan(notifications, {
    where: { user_nid: userNid, room_nid: roomNid },
    reverse: true,
    limit: MAX_COUNTED,
  });
  if (rows.length === 0) return rows;
  const ignored = await ignoredUsers(engine, reader, userId, userNid);
  if (ignored.size === 0) return rows;
  const unread: Unread[] = [];
  for (const row of rows) {
    const place = await reader.get(timeline, { room_nid: roomNid, position: row.position });
    const event = place && (await engine.events.byNid(reader, place.event_nid));
    if (event === undefined || !ignored.has(event.pdu.sender)) unread.push(row);
  }
  return unread;
};

/** What the room notifies everybody about, and this user has not read. */
const unreadOfRoom = async (
  engine: Engine,
  reader: StoreReader,
  { userId, userNid, roomNid }: CountedFor,
): Promise<readonly Unread[]> => {
  const floors = await readFloorsOf(reader, userNid, roomNid);
  const ceiling = await lastOfTheRooms(engine, reader, userId, userNid);
  if (ceiling !== undefined && ceiling <= floors.all) return [];
  const rows = await reader.scan(roomNotifications, {
    where: { room_nid: roomNid },
    gt: floors.all,
    ...(ceiling === undefined ? {} : { lte: ceiling }),
    reverse: true,
    limit: MAX_COUNTED,
  });
  if (rows.length === 0) return [];
  const ignored = await ignoredUsers(engine, reader, userId, userNid);
  const unread: Unread[] = [];
  for (const row of rows) {
    if (row.sender_nid === userNid || row.position <= (floors.threads.get(row.thread_id) ?? 0)) continue;
    if (ignored.size > 0 && ignored.has(await engine.names.userId(reader, row.sender_nid))) continue;
    unread.push(row);
  }
  return unread;
};

/** Up to where the room's rows hold for a user: before they had rules of their own, or without end. */
const lastOfTheRooms = async (
  engine: Engine,
  reader: StoreReader,
  userId: UserId,
  userNid: number,
): Promise<number | undefined> => {
  if (!(await usersWithOwnRules(engine, reader)).has(userNid)) return undefined;
  const since = await reader.get(ownPushRules, { user_nid: userNid });
  if (since !== undefined) return since.stream * TIMELINE_STRIDE;
  return (await cachedPushRules(engine, reader, userId, userNid)) === 'default' ? undefined : 0;
};

/** The newest of both, each event once; the user's own row wins. */
const merged = (own: readonly Unread[], ofRoom: readonly Unread[]): readonly Unread[] => {
  if (ofRoom.length === 0) return own;
  const byPosition = new Map(ofRoom.map((row) => [row.position, row]));
  for (const row of own) byPosition.set(row.position, row);
  return [...byPosition.values()].sort((a, b) => b.position - a.position).slice(0, MAX_COUNTED);
};

const threadCount = (
  threads: Map<string, { notification_count: number; highlight_count: number }>,
  threadId: string,
) => {
  const count = threads.get(threadId) ?? { notification_count: 0, highlight_count: 0 };
  threads.set(threadId, count);
  return count;
};
