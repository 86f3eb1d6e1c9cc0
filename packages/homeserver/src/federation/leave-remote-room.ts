/**
 * Declines an invitation to a room that this server is not in, or withdraws a knock, through the server that
 * brought it. When that server can't be reached it has ended here all the same.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#leaving-rooms-rejecting-invites
 */
import { randomBytes } from 'node:crypto';
import { type JsonObject, parseServerName, type ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import type { LeaveRoom } from '../rooms/leave-room.ts';
import { remoteMemberships } from '../store/schema.ts';
import type { RowOf } from '../store/table.ts';
import { draftThrough } from './remote-membership.ts';
import { bodyOrThrow, path, requestRemote } from './signed-request.ts';

const LEAVE_TIMEOUT_MS = 30_000;

type RemoteMembership = RowOf<typeof remoteMemberships>;

export const leaveThroughServer = async (
  engine: Engine,
  remote: RemoteMembership,
  input: LeaveRoom,
): Promise<void> => {
  await endRemoteMembership(engine, remote, ownLeave(engine, input));
  const server = parseServerName(remote.server);
  if (server === undefined) return;
  // The person need not wait: it is declined here, and the other side is told as soon as it listens.
  void tellServer(engine, server, input).catch((error: unknown) =>
    engine.log.error('declining was not told', error, { room_id: input.roomId }),
  );
};

/** The membership event that ended an invitation or a knock. */
export type EndingEvent = {
  readonly membership: 'leave' | 'ban';
  readonly eventId: string;
  readonly event: JsonObject;
};

/** What the person's clients are shown at once; the event that the room gets is signed later, if ever. */
const ownLeave = (engine: Engine, { roomId, sender, reason }: LeaveRoom): EndingEvent => ({
  membership: 'leave',
  eventId: `$${randomBytes(32).toString('base64url')}`,
  event: {
    type: 'm.room.member',
    room_id: roomId,
    sender,
    state_key: sender,
    content: { membership: 'leave', ...optional('reason', reason) },
    origin_server_ts: engine.clock.now(),
  },
});

/** Ends an invitation or knock here and wakes the person's clients. */
export const endRemoteMembership = async (
  engine: Engine,
  remote: RemoteMembership,
  { membership, eventId, event }: EndingEvent,
): Promise<void> => {
  const stream = await engine.store.transact(async (tx) => {
    const stream = await tx.next('stream');
    const json = JSON.stringify(event);
    await tx.put(remoteMemberships, { ...remote, membership, json, event_id: eventId, stream });
    engine.activity.membershipChanged(remote.user_nid, stream);
    engine.activity.userChanged(remote.user_nid, stream);
    return stream;
  });
  engine.notifier.publish({ stream, userNids: [remote.user_nid] });
};

const tellServer = async (engine: Engine, server: ServerName, input: LeaveRoom): Promise<void> => {
  const { roomId, sender, reason } = input;
  try {
    const wanted = {
      membership: 'leave',
      roomId,
      userId: sender,
      content: { membership: 'leave', ...optional('reason', reason) },
    } as const;
    const { pdu, eventId } = await draftThrough(engine, server, wanted, LEAVE_TIMEOUT_MS);
    const answer = await requestRemote(engine, {
      destination: server,
      method: 'PUT',
      path: path`/_matrix/federation/v2/send_leave/${roomId}/${eventId}`,
      body: pdu,
    });
    bodyOrThrow(server, answer);
  } catch (error) {
    if (!(error instanceof MatrixError)) throw error;
    engine.log.info('declining was not told', { server, room_id: roomId, reason: error.message });
  }
};
