/** Rooms that nobody of this server may be in, because an admin said so or because they are being removed. */
import type { RoomId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { Fault } from '../faults.ts';
import { forbidden } from '../matrix-error.ts';
import { blockedRooms, roomRemovals } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { faultOf } from '../refusals.ts';

/** @throws M_FORBIDDEN with the reason, before anybody is asked for anything */
export const requireUnblocked = async (engine: Engine, roomId: RoomId): Promise<void> => {
  const fault = await engine.store.read((reader) => closedBy(reader, roomId));
  if (fault !== undefined) throw forbidden(fault);
};

const closedBy = async (reader: StoreReader, room_id: RoomId): Promise<Fault | undefined> => {
  const blocked = await reader.get(blockedRooms, { room_id });
  if (blocked !== undefined) {
    const { reason } = blocked;
    return reason === '' ? faultOf('room-closed') : faultOf('room-closed-why', { reason });
  }
  const removal = await reader.get(roomRemovals, { room_id });
  return removal && faultOf('room-removing');
};

/** Inside a transaction of the host, so that it can note who did. Returns whether it was blocked before. */
export const setRoomBlocked = async (
  tx: StoreTx,
  {
    roomId,
    block,
  }: {
    readonly roomId: RoomId;
    readonly block: { readonly reason: string; readonly ts: number } | undefined;
  },
): Promise<boolean> => {
  const before = await tx.get(blockedRooms, { room_id: roomId });
  if (block === undefined) await tx.delete(blockedRooms, { room_id: roomId });
  else await tx.put(blockedRooms, { room_id: roomId, reason: block.reason, blocked_ts: block.ts });
  return before !== undefined;
};
