/** A local user's invitation to, or knock on, a room that this server is not in. */
import type { EventId, JsonObject, Pdu, RoomId, ServerName, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { remoteMemberships } from '../store/schema.ts';

export type RemoteMembershipToKeep = {
  readonly membership: 'invite' | 'knock';
  readonly userId: UserId;
  readonly roomId: RoomId;
  readonly roomVersion: string;
  readonly pdu: Pdu;
  readonly eventId: EventId;
  /** The server through which the room is reached. */
  readonly server: ServerName;
  readonly strippedState: readonly JsonObject[];
};

/** Stores it and wakes the user's clients. */
export const keepRemoteMembership = async (
  engine: Engine,
  { membership, userId, roomId, roomVersion, pdu, eventId, server, strippedState }: RemoteMembershipToKeep,
): Promise<void> => {
  const own = { type: pdu.type, sender: pdu.sender, state_key: userId, content: pdu.content };
  const { stream, user_nid } = await engine.store.transact(async (tx) => {
    const user_nid = await engine.names.internUser(tx, userId);
    const stream = await tx.next('stream');
    await tx.put(remoteMemberships, {
      user_nid,
      room_id: roomId,
      membership,
      room_version: roomVersion,
      json: JSON.stringify(pdu),
      event_id: eventId,
      sender: pdu.sender,
      server,
      stripped_state: JSON.stringify([...strippedState, own]),
      stream,
    });
    engine.activity.membershipChanged(user_nid, stream);
    engine.activity.userChanged(user_nid, stream);
    return { stream, user_nid };
  });
  engine.notifier.publish({ stream, userNids: [user_nid] });
};
