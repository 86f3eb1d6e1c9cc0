/**
 * Sends a state event for a client. Membership goes through the commands for it, so that their policy holds
 * whichever endpoint is used.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidstateeventtypestatekey
 */
import {
  type EventId,
  isJsonArray,
  type JsonObject,
  parseUserId,
  type RoomId,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { invalidParam, MatrixError, refusal } from '../matrix-error.ts';
import { resolveOwnAlias } from '../rooms/aliases.ts';
import { roomById, stateEvent } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { inviteUser } from '../rooms/invite-user.ts';
import { joinRoom } from '../rooms/join-room.ts';
import { leaveRoom } from '../rooms/leave-room.ts';
import { banUser, kickUser, unbanUser } from '../rooms/moderate-member.ts';
import { sendEvent } from '../rooms/send-event.ts';
import { faultOf, noSuchRoom } from '../refusals.ts';

/** A state event that a client of this server sets. */
export type SetState = {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly deviceId: string;
  readonly type: string;
  readonly stateKey: string;
  readonly content: JsonObject;
};

/** @throws M_FORBIDDEN, M_BAD_ALIAS, M_INVALID_PARAM */
export const setState = async (engine: Engine, input: SetState): Promise<EventId> => {
  if (input.type === 'm.room.member') return setMembership(engine, input);
  if (input.type === 'm.room.canonical_alias') await checkAliases(engine, input);
  const { roomId, userId, type, stateKey, content } = input;
  return sendEvent(engine, { roomId, sender: userId, type, stateKey, content });
};

const setMembership = async (engine: Engine, input: SetState): Promise<EventId> => {
  const { roomId, userId, content } = input;
  const target = parseUserId(input.stateKey);
  if (target === undefined) throw invalidParam(faultOf('user-id', { person: input.stateKey.slice(0, 255) }));
  const reason = typeof content.reason === 'string' ? content.reason : undefined;
  const current = (await currentState(engine, input))?.pdu.content.membership;
  const whom = { roomId, sender: userId, target, reason };
  switch (content.membership) {
    case 'join':
      if (target === userId && current !== 'join') {
        await joinRoom(engine, { userId, roomIdOrAlias: roomId, reason });
        break;
      }
      // For oneself a change of name or picture in this room; for others the rules say no.
      return sendEvent(engine, { roomId, sender: userId, type: input.type, stateKey: target, content });
    case 'invite':
      return inviteUser(engine, { ...whom, isDirect: content.is_direct === true });
    case 'ban':
      return banUser(engine, whom);
    case 'leave':
      if (target === userId) {
        await leaveRoom(engine, { roomId, sender: userId, reason });
        break;
      }
      return current === 'ban' ? unbanUser(engine, whom) : kickUser(engine, whom);
    default:
      throw invalidParam('"membership" must be join, invite, leave or ban.');
  }
  const made = await currentState(engine, input);
  if (made === undefined) throw noSuchRoom(input.roomId);
  return made.eventId;
};

const currentState = (
  engine: Engine,
  { roomId, type, stateKey }: SetState,
): Promise<StoredEvent | undefined> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    return room && stateEvent(engine, reader, room, type, stateKey);
  });

/** New aliases must lead to this room. Those of other servers are believed. */
const checkAliases = async (engine: Engine, input: SetState): Promise<void> => {
  const { alias, alt_aliases: others } = input.content;
  const before = (await currentState(engine, input))?.pdu.content ?? {};
  const listed = isJsonArray(others) ? others : [];
  const known = new Set([before.alias, ...(isJsonArray(before.alt_aliases) ? before.alt_aliases : [])]);
  for (const name of alias === undefined || alias === null || alias === '' ? listed : [alias, ...listed]) {
    if (typeof name !== 'string') throw invalidParam('"alias" and "alt_aliases" hold strings.');
    if (known.has(name) || !name.endsWith(`:${engine.serverName}`)) continue;
    if (!(await leadsTo(engine, name, input.roomId))) {
      throw refusal('M_BAD_ALIAS', faultOf('alias-elsewhere', { alias: name }));
    }
  }
};

const leadsTo = async (engine: Engine, alias: string, roomId: RoomId): Promise<boolean> => {
  try {
    return (await resolveOwnAlias(engine, alias)).roomId === roomId;
  } catch (error) {
    if (error instanceof MatrixError && error.errcode === 'M_NOT_FOUND') return false;
    throw error;
  }
};
