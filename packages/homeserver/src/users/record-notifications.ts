/** What an appended event means for local users: their unread counts. */
import {
  defaultPushRules,
  evaluateForUnnamed,
  evaluatePushRules,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type PushContext,
  powerLevelOf,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { threadOfEvent } from '../ephemeral/thread-of-event.ts';
import { plainEvent } from '../reading/client-event.ts';
import { rulesOf, stateEvent } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import {
  type MembershipRow,
  memberships,
  notifications,
  type RoomRow,
  roomNotifications,
  roomServers,
} from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { usersWithOwnRules } from './own-push-rules.ts';
import { cachedPushRules } from './push-rules.ts';
import { MAX_COUNTED, startAfresh } from './read-floors.ts';

export type AppendedEvent = {
  /** The room after the event: `state_root` is its new current state. */
  readonly room: RoomRow;
  readonly event: StoredEvent;
  /** Its timeline position. */
  readonly position: number;
  /** Root of the current state after the event, the same as `room.state_root`. */
  readonly state: Uint8Array;
};

/** Servers whose member counts are added up; a room of more is counted by its members. */
const MAX_SERVERS_SUMMED = 256;

/** How often rows that nobody counts any more are deleted: about once in so many messages. */
const PRUNE_EVERY = 128;

/**
 * Called by append-event for every live event that goes on the timeline, in its transaction, after the
 * memberships are written. What the predefined rules say to everybody is one row of the room; beyond that
 * there are rows for those whom the event names and those with rules of their own.
 */
export const recordNotifications = async (
  engine: Engine,
  tx: StoreTx,
  { room, event, position }: AppendedEvent,
): Promise<void> => {
  await forgetAtChange(engine, tx, room, event, position);
  const concerned = await concernedUsers(engine, tx, room, event);
  if (concerned.length === 0 && !(await hasLocalMembers(engine, tx, room))) return;
  const shape: JsonObject = { ...plainEvent(event, room.room_id) };
  const context = await roomContext(engine, tx, room, event);
  const forAll = evaluateForUnnamed(shape, context);
  const threadId = memoised(() => threadOfEvent(engine, tx, event));
  if (forAll.notify) {
    await tx.put(roomNotifications, {
      room_nid: room.room_nid,
      position,
      sender_nid: event.senderNid,
      highlight: Number(forAll.highlight),
      thread_id: await threadId(),
    });
    if ((event.stream ?? 0) % PRUNE_EVERY === 0) await prune(tx, room);
  }
  for (const row of concerned) {
    const userId = await engine.names.userId(tx, row.user_nid);
    const own = await cachedPushRules(engine, tx, userId, row.user_nid);
    const name = (await engine.events.byNid(tx, row.event_nid)).pdu.content.displayname;
    const displayName = typeof name === 'string' ? name : undefined;
    const rules = own === 'default' ? defaultPushRules(userId) : own;
    const verdict = evaluatePushRules(rules, shape, { ...context, userId, displayName });
    if (!verdict.notify) continue;
    await tx.put(notifications, {
      user_nid: row.user_nid,
      room_nid: room.room_nid,
      position,
      highlight: Number(verdict.highlight),
      thread_id: await threadId(),
    });
  }
};

/**
 * Local members for whom the predefined rules for everybody may not be the last word. With the predefined rules
 * only `invite_for_me` and `is_user_mention` tell one user from another.
 */
const concernedUsers = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  event: StoredEvent,
): Promise<readonly MembershipRow[]> => {
  const found = new Map<number, MembershipRow>();
  for (const row of await withOwnRules(engine, tx, room)) found.set(row.user_nid, row);
  for (const userId of namedBy(event)) {
    const user_nid = await engine.names.userNid(tx, userId);
    if (user_nid === undefined || found.has(user_nid)) continue;
    const row = await tx.get(memberships, { room_nid: room.room_nid, user_nid });
    if (row?.local === 1 && (row.membership === 'join' || isInvitation(event, row, userId))) {
      found.set(user_nid, row);
    }
  }
  found.delete(event.senderNid);
  return [...found.values()];
};

/** Users whom an event names, in `m.mentions` or as its state key. */
const namedBy = ({ pdu }: StoredEvent): ReadonlySet<string> => {
  const { 'm.mentions': mentions } = pdu.content;
  const listed = isJsonObject(mentions) && isJsonArray(mentions.user_ids) ? mentions.user_ids : [];
  const named = new Set(listed.filter((id) => typeof id === 'string'));
  if (pdu.state_key?.startsWith('@')) named.add(pdu.state_key);
  return named;
};

