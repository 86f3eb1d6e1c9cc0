/**
 * Who shares a room with a viewer: of a few people each is looked at, of many those in the viewer's rooms. So it costs no
 * more than what the viewer is in, however many others there are.
 */
import type { Engine } from '../engine.ts';
import { roomByNid, stateEvent } from '../rooms/current-state.ts';
import { memberships } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import type { UserRooms } from './user-rooms.ts';

/** So many people are looked at one by one, whatever else there is. */
export const FEW = 200;
/** Looking for the rooms of one person costs as much as reading so many members of a room. */
const MEMBERS_PER_PERSON = 10;
/** Rooms of somebody else that are looked at. */
const MAX_ROOMS = 2_000;
/** Members read at once. */
const PAGE = 1_000;

export type RoomsOfViewer = {
  readonly engine: Engine;
  readonly reader: StoreReader;
  readonly rooms: UserRooms;
  /** Which of them are encrypted, as far as was asked. */
  readonly encrypted: Map<number, boolean>;
};

/** Of more people than this it costs less to read the members of the viewer's rooms. */
export const worthOneByOne = async (of: RoomsOfViewer): Promise<number> => {
  let members = 0;
  for (const room_nid of joined(of)) members += await of.reader.count(memberships, { where: { room_nid } });
  return Math.max(FEW, Math.floor(members / MEMBERS_PER_PERSON));
};

export const sharesRoom = async (of: RoomsOfViewer, userNid: number): Promise<boolean> =>
  (await sharedRooms(of, userNid)).length > 0;

export const sharesEncryptedRoom = async (of: RoomsOfViewer, userNid: number): Promise<boolean> => {
  for (const nid of await sharedRooms(of, userNid)) if (await isEncryptedNow(of, nid)) return true;
  return false;
};

/** Everybody in the viewer's rooms, or in those that are encrypted; the viewer, too. */
export const membersOfRooms = async (
  of: RoomsOfViewer,
  which: 'all' | 'encrypted',
): Promise<ReadonlySet<number>> => {
  const found = new Set<number>();
  for (const room_nid of joined(of)) {
    if (which === 'encrypted' && !(await isEncryptedNow(of, room_nid))) continue;
    for (let gt = 0, goesOn = true; goesOn; ) {
      const rows = await of.reader.scan(memberships, { where: { room_nid }, gt, limit: PAGE });
      for (const { user_nid, membership } of rows) if (membership === 'join') found.add(user_nid);
      gt = rows.at(-1)?.user_nid ?? gt;
      goesOn = rows.length === PAGE;
    }
  }
  return found;
};

const joined = ({ rooms }: RoomsOfViewer): readonly number[] =>
  [...rooms.values()].filter(({ membership }) => membership === 'join').map(({ room_nid }) => room_nid);

const sharedRooms = async (
  { reader, rooms }: RoomsOfViewer,
  user_nid: number,
): Promise<readonly number[]> => {
  const rows = await reader.scan(memberships, { index: 'by_user', where: { user_nid }, limit: MAX_ROOMS });
  return rows
    .filter((row) => row.membership === 'join' && rooms.get(row.room_nid)?.membership === 'join')
    .map(({ room_nid }) => room_nid);
};

const isEncryptedNow = async (
  { engine, reader, encrypted }: RoomsOfViewer,
  roomNid: number,
): Promise<boolean> => {
  const known = encrypted.get(roomNid);
  if (known !== undefined) return known;
  const room = await roomByNid(reader, roomNid);
  const event = room && (await stateEvent(engine, reader, room, 'm.room.encryption', '', room.state_root));
  encrypted.set(roomNid, event !== undefined);
  return event !== undefined;
};
