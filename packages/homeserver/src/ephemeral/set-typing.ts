/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidtypinguserid */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { openJoinedRoom } from '../reading/room-access.ts';
import { silenceOf } from '../rooms/speak-outside.ts';

/** Says that a local user types (for at most `timeoutMs`), or with 0 that they stopped. @throws M_FORBIDDEN */
export const setTyping = async (
  engine: Engine,
  input: {
    readonly roomId: string;
    readonly userId: UserId;
    readonly deviceId: string;
    readonly timeoutMs: number;
  },
): Promise<void> => {
  const { room } = await engine.store.read((reader) => openJoinedRoom(engine, reader, input, input.roomId));
  engine.typing.set(room.room_nid, input.userId, input.timeoutMs);
  if (room.federate === 0) return;
  if ((await silenceOf(engine, input.userId, room.room_id)) !== undefined) return;
  await engine.outbound.sendEdu({
    roomNid: room.room_nid,
    edu: {
      edu_type: 'm.typing',
      content: { room_id: room.room_id, user_id: input.userId, typing: input.timeoutMs > 0 },
    },
    replaceKey: `m.typing/${room.room_id}/${input.userId}`,
  });
};
