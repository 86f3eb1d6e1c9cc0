/** A user's memberships, from memory when nothing changed. */
import type { Engine } from '../engine.ts';
import { type MembershipRow, memberships } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

export type UserRooms = ReadonlyMap<number, MembershipRow>;

/** All membership rows of a user, by room. `asOf` is a published stream position that the snapshot covers. */
export const userRooms = async (
  engine: Engine,
  reader: StoreReader,
  userNid: number,
  asOf: number,
): Promise<UserRooms> => {
  const { activity } = engine;
  const known = activity.userRooms.get(userNid);
  if (known !== undefined && activity.membershipChangedAt(userNid) <= known.asOf) return known.rooms;
  const rows = await reader.scan(memberships, { index: 'by_user', where: { user_nid: userNid } });
  const rooms = new Map(rows.map((row) => [row.room_nid, row]));
  activity.userRooms.set(userNid, { asOf, rooms });
  return rooms;
};
