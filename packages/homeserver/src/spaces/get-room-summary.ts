/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1room_summaryroomidoralias */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { notFound } from '../matrix-error.ts';
import { roomById, stateEvent } from '../rooms/current-state.ts';
import { findRoom } from '../rooms/join-room.ts';
import { remoteMemberships } from '../store/schema.ts';
import { findRoomFor } from './find-room.ts';
import type { RoomSummary } from './summarise-room.ts';
import { faultOf } from '../refusals.ts';

/** A room as somebody may see it who need not be in it, with their membership. */
export type SummaryForUser = RoomSummary & { readonly membership?: string };

/** @throws M_NOT_FOUND for a room that is not known, or that this person may not know of */
export const getRoomSummary = async (
  engine: Engine,
  input: { readonly userId: UserId; readonly roomIdOrAlias: string; readonly via: readonly string[] },
): Promise<SummaryForUser> => {
  const { userId } = input;
  const { roomId, servers } = await findRoom(engine, input);
  const standing = await engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const member = room && (await stateEvent(engine, reader, room, 'm.room.member', userId));
    const user_nid = await engine.names.userNid(reader, userId);
    const remote =
      user_nid === undefined ? undefined : await reader.get(remoteMemberships, { user_nid, room_id: roomId });
    return { membership: remote?.membership ?? member?.pdu.content.membership, server: remote?.server };
  });
  const via = [...(standing.server === undefined ? [] : [standing.server]), ...servers];
  const found = await findRoomFor(engine, { userId, silent: new Set() }, roomId, via);
  if (found === undefined) throw notFound(faultOf('room-not-seen'));
  const { membership } = standing;
  return { ...found.summary, ...(typeof membership === 'string' ? { membership } : {}) };
};
