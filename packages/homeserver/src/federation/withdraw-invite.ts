/**
 * A membership event about a local user in a room that this server is not in: the invitation was withdrawn,
 * the knock denied, or the user banned.
 */
import {
  getRoomVersion,
  isJsonObject,
  type JsonValue,
  parseUserId,
  type ServerName,
  serverNameOf,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { remoteMemberships } from '../store/schema.ts';
import { endRemoteMembership } from './leave-remote-room.ts';
import { verifyPdu } from './verify-pdu.ts';

/**
 * Believed when it is signed by the server of the inviter, which brought the invitation: it can only take
 * away what it gave. Returns undefined when there is nothing to answer.
 */
export const withdrawInvite = async (
  engine: Engine,
  origin: ServerName,
  roomId: string,
  value: JsonValue,
): Promise<{ readonly eventId: string; readonly error?: string } | undefined> => {
  const target =
    isJsonObject(value) && typeof value['state_key'] === 'string'
      ? parseUserId(value['state_key'])
      : undefined;
  const remote =
    target === undefined || !isLocal(engine, target)
      ? undefined
      : await engine.store.read(async (reader) => {
          const user_nid = await engine.names.userNid(reader, target);
          return user_nid === undefined
            ? undefined
            : reader.get(remoteMemberships, { user_nid, room_id: roomId });
        });
  const rules = remote && getRoomVersion(remote.room_version);
  if (remote === undefined || rules === undefined) {
    engine.log.info('pdu dropped', { origin, room_id: roomId, reason: 'we are not in this room' });
    return undefined;
  }
  const verified = await verifyPdu(engine, rules, value);
  if (!verified.ok)
    return verified.eventId === undefined ? undefined : { eventId: verified.eventId, error: verified.reason };
  const { pdu, eventId } = verified;
  const { membership } = pdu.content;
  // A knock is answered by a moderator, of whatever server.
  const believed = remote.membership === 'knock' || serverNameOf(pdu.sender) === remote.server;
  if (pdu.type !== 'm.room.member' || !believed || (membership !== 'leave' && membership !== 'ban')) {
    return { eventId, error: 'this server is not in this room' };
  }
  if (remote.membership === 'invite' || remote.membership === 'knock') {
    await endRemoteMembership(engine, remote, { membership, eventId, event: pdu });
  }
  return { eventId };
};
