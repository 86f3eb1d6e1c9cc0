/** The published room directory of this server. @see https://spec.matrix.org/v1.19/client-server-api/#published-room-directory */
import { powerLevelOf, requiredPowerLevel, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden } from '../matrix-error.ts';
import { roomById, roomByNid, rulesOf, stateEvent } from '../rooms/current-state.ts';
import { publishedRooms, type RoomRow, roomServers } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { openJoinedRoom } from './room-access.ts';
import { faultOf, noSuchRoom } from '../refusals.ts';

/**
 * A room in the directory.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3publicrooms
 */
export type PublicRoom = {
  readonly room_id: string;
  readonly num_joined_members: number;
  readonly world_readable: boolean;
  readonly guest_can_join: boolean;
  readonly name?: string;
  readonly topic?: string;
  readonly avatar_url?: string;
  readonly canonical_alias?: string;
  readonly join_rule?: string;
  readonly room_type?: string;
};

/** Which part of the directory; undefined: as many as there are, from the beginning. */
export type PublicRoomsRequest = {
  readonly limit: number | undefined;
  /** Offset, as given out before. */
  readonly since: string | undefined;
  readonly searchTerm: string | undefined;
  /** Undefined: all; null stands for rooms without type. */
  readonly roomTypes: readonly (string | null)[] | undefined;
  /** Whether the asker is another server: rooms of this organisation only are then left out. */
  readonly forOtherServer: boolean;
};

/**
 * A page of the directory.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3publicrooms
 */
export type PublicRooms = {
  readonly chunk: readonly PublicRoom[];
  readonly total_room_count_estimate: number;
  readonly next_batch?: string;
  readonly prev_batch?: string;
};

const MAX_LISTED = 10_000;
const MAX_PAGE = 500;

/** Largest rooms first. */
export const listPublicRooms = (engine: Engine, request: PublicRoomsRequest): Promise<PublicRooms> =>
  engine.store.read(async (reader) => {
    const found: PublicRoom[] = [];
    for (const { room_nid } of await reader.scan(publishedRooms, { limit: MAX_LISTED })) {
      const room = await roomByNid(reader, room_nid);
      if (room === undefined || (request.forOtherServer && room.federate === 0)) continue;
      const entry = await publicRoom(engine, reader, room);
      if (entry.num_joined_members > 0 && matches(entry, request)) found.push(entry);
    }
    found.sort((a, b) => b.num_joined_members - a.num_joined_members || (a.room_id < b.room_id ? -1 : 1));
    const start = Math.max(0, Number.parseInt(request.since ?? '0', 10) || 0);
    const size = Math.min(request.limit ?? MAX_PAGE, MAX_PAGE);
    const end = start + size;
    return {
      chunk: found.slice(start, end),
      total_room_count_estimate: found.length,
      ...(end < found.length ? { next_batch: String(end) } : {}),
      ...(start > 0 ? { prev_batch: String(Math.max(0, start - size)) } : {}),
    };
  });

const matches = (room: PublicRoom, { searchTerm, roomTypes }: PublicRoomsRequest): boolean => {
  if (roomTypes !== undefined && !roomTypes.includes(room.room_type ?? null)) return false;
  if (searchTerm === undefined || searchTerm === '') return true;
  const term = searchTerm.toLowerCase();
  return [room.name, room.topic, room.canonical_alias].some((text) => text?.toLowerCase().includes(term));
};

/** A room as directories show it. */
export const publicRoom = async (engine: Engine, reader: StoreReader, room: RoomRow): Promise<PublicRoom> => {
  const read = async (type: string, field: string): Promise<string | undefined> => {
    const value = (await stateEvent(engine, reader, room, type, ''))?.pdu.content[field];
    return typeof value === 'string' ? value : undefined;
  };
  const texts = {
    name: await read('m.room.name', 'name'),
    topic: await read('m.room.topic', 'topic'),
    avatar_url: await read('m.room.avatar', 'url'),
    canonical_alias: await read('m.room.canonical_alias', 'alias'),
    join_rule: await read('m.room.join_rules', 'join_rule'),
    room_type: await read('m.room.create', 'type'),
  };
  const servers = await reader.scan(roomServers, { where: { room_nid: room.room_nid } });
  return {
    room_id: room.room_id,
    num_joined_members: servers.reduce((sum, row) => sum + row.joined, 0),
    world_readable: (await read('m.room.history_visibility', 'history_visibility')) === 'world_readable',
    guest_can_join: (await read('m.room.guest_access', 'guest_access')) === 'can_join',
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)),
  };
};

/**
 * Whether a room is in the directory of this server.
 *
 * @throws M_NOT_FOUND for a room that this server does not know
 */
export const isPublished = (engine: Engine, roomId: string): Promise<boolean> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw noSuchRoom(roomId);
    return (await reader.get(publishedRooms, { room_nid: room.room_nid })) !== undefined;
  });

/** For those who may set the room's main alias. @throws M_FORBIDDEN */
export const setPublished = async (
  engine: Engine,
  input: {
    readonly userId: UserId;
    readonly deviceId: string;
    readonly roomId: string;
    readonly published: boolean;
  },
): Promise<void> =>
  engine.store.transact(async (tx) => {
    const { room } = await openJoinedRoom(engine, tx, input, input.roomId);
    const rules = rulesOf(room);
    const levels = (await stateEvent(engine, tx, room, 'm.room.power_levels', ''))?.pdu;
    const create = await engine.events.byNid(tx, room.create_event_nid);
    const needed = requiredPowerLevel(rules, levels, 'm.room.canonical_alias', true);
    if (powerLevelOf(rules, create.pdu, levels, input.userId) < needed) {
      throw forbidden(faultOf('listing-not-yours'));
    }
    if (input.published) await tx.put(publishedRooms, { room_nid: room.room_nid });
    else await tx.delete(publishedRooms, { room_nid: room.room_nid });
  });
