/** Room aliases: ours from the store, others from their servers. */
import {
  isJsonArray,
  parseRoomAlias,
  parseRoomId,
  parseServerName,
  type RoomAlias,
  type RoomId,
  type ServerName,
  serverNameOf,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { bodyOrThrow, requestRemote } from '../federation/signed-request.ts';
import { forbidden, invalidParam, notFound, refusal } from '../matrix-error.ts';
import { aliases } from '../store/schema.ts';
import { roomById } from './current-state.ts';
import { otherServers } from './servers-in-room.ts';
import { faultOf, noSuchRoom } from '../refusals.ts';

/** The room of an alias, and servers to join it through. */
export type ResolvedAlias = { readonly roomId: RoomId; readonly servers: readonly ServerName[] };

/** Refuses with M_NOT_FOUND, or CAUSEWAY_UNREACHABLE when the alias's server does not answer. */
export const resolveAlias = async (engine: Engine, alias: RoomAlias): Promise<ResolvedAlias> => {
  const server = serverNameOf(alias);
  if (server === engine.serverName) return resolveOwnAlias(engine, alias);
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: `/_matrix/federation/v1/query/directory?room_alias=${encodeURIComponent(alias)}`,
  });
  if (answer.kind === 'refused' && answer.status === 404) throw notFound(faultOf('alias-no-room', { alias }));
  const body = bodyOrThrow(server, answer);
  const roomId = typeof body['room_id'] === 'string' ? parseRoomId(body['room_id']) : undefined;
  if (roomId === undefined) throw notFound(faultOf('alias-no-room', { alias }));
  const listed = isJsonArray(body['servers']) ? body['servers'] : [];
  const servers = listed.flatMap((name) => (typeof name === 'string' ? (parseServerName(name) ?? []) : []));
  return { roomId, servers: servers.includes(server) ? servers : [...servers, server] };
};

/** The room of an alias of this server. @throws M_NOT_FOUND */
export const resolveOwnAlias = (engine: Engine, alias: string): Promise<ResolvedAlias> =>
  engine.store.read(async (reader) => {
    const row = await reader.get(aliases, { alias });
    if (row === undefined) throw notFound(faultOf('alias-no-room', { alias }));
    const room = await roomById(reader, row.room_id);
    const others = room === undefined ? [] : await otherServers(engine, reader, room.room_nid);
    return { roomId: row.room_id as RoomId, servers: [engine.serverName, ...others] };
  });

/** Refuses with M_INVALID_PARAM for an alias that is not ours, M_UNKNOWN (as specified) when it is taken. */
export const createAlias = async (
  engine: Engine,
  input: { readonly alias: string; readonly roomId: RoomId; readonly userId: UserId },
): Promise<void> => {
  const alias = parseRoomAlias(input.alias);
  if (alias === undefined || serverNameOf(alias) !== engine.serverName) {
    throw invalidParam(faultOf('alias-form', { server: engine.serverName }));
  }
  await engine.store.transact(async (tx) => {
    if ((await tx.get(aliases, { alias })) !== undefined) {
      throw refusal('M_UNKNOWN', faultOf('alias-taken', { alias }));
    }
    if ((await roomById(tx, input.roomId)) === undefined) throw noSuchRoom(input.roomId);
    await tx.insert(aliases, { alias, room_id: input.roomId, creator: input.userId });
  });
};

/** Removes an alias of this server. @throws M_NOT_FOUND, M_FORBIDDEN for anybody but its maker */
export const deleteAlias = async (
  engine: Engine,
  { alias, userId }: { readonly alias: string; readonly userId: UserId },
): Promise<void> =>
  engine.store.transact(async (tx) => {
    const row = await tx.get(aliases, { alias });
    if (row === undefined) throw notFound(faultOf('alias-unknown', { alias }));
    if (row.creator !== userId) throw forbidden(faultOf('alias-not-yours'));
    await tx.delete(aliases, { alias });
  });
