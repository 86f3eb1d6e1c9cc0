/** What a room is called and what kind of room it is, for lists. */
import type { Graph } from '../engine.ts';
import { stateEvent } from '../rooms/current-state.ts';
import { memberships, type RoomRow, roomServers } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

export type NamedRoom = {
  readonly roomId: string;
  readonly name: string | undefined;
  readonly canonicalAlias: string | undefined;
  readonly roomVersion: string;
  /** `m.space`, for example. */
  readonly roomType: string | undefined;
  readonly joinRule: string;
  readonly historyVisibility: string;
  readonly encrypted: boolean;
  /** False: it can never leave this server. */
  readonly federate: boolean;
  /** Some of the people in it, for a room without a name. */
  readonly heroes: readonly string[];
};

const HEROES = 4;

export const nameRoom = async (parts: Graph, reader: StoreReader, room: RoomRow): Promise<NamedRoom> => {
  const field = async (type: string, name: string) => {
    const value = (await stateEvent(parts, reader, room, type, ''))?.pdu.content[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const name = await field('m.room.name', 'name');
  const canonicalAlias = await field('m.room.canonical_alias', 'alias');
  return {
    roomId: room.room_id,
    name,
    canonicalAlias,
    roomVersion: room.room_version,
    roomType: await field('m.room.create', 'type'),
    joinRule: (await field('m.room.join_rules', 'join_rule')) ?? 'invite',
    historyVisibility: (await field('m.room.history_visibility', 'history_visibility')) ?? 'shared',
    encrypted: (await stateEvent(parts, reader, room, 'm.room.encryption', '')) !== undefined,
    federate: room.federate === 1,
    heroes: name === undefined && canonicalAlias === undefined ? await heroesOf(parts, reader, room) : [],
  };
};

const heroesOf = async (parts: Graph, reader: StoreReader, room: RoomRow): Promise<readonly string[]> => {
  const where = { room_nid: room.room_nid, membership: 'join' };
  const rows = await reader.scan(memberships, { index: 'by_membership', where, limit: HEROES });
  const heroes: string[] = [];
  for (const { user_nid } of rows) heroes.push(await parts.names.userId(reader, user_nid));
  return heroes;
};

export const countMembers = async (
  reader: StoreReader,
  room_nid: number,
): Promise<{ readonly joined: number; readonly servers: number }> => {
  const rows = await reader.scan(roomServers, { where: { room_nid } });
  return { joined: rows.reduce((sum, row) => sum + row.joined, 0), servers: rows.length };
};
