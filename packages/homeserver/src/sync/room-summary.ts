/** Who is in a room, for a client that has to name it. @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync */
import { leftOutOf } from '../federation/left-out-members.ts';
import { stateEvent } from '../rooms/current-state.ts';
import { memberships, type RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import type { SyncScope } from './sync-scope.ts';

/** Joined members by the word of the server that we joined through, until they are here. */
const membersAnnounced = async (reader: StoreReader, roomNid: number): Promise<number> =>
  Math.max(0, ...(await leftOutOf(reader, roomNid)).map(({ total }) => total ?? 0));

/** Who is told, and what is known. */
type Telling = Pick<SyncScope, 'engine' | 'reader'> & {
  readonly viewer: Pick<SyncScope['viewer'], 'userNid'>;
};

export type RoomSummary = {
  readonly 'm.heroes'?: readonly string[];
  readonly 'm.joined_member_count': number;
  readonly 'm.invited_member_count': number;
};

const MAX_HEROES = 5;
/** Members looked at for heroes; a room of more has a name. */
const MAX_CANDIDATES = 50;

export const roomSummary = async (scope: SyncScope, room: RoomRow): Promise<RoomSummary> => {
  const { reader } = scope;
  const count = (membership: string) =>
    reader.count(memberships, { index: 'by_membership', where: { room_nid: room.room_nid, membership } });
  const counts = {
    'm.joined_member_count': Math.max(await count('join'), await membersAnnounced(reader, room.room_nid)),
    'm.invited_member_count': await count('invite'),
  };
  const named = await heroesOfUnnamed(scope, room);
  return named === undefined ? counts : { 'm.heroes': named, ...counts };
};

/** Those whom a room without a name is called after; undefined for one that has a name. */
export const heroesOfUnnamed = async (
  telling: Telling,
  room: RoomRow,
): Promise<readonly string[] | undefined> =>
  (await isNamed(telling, room)) ? undefined : heroes(telling, room);

const isNamed = async ({ engine, reader }: Telling, room: RoomRow): Promise<boolean> => {
  const name = (await stateEvent(engine, reader, room, 'm.room.name', ''))?.pdu.content.name;
  if (typeof name === 'string' && name !== '') return true;
  const alias = (await stateEvent(engine, reader, room, 'm.room.canonical_alias', ''))?.pdu.content.alias;
  return typeof alias === 'string' && alias !== '';
};

const heroes = async (scope: Telling, room: RoomRow): Promise<readonly string[]> => {
  const present = [...(await members(scope, room, 'join')), ...(await members(scope, room, 'invite'))];
  const chosen =
    present.length > 0
      ? present
      : [...(await members(scope, room, 'leave')), ...(await members(scope, room, 'ban'))];
  const oldestFirst = chosen.sort((a, b) => a.stream - b.stream).slice(0, MAX_HEROES);
  const ids: string[] = [];
  for (const row of oldestFirst) ids.push(await scope.engine.names.userId(scope.reader, row.user_nid));
  return ids;
};

const members = async ({ reader, viewer }: Telling, room: RoomRow, membership: string) => {
  const rows = await reader.scan(memberships, {
    index: 'by_membership',
    where: { room_nid: room.room_nid, membership },
    limit: MAX_CANDIDATES,
  });
  return rows.filter((row) => row.user_nid !== viewer.userNid);
};
