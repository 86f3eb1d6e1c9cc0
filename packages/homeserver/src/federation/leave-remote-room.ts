/**
 * Declines an invitation to a room that this server is not in, or withdraws a knock, through the server that
 * brought it. When that server can't be reached it has ended here all the same.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#leaving-rooms-rejecting-invites
 */
import { randomBytes } from 'node:crypto';
import type { JsonObject, ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import type { LeaveRoom } from '../rooms/leave-room.ts';
import { remoteMemberships, untoldLeaves } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';
import { sendLeave } from './untold-leaves.ts';

type RemoteMembership = RowOf<typeof remoteMemberships>;

export const leaveThroughServer = async (
  engine: Engine,
  remote: RemoteMembership,
  input: LeaveRoom,
): Promise<void> => {
  await endRemoteMembership(engine, remote, ownLeave(engine, input), async (tx) => {
    const { user_nid, room_id } = remote;
    await tx.put(untoldLeaves, { user_nid, room_id, reason: input.reason ?? null });
  });
  // The person need not wait: it is declined here, and the other side is told as soon as it listens.
  engine.leaves.wake();
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
  alongside?: (tx: StoreTx) => Promise<void>,
): Promise<void> => {
  const stream = await engine.store.transact(async (tx) => {
    const stream = await tx.next('stream');
    const json = JSON.stringify(event);
    await tx.put(remoteMemberships, { ...remote, membership, json, event_id: eventId, stream });
    await alongside?.(tx);
    engine.activity.membershipChanged(remote.user_nid, stream);
    engine.activity.userChanged(remote.user_nid, stream);
    return stream;
  });
  engine.notifier.publish({ stream, userNids: [remote.user_nid] });
};

/** Leaves through another server what this server is not in. Never throws; tries once. */
export const tellLeave = async (engine: Engine, server: ServerName, input: LeaveRoom): Promise<void> => {
  const { roomId, sender, reason } = input;
  try {
    await sendLeave(engine, server, { roomId, userId: sender, reason });
  } catch (error) {
    if (error instanceof MatrixError) {
      engine.log.info('leaving was not told', { server, room_id: roomId, reason: error.message });
    } else engine.log.error('leaving was not told', error, { room_id: roomId });
  }
};
