/** @see https://spec.matrix.org/v1.19/client-server-api/#read-and-unread-markers */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { openJoinedRoom } from '../reading/room-access.ts';
import { publishAccountData, writeAccountData } from '../users/account-data.ts';

/**
 * Type of the room account data with the event up to which somebody has read.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#fully-read-markers
 */
export const FULLY_READ_TYPE = 'm.fully_read';

/** Marks a room as fully read up to an event. @throws M_FORBIDDEN */
export const setFullyRead = async (
  engine: Engine,
  input: {
    readonly userId: UserId;
    readonly deviceId: string;
    readonly roomId: string;
    readonly eventId: string;
  },
): Promise<void> => {
  const written = await engine.store.transact(async (tx) => {
    await openJoinedRoom(engine, tx, input, input.roomId);
    const key = { userId: input.userId, roomId: input.roomId, type: FULLY_READ_TYPE };
    return writeAccountData(engine, tx, key, { event_id: input.eventId });
  });
  publishAccountData(engine, written);
};
