/** What an appended event means for local users: their unread counts. */
import {
  defaultPushRules,
  evaluatePushRules,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  localpartOf,
  type PushContext,
  type PushVerdict,
  powerLevelOf,
  type UserId,
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
  roomServers,
} from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { ignoredUsers } from './ignored-users.ts';
import { cachedPushRules } from './push-rules.ts';

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

/**
 * Called by append-event for every live event that goes on the timeline, in its transaction, after the
 * memberships are written.
 */
export const recordNotifications = async (
  engine: Engine,
  tx: StoreTx,
  { room, event, position }: AppendedEvent,
): Promise<void> => {
  await forgetAtChange(engine, tx, room, event);
  const local = await tx.scan(memberships, {
    index: 'by_membership',
    where: { room_nid: room.room_nid, membership: 'join', local: 1 },
  });
  const invited = await invitedUser(engine, tx, room, event);
  const concerned = [...local, ...invited].filter((row) => row.user_nid !== event.senderNid);
  if (concerned.length === 0) return;
  const judge = await judgeFor(engine, tx, room, event);
  let threadId: string | undefined;
  for (const row of concerned) {
    const userId = await engine.names.userId(tx, row.user_nid);
    const verdict = await judge(userId, row);
    if (!verdict.notify) continue;
    if ((await ignoredUsers(engine, tx, userId, row.user_nid)).has(event.pdu.sender)) continue;
    threadId ??= await threadOfEvent(engine, tx, event);
    await tx.put(notifications, {
      user_nid: row.user_nid,
      room_nid: room.room_nid,
      position,
      highlight: Number(verdict.highlight),
      thread_id: threadId,
    });
  }
};

/**
 * What the rules of each user make of the event. Most users have the default rules and are not named by it:
 * for them it is found out once.
 */
const judgeFor = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  event: StoredEvent,
): Promise<(userId: UserId, row: MembershipRow) => Promise<PushVerdict>> => {
  const shape: JsonObject = { ...plainEvent(event, room.room_id) };
  const context = await roomContext(engine, tx, room, event);
  const isNamed = namedBy(event.pdu.content);
  let unnamed: PushVerdict | undefined;
  return async (userId, row) => {
    const own = await cachedPushRules(engine, tx, userId, row.user_nid);
    const name = (await engine.events.byNid(tx, row.event_nid)).pdu.content.displayname;
    const displayName = typeof name === 'string' ? name : undefined;
    const concerned = event.pdu.state_key === userId || isNamed(userId, displayName);
    if (own === 'default' && !concerned && unnamed !== undefined) return unnamed;
    const rules = own === 'default' ? defaultPushRules(userId) : own;
    const verdict = evaluatePushRules(rules, shape, { ...context, userId, displayName });
    if (own === 'default' && !concerned) unnamed = verdict;
    return verdict;
  };
};

/** Whether a message names a user: in `m.mentions`, or where it has none, perhaps in its text. */
const namedBy = (content: JsonObject): ((userId: UserId, displayName: string | undefined) => boolean) => {
  const { 'm.mentions': mentions, body } = content;
  if (isJsonObject(mentions)) {
    const listed = new Set(isJsonArray(mentions.user_ids) ? mentions.user_ids : []);
    return (userId) => listed.has(userId);
  }
  const text = typeof body === 'string' ? body.toLowerCase() : '';
  return (userId, displayName) =>
    text.includes(localpartOf(userId).toLowerCase()) ||
    (displayName !== undefined && displayName !== '' && text.includes(displayName.toLowerCase()));
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

/** The local user whom a member event invites, if it does. */
const invitedUser = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  event: StoredEvent,
): Promise<readonly MembershipRow[]> => {
  const userNid = await localTarget(engine, tx, event);
  if (userNid === undefined || event.pdu.content.membership !== 'invite') return [];
  const row = await tx.get(memberships, { room_nid: room.room_nid, user_nid: userNid });
  return row?.membership === 'invite' ? [row] : [];
};

const forgetAtChange = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  event: StoredEvent,
): Promise<void> => {
  const userNid = await localTarget(engine, tx, event);
  if (userNid === undefined) return;
  const { membership } = event.pdu.content;
  const isOver = membership === 'leave' || membership === 'ban';
  // Somebody who comes in has seen the invitation; somebody who changes their name has read nothing by it.
  const isBeginning = membership === 'join' && !(await wasJoined(engine, tx, event));
  if (!isOver && !isBeginning) return;
  await tx.deleteRange(notifications, { where: { user_nid: userNid, room_nid: room.room_nid } });
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
