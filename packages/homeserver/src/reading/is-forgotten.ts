import { forgottenRooms, type MembershipRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

/** Whether a user forgot the room after this membership. */
export const isForgotten = async (
  reader: StoreReader,
  { user_nid, room_nid, stream }: MembershipRow,
): Promise<boolean> => {
  const row = await reader.get(forgottenRooms, { user_nid, room_nid });
  return row !== undefined && row.stream >= stream;
};
