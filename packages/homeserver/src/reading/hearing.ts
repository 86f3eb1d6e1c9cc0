/**
 * Whether a local user hears of rooms that are shared with other organisations. Who does not keeps what they had,
 * up to a stream position, and gets nothing newer on any route.
 */
import { type ServerName, serverNameOf, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { Hearing, RoomHearing } from '../ports.ts';
import { otherServers } from '../rooms/servers-in-room.ts';
import { type RoomRow, roomServers } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

export const hearingOf = async (engine: Engine, reader: StoreReader, userId: UserId): Promise<Hearing> =>
  (await engine.policy.hearing?.(reader, userId)) ?? { kind: 'all' };

/** Stream positions up to which somebody hears of a room, from everybody and from outsiders. */
export type HeardUntil = { readonly everybody: number; readonly outsiders: number };

const EVERYTHING: HeardUntil = { everybody: Number.POSITIVE_INFINITY, outsiders: Number.POSITIVE_INFINITY };

/**
 * A room counts as shared while members of other servers are in it: what was written before they came can be read
 * in any case, and what local people write after they have gone, too.
 */
export const heardUntil = async (
  engine: Engine,
  reader: StoreReader,
  hearing: Hearing,
  room: RoomRow,
): Promise<HeardUntil> => {
  if (hearing.kind === 'all' || room.federate === 0) return EVERYTHING;
  const servers = await otherServers(engine, reader, room.room_nid);
  if (servers.length === 0) {
    return { everybody: Number.POSITIVE_INFINITY, outsiders: hearing.stream };
  }
  const { ofRoomWith } = hearing;
  const heard = ofRoomWith === undefined ? hearing : ofRoomWith(servers);
  if (heard.kind === 'all') return EVERYTHING;
  const unheard = servers.filter((server) => ofRoomWith?.([server]).kind !== 'all');
  const sharedSince =
    unheard.length === servers.length
      ? (room.shared_since ?? 0)
      : await firstArrival(engine, reader, room, unheard);
  const everybody = Math.max(heard.stream, sharedSince);
  return { everybody, outsiders: everybody };
};

/** Stream position at which the first of these servers came. */
const firstArrival = async (
  engine: Engine,
  reader: StoreReader,
  { room_nid }: RoomRow,
  servers: readonly ServerName[],
): Promise<number> => {
  let first = Number.POSITIVE_INFINITY;
  for (const server of servers) {
    const server_nid = await engine.names.serverNid(reader, server);
    const row =
      server_nid === undefined ? undefined : await reader.get(roomServers, { room_nid, server_nid });
    first = Math.min(first, row?.since ?? 0);
  }
  return Number.isFinite(first) ? first : 0;
};

/** What is heard of one server's people and files, beside rooms. */
export const hearingOfServer = (hearing: Hearing, server: ServerName): RoomHearing =>
  hearing.kind === 'until' && hearing.ofRoomWith !== undefined ? hearing.ofRoomWith([server]) : hearing;

export const isHeard = (
  engine: Engine,
  until: HeardUntil,
  event: { readonly stream: number | null; readonly pdu: { readonly sender: UserId } },
): boolean => {
  const limit = serverNameOf(event.pdu.sender) === engine.serverName ? until.everybody : until.outsiders;
  return (event.stream ?? Number.POSITIVE_INFINITY) <= limit;
};
