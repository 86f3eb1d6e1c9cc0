/** Ends what is shared with one server: local people leave every room that its people are in. */
import { parseRoomId, type RoomId, type ServerName, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError } from '../matrix-error.ts';
import { leaveRoom } from '../rooms/leave-room.ts';
import { memberships, remoteMemberships, rooms } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { roomsShared } from './organisations.ts';

/** What leaving an organisation did. */
export type LeftOrganisation = {
  /** Rooms that nobody of ours is in any more. */
  readonly rooms: number;
  /** People of ours who left at least one. */
  readonly people: number;
  /** Invitations and knocks that ended. */
  readonly invitations: number;
  /** What did not go, in words; asked for again it is tried again. */
  readonly failures: readonly string[];
};

type Parting = { readonly roomId: RoomId; readonly sender: UserId; readonly here: boolean };

/**
 * Leaves one after the other, so that a crash in between leaves nothing half-done: what is left can be left by
 * asking again. The leaves go to all servers of the rooms, this one too.
 */
export const leaveOrganisation = async (
  engine: Engine,
  server: ServerName,
  reason: string | undefined,
): Promise<LeftOrganisation> => {
  const partings = await engine.store.read((reader) => partingsFrom(engine, reader, server));
  const left = { rooms: new Set<string>(), people: new Set<string>(), invitations: 0 };
  const failures: string[] = [];
  for (const { roomId, sender, here } of partings) {
    try {
      await leaveRoom(engine, { roomId, sender, ...(reason === undefined ? {} : { reason }) });
      if (!here) left.invitations++;
      else {
        left.rooms.add(roomId);
        left.people.add(sender);
      }
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      failures.push(`${sender} could not leave ${roomId}: ${error.message}`);
    }
  }
  return { rooms: left.rooms.size, people: left.people.size, invitations: left.invitations, failures };
};

const partingsFrom = async (
  engine: Engine,
  reader: StoreReader,
  server: ServerName,
): Promise<readonly Parting[]> => {
  const found: Parting[] = [];
  const nid = await engine.names.serverNid(reader, server);
  for (const room_nid of nid === undefined ? [] : await roomsShared(engine, reader, nid)) {
    const room = await reader.get(rooms, { room_nid });
    const roomId = room && parseRoomId(room.room_id);
    if (roomId === undefined) continue;
    for (const membership of ['join', 'invite', 'knock']) {
      const where = { room_nid, membership, local: 1 };
      for (const { user_nid } of await reader.scan(memberships, { index: 'by_membership', where })) {
        found.push({ roomId, sender: await engine.names.userId(reader, user_nid), here: true });
      }
    }
  }
  // Invitations to rooms that we are not in, and knocks on them.
  for (const row of await reader.scan(remoteMemberships, {})) {
    const roomId = parseRoomId(row.room_id);
    const open = row.membership === 'invite' || row.membership === 'knock';
    if (!open || row.server !== server || roomId === undefined) continue;
    found.push({ roomId, sender: await engine.names.userId(reader, row.user_nid), here: false });
  }
  return found;
};
