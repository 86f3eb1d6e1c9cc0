/** All rooms of this server, for admins: newest here first, found by name, alias or ID. */
import type { Engine } from '../engine.ts';
import { blockedRooms, events, roomRemovals, rooms, timeline } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { standingOf, type RoomStanding } from './inspect-room.ts';
import { countMembers, type NamedRoom, nameRoom } from './name-room.ts';

/** A room in the list of all rooms of this server. */
export type ListedRoom = NamedRoom &
  RoomStanding & {
    readonly joined: number;
    readonly servers: number;
    /** When its newest event was written. */
    readonly newestTs: number | undefined;
  };

/** Rooms, the newest on this server first. */
export type RoomsPage = {
  readonly rooms: readonly ListedRoom[];
  /** For the next page. */
  readonly before: number | undefined;
};

/** Rooms looked at for one page, so that a rare word can't hold up everybody. */
const MAX_LOOKED_AT = 2_000;
const BATCH = 100;

/**
 * Rooms with `search` in their name, their alias, their ID or the names of their people; all without it. A page
 * may be short, or empty, and have another after it.
 */
export const listRooms = (
  engine: Engine,
  { search, before, limit }: { readonly search?: string; readonly before?: number; readonly limit: number },
): Promise<RoomsPage> =>
  engine.store.read(async (reader) => {
    const term = search?.trim().toLowerCase() ?? '';
    const found: ListedRoom[] = [];
    let below = before ?? Number.MAX_SAFE_INTEGER;
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; ) {
      const rows = await reader.scan(rooms, { lt: below, reverse: true, limit: BATCH });
      for (const room of rows) {
        if (found.length === limit) return { rooms: found, before: below };
        below = room.room_nid;
        const named = await nameRoom(engine, reader, room);
        const texts = [named.roomId, named.name, named.canonicalAlias, ...named.heroes];
        if (!texts.some((text) => text?.toLowerCase().includes(term))) continue;
        found.push({
          ...named,
          ...(await countMembers(reader, room.room_nid)),
          newestTs: await newestTsOf(reader, room.room_nid),
          ...(await standingOf(reader, room.room_id)),
        });
      }
      if (rows.length < BATCH) return { rooms: found, before: undefined };
      lookedAt += rows.length;
    }
    return { rooms: found, before: below };
  });

const newestTsOf = async (reader: StoreReader, room_nid: number): Promise<number | undefined> => {
  const row = await reader.first(timeline, { where: { room_nid }, reverse: true });
  return row && (await reader.get(events, { event_nid: row.event_nid }))?.origin_server_ts;
};

/** Rooms that are blocked, or being removed and gone from the list already. */
export const listClosedRooms = (
  engine: Engine,
): Promise<readonly ({ readonly roomId: string } & RoomStanding)[]> =>
  engine.store.read(async (reader) => {
    const blocked = await reader.scan(blockedRooms, { limit: MAX_LOOKED_AT });
    const removed = await reader.scan(roomRemovals, { limit: MAX_LOOKED_AT });
    const ids = new Set([...removed, ...blocked].map((row) => row.room_id));
    const found: ({ readonly roomId: string } & RoomStanding)[] = [];
    for (const roomId of ids) found.push({ roomId, ...(await standingOf(reader, roomId)) });
    return found;
  });
