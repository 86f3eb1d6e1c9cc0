/**
 * What a server that joins through us is told of the room. One that asks for it is not told most members of a large
 * room: it fetches the whole state later, when its people are in already.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid
 */
import { type ServerName, serverNameOf } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import type { StoredEvent } from '../../rooms/event-cache.ts';
import { stateEvent } from '../../rooms/current-state.ts';
import { otherServers } from '../../rooms/servers-in-room.ts';
import { type RoomRow, roomServers } from '../../store/schema.ts';
import type { StoreReader } from '../../store/store.ts';
import { heroesOfUnnamed } from '../../sync/room-summary.ts';
import { entriesInParts, partialStatePieces, statePieces } from './graph-pieces.ts';
import { rootBefore } from './read-graph.ts';

/** Up to so many members the whole answer is there sooner than a second one would be. */
const WHOLE_UP_TO_MEMBERS = 50;

export type JoinToAnswer = {
  readonly room: RoomRow;
  readonly event: StoredEvent;
  /** The other server can do with fewer members. */
  readonly omitMembers: boolean;
};

/** The text of a JSON object, in pieces. */
export const joinAnswer = async function* (
  engine: Engine,
  { room, event, omitMembers }: JoinToAnswer,
): AsyncGenerator<string> {
  const root = rootBefore(event);
  const partial = omitMembers ? await withoutMostMembers(engine, room, event, root) : undefined;
  const head = {
    event: event.pdu,
    members_omitted: partial !== undefined,
    servers_in_room: await engine.store.read((reader) => serversBefore(engine, reader, room, event, root)),
    origin: engine.serverName,
  };
  yield `${JSON.stringify(head).slice(0, -1)},`;
  const names = { chain: 'auth_chain', state: 'state', shape: 'pdu' } as const;
  yield* partial === undefined
    ? statePieces(engine, { room, root, also: [event] }, names)
    : partialStatePieces(engine, { room, state: partial, also: [event] }, names);
  yield '}';
};

/** "A list of the servers active in the room (ie, those with joined members) before the join." */
const serversBefore = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  { pdu }: StoredEvent,
  root: Uint8Array,
): Promise<readonly ServerName[]> => {
  const joining = serverNameOf(pdu.sender);
  const server_nid = await engine.names.serverNid(reader, joining);
  const key = { room_nid: room.room_nid, server_nid: server_nid ?? -1 };
  const before = await stateEvent(engine, reader, room, 'm.room.member', pdu.sender, root);
  const own = before?.pdu.content['membership'] === 'join' ? 0 : 1;
  const wasIn = ((await reader.get(roomServers, key))?.joined ?? 0) > own;
  const others = await otherServers(engine, reader, room.room_nid);
  return [engine.serverName, ...others.filter((name) => wasIn || name !== joining)];
};

/**
 * Everything but members, and of these whom the other server can't do without: who joins, whom the join refers to,
 * and those after whom a room without a name is called. Undefined when that is nearly everything.
 */
const withoutMostMembers = async (
  engine: Engine,
  room: RoomRow,
  event: StoredEvent,
  root: Uint8Array,
): Promise<readonly number[] | undefined> => {
  const needed = new Set<string>(await neededMembers(engine, room, event));
  const referred = new Set(event.authNids);
  const kept: number[] = [];
  let members = 0;
  let omitted = 0;
  for await (const part of entriesInParts(engine, room.room_nid, root)) {
    await engine.store.read(async (reader) => {
      for (const [stateKeyNid, eventNid] of part) {
        const { type, stateKey } = await engine.names.stateKey(reader, stateKeyNid);
        const isMember = type === 'm.room.member';
        if (isMember) members++;
        if (!isMember || needed.has(stateKey) || referred.has(eventNid)) kept.push(eventNid);
        else omitted++;
      }
    });
  }
  return members > WHOLE_UP_TO_MEMBERS && omitted > 0 ? kept : undefined;
};

const neededMembers = (
  engine: Engine,
  room: RoomRow,
  { pdu: { sender } }: StoredEvent,
): Promise<readonly string[]> =>
  engine.store.read(async (reader) => {
    const userNid = await engine.names.userNid(reader, sender);
    const viewer = { userNid: userNid ?? -1 };
    return [sender, ...((await heroesOfUnnamed({ engine, reader, viewer }, room)) ?? [])];
  });
