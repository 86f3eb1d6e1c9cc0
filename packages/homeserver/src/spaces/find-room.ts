/** What a person may know of a room, from here or from another server. */
import { parseRoomId, parseServerName, type ServerName, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { otherServers } from '../rooms/servers-in-room.ts';
import { remoteMemberships } from '../store/schema.ts';
import { maySeeHere, maySeeThere } from './may-see-room.ts';
import { queryHierarchy, type RemoteHierarchy } from './query-hierarchy.ts';
import { roomHere } from './serve-hierarchy.ts';
import { type RoomSummary, type SpaceChild, spaceChildren, summariseRoom } from './summarise-room.ts';

export type KnownRoom = {
  readonly summary: RoomSummary;
  readonly children: readonly SpaceChild[];
  /** What a server told of the children beside it. */
  readonly told: RemoteHierarchy | undefined;
  /** Who may know more of its children: the other servers that are in it, or the one that told of it. */
  readonly servers: readonly ServerName[];
};

/** Servers asked about one room. */
const MAX_SERVERS = 5;

/** Remembers within one request which servers do not answer. */
export type Asking = { readonly userId: UserId; readonly silent: Set<ServerName> };

/** Undefined for a room that is not known, or that this person may not know of. */
export const findRoomFor = async (
  engine: Engine,
  asking: Asking,
  roomId: string,
  via: readonly string[],
): Promise<KnownRoom | undefined> => {
  const { userId } = asking;
  const here = await engine.store.read(async (reader) => {
    const room = await roomHere(engine, reader, roomId);
    if (room === undefined) return undefined;
    if (!(await maySeeHere(engine, reader, room, userId))) return 'hidden';
    const children = await spaceChildren(engine, reader, room);
    const servers = (await otherServers(engine, reader, room.room_nid)).slice(0, MAX_SERVERS);
    return { summary: await summariseRoom(engine, reader, room), children, told: undefined, servers };
  });
  if (here === 'hidden') return undefined;
  if (here !== undefined) return here;
  const told = await askServers(engine, asking, roomId, via);
  if (told === undefined || !(await isFor(engine, userId, told.room))) return undefined;
  return { summary: told.room, children: told.childrenState, told, servers: [told.server] };
};

/** Whether a room of other servers may be shown to this person. */
export const isFor = (engine: Engine, userId: UserId, summary: RoomSummary): Promise<boolean> =>
  engine.store.read(async (reader) => {
    if (await maySeeThere(engine, reader, summary, userId)) return true;
    const user_nid = await engine.names.userNid(reader, userId);
    if (user_nid === undefined) return false;
    const row = await reader.get(remoteMemberships, { user_nid, room_id: summary.room_id });
    return row?.membership === 'invite';
  });

const askServers = async (
  engine: Engine,
  { userId, silent }: Asking,
  roomId: string,
  via: readonly string[],
): Promise<RemoteHierarchy | undefined> => {
  const id = parseRoomId(roomId);
  if (id === undefined || via.length === 0) return undefined;
  const servers = via.flatMap((name) => parseServerName(name) ?? []);
  const others = [...new Set(servers)].filter((name) => name !== engine.serverName && !silent.has(name));
  const allowed = await engine.policy.ask({
    kind: 'speak-outside',
    user: userId,
    roomId: id,
    servers: others,
  });
  if (!allowed.allowed) return undefined;
  for (const server of others.slice(0, MAX_SERVERS)) {
    const answer = await queryHierarchy(engine, server, roomId);
    if (answer.kind === 'found') return answer.hierarchy;
    if (answer.kind === 'unreachable') silent.add(server);
  }
  return undefined;
};