const isInvitation = ({ pdu }: StoredEvent, row: MembershipRow, userId: string): boolean =>
  row.membership === 'invite' &&
  pdu.type === 'm.room.member' &&
  pdu.state_key === userId &&
  pdu.content.membership === 'invite';

/** Joined local members with push rules of their own, found from the side that has fewer. */
const withOwnRules = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
): Promise<readonly MembershipRow[]> => {
  const users = await usersWithOwnRules(engine, tx);
  if (users.size === 0) return [];
  const { room_nid } = room;
  if (users.size >= (await localMembers(engine, tx, room))) {
    const local = await tx.scan(memberships, {
      index: 'by_membership',
      where: { room_nid, membership: 'join', local: 1 },
    });
    return local.filter((row) => users.has(row.user_nid));
  }
  const found: MembershipRow[] = [];
  for (const user_nid of users) {
    const row = await tx.get(memberships, { room_nid, user_nid });
    if (row?.membership === 'join') found.push(row);
  }
  return found;
};

const localMembers = async (engine: Engine, tx: StoreTx, { room_nid }: RoomRow): Promise<number> => {
  const server_nid = await engine.names.internServer(tx, engine.serverName);
  return (await tx.get(roomServers, { room_nid, server_nid }))?.joined ?? 0;
};

const hasLocalMembers = async (engine: Engine, tx: StoreTx, room: RoomRow): Promise<boolean> =>
  (await localMembers(engine, tx, room)) > 0;

/** Deletes rows that are beyond what is counted. */
const prune = async (tx: StoreTx, { room_nid }: RoomRow): Promise<void> => {
  const where = { room_nid };
  const newest = await tx.scan(roomNotifications, { where, reverse: true, limit: MAX_COUNTED });
  const last = newest.length < MAX_COUNTED ? undefined : newest.at(-1);
  if (last !== undefined) await tx.deleteRange(roomNotifications, { where, lt: last.position });
};

const memoised = <R>(make: () => Promise<R>): (() => Promise<R>) => {
  let made: Promise<R> | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

const roomContext = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  event: StoredEvent,
): Promise<Omit<PushContext, 'userId' | 'displayName'>> => {
  const powerLevels = (await stateEvent(engine, tx, room, 'm.room.power_levels', ''))?.pdu;
  const create = (await stateEvent(engine, tx, room, 'm.room.create', ''))?.pdu;
  const levels = powerLevels?.content.notifications;
  return {
    memberCount: await memberCount(tx, room),
    senderPowerLevel:
      create === undefined ? 0 : powerLevelOf(rulesOf(room), create, powerLevels, event.pdu.sender),
    notificationLevels: isJsonObject(levels) ? levels : undefined,
  };
};

const memberCount = async (tx: StoreTx, room: RoomRow): Promise<number> => {
  const where = { room_nid: room.room_nid };
  const servers = await tx.scan(roomServers, { where, limit: MAX_SERVERS_SUMMED });
  if (servers.length < MAX_SERVERS_SUMMED) return servers.reduce((sum, row) => sum + row.joined, 0);
  return tx.count(memberships, { index: 'by_membership', where: { ...where, membership: 'join' } });
};

const forgetAtChange = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  event: StoredEvent,
  position: number,
): Promise<void> => {
  const userNid = await localTarget(engine, tx, event);
  if (userNid === undefined) return;
  const { membership } = event.pdu.content;
  const isOver = membership === 'leave' || membership === 'ban';
  // Somebody who comes in has seen the invitation; somebody who changes their name has read nothing by it.
  const isBeginning = membership === 'join' && !(await wasJoined(engine, tx, event));
  if (!isOver && !isBeginning) return;
  await startAfresh(tx, { userNid, roomNid: room.room_nid, position });
};

const wasJoined = async (engine: Engine, tx: StoreTx, event: StoredEvent): Promise<boolean> => {
  if (event.stateBefore === null || event.stateKeyNid === null) return false;
  const nid = await engine.states.get(tx, event.roomNid, event.stateBefore, event.stateKeyNid);
  return nid !== undefined && (await engine.events.byNid(tx, nid)).pdu.content.membership === 'join';
};

/** The local user whose member event this is. */
const localTarget = async (engine: Engine, tx: StoreTx, event: StoredEvent): Promise<number | undefined> => {
  const { type, state_key: stateKey } = event.pdu;
  if (type !== 'm.room.member' || stateKey === undefined) return undefined;
  const userNid = await engine.names.userNid(tx, stateKey);
  if (userNid === undefined) return undefined;
  return isLocal(engine, await engine.names.userId(tx, userNid)) ? userNid : undefined;
};
