/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidaliases */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { aliases } from '../store/schema.ts';
import { openRoom } from './room-access.ts';

/**
 * The aliases of this server for a room.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidaliases
 * @throws M_FORBIDDEN
 */
export const getLocalAliases = (
  engine: Engine,
  input: { readonly userId: UserId; readonly deviceId: string; readonly roomId: string },
): Promise<readonly string[]> =>
  engine.store.read(async (reader) => {
    const { room } = await openRoom(engine, reader, input, input.roomId);
    const rows = await reader.scan(aliases, { index: 'by_room', where: { room_id: room.room_id } });
    return rows.map((row) => row.alias);
  });
