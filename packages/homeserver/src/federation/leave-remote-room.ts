/**
 * Declines an invitation to a room that this server is not in, through the inviter's server. When that server
 * can't be reached the invitation is declined here all the same.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#leaving-rooms-rejecting-invites
 */
import {
  type EventId,
  getRoomVersion,
  hashAndSignEvent,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseUserId,
  type ServerName,
  serverNameOf,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { LeaveRoom } from '../rooms/leave-room.ts';
import { remoteMemberships } from '../store/schema.ts';
import type { RowOf } from '../store/table.ts';
import { path, requestRemote } from './signed-request.ts';

type RemoteMembership = RowOf<typeof remoteMemberships>;

export const leaveThroughServer = async (
  engine: Engine,
  remote: RemoteMembership,
  input: LeaveRoom,
): Promise<void> => {
  const inviter = parseUserId(remote.sender);
  await endRemoteMembership(engine, remote, 'leave');
  if (inviter === undefined) return;
  // The person need not wait: it is declined here, and the other side is told as soon as it listens.
  void tellServer(engine, serverNameOf(inviter), remote.room_version, input).catch((error: unknown) =>
    engine.log.error('declining was not told', error, { room_id: input.roomId }),
  );
};

/** Ends an invitation or knock here and wakes the person's clients. */
export const endRemoteMembership = async (
  engine: Engine,
  remote: RemoteMembership,
  membership: 'leave' | 'ban',
): Promise<void> => {
  const stream = await engine.store.transact(async (tx) => {
    const stream = await tx.next('stream');
    await tx.put(remoteMemberships, { ...remote, membership, stream });
    engine.activity.membershipChanged(remote.user_nid, stream);
    engine.activity.userChanged(remote.user_nid, stream);
    return stream;
  });
  engine.notifier.publish({ stream, userNids: [remote.user_nid] });
};

const tellServer = async (
  engine: Engine,
  server: ServerName,
  roomVersion: string,
  { roomId, sender, reason }: LeaveRoom,
): Promise<void> => {
  const rules = getRoomVersion(roomVersion);
  if (rules === undefined) return;
  const made = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: path`/_matrix/federation/v1/make_leave/${roomId}/${sender}`,
  });
  const template = made.kind === 'ok' ? made.body['event'] : undefined;
  if (!isJsonObject(template)) {
    engine.log.info('declining was not told', { server, room_id: roomId });
    return;
  }
  const { pdu, eventId } = hashAndSignEvent(
    rules,
    {
      type: 'm.room.member',
      room_id: roomId,
      sender,
      state_key: sender,
      content: { membership: 'leave', ...(reason === undefined ? {} : { reason }) },
      depth: depthOf(template),
      origin_server_ts: engine.clock.now(),
      prev_events: eventIdsOf(template['prev_events']),
      auth_events: eventIdsOf(template['auth_events']),
    },
    engine.serverName,
    engine.signingKey,
  );
  const sent = await requestRemote(engine, {
    destination: server,
    method: 'PUT',
    path: path`/_matrix/federation/v2/send_leave/${roomId}/${eventId}`,
    body: pdu,
  });
  if (sent.kind !== 'ok') engine.log.info('declining was not accepted', { server, room_id: roomId });
};

const depthOf = (template: JsonObject): number => {
  const depth = template['depth'];
  return typeof depth === 'number' && Number.isSafeInteger(depth) && depth >= 0 ? depth : 1;
};

const eventIdsOf = (value: JsonValue | undefined): readonly EventId[] =>
  isJsonArray(value) ? value.filter((id): id is EventId => typeof id === 'string' && id.startsWith('$')) : [];
