/** Who is in a room, for a client that has to name it. @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync */
import { stateEvent } from '../rooms/current-state.ts';
import { memberships, type RoomRow } from '../store/schema.ts';
import type { SyncScope } from './sync-scope.ts';

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
    'm.joined_member_count': await count('join'),
    'm.invited_member_count': await count('invite'),
  };
  return (await isNamed(scope, room)) ? counts : { 'm.heroes': await heroes(scope, room), ...counts };
};

const isNamed = async ({ engine, reader }: SyncScope, room: RoomRow): Promise<boolean> => {
  const name = (await stateEvent(engine, reader, room, 'm.room.name', ''))?.pdu.content.name;
  if (typeof name === 'string' && name !== '') return true;
  const alias = (await stateEvent(engine, reader, room, 'm.room.canonical_alias', ''))?.pdu.content.alias;
  return typeof alias === 'string' && alias !== '';
};

const heroes = async (scope: SyncScope, room: RoomRow): Promise<readonly string[]> => {
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

const members = async ({ reader, viewer }: SyncScope, room: RoomRow, membership: string) => {
  const rows = await reader.scan(memberships, {
    index: 'by_membership',
    where: { room_nid: room.room_nid, membership },
    limit: MAX_CANDIDATES,
  });
  return rows.filter((row) => row.user_nid !== viewer.userNid);
};
