/** Which room version other servers take part in, before a room is made anew for the sake of their people. */
import type { RoomId, ServerName, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden, unreachable } from '../matrix-error.ts';
import { openJoinedRoom } from '../reading/room-access.ts';
import { path, type RemoteAnswer, requestRemote } from './signed-request.ts';
import { faultOf } from '../refusals.ts';

export type AcceptedVersion = {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly deviceId: string;
  readonly servers: readonly ServerName[];
};

/** Servers asked for one room. */
const MAX_SERVERS = 10;
/** For each question; somebody waits. */
const TIMEOUT_MS = 6_000;

/**
 * The newest version, other than the room's, that this server and all of these take part in; undefined when
 * there is none.
 *
 * @throws M_FORBIDDEN for who is not in the room, CAUSEWAY_UNREACHABLE
 */
export const acceptedVersion = async (
  engine: Engine,
  input: AcceptedVersion,
): Promise<string | undefined> => {
  const { room } = await engine.store.read((reader) => openJoinedRoom(engine, reader, input, input.roomId));
  const servers = [...new Set(input.servers)].filter((server) => server !== engine.serverName);
  if (servers.length > MAX_SERVERS) throw forbidden(faultOf('servers-many', { most: MAX_SERVERS }));
  const candidates = engine.roomVersions.filter((version) => version !== room.room_version).toReversed();
  for (const version of candidates) {
    const answers = await Promise.all(servers.map((server) => knows(engine, server, input.roomId, version)));
    if (answers.every(Boolean)) return version;
  }
  return undefined;
};

/**
 * No endpoint tells which versions a server takes part in. An invitation is answered by the version first, so
 * one without an event is refused either for its version or for its emptiness, and nobody is invited.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2inviteroomideventid
 */
const knows = async (
  engine: Engine,
  server: ServerName,
  roomId: RoomId,
  version: string,
): Promise<boolean> => {
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'PUT',
    path: path`/_matrix/federation/v2/invite/${roomId}/${'$none'}`,
    body: { room_version: version, event: {}, invite_room_state: [] },
    timeoutMs: TIMEOUT_MS,
  });
  if (answer.kind === 'failed') throw unreachable(answer.reason);
  return !isVersionRefusal(answer);
};

/** The specification has a name for it here and another one for clients; servers use both. */
export const isVersionRefusal = (answer: RemoteAnswer): boolean =>
  answer.kind === 'refused' &&
  (answer.errcode === 'M_INCOMPATIBLE_ROOM_VERSION' || answer.errcode === 'M_UNSUPPORTED_ROOM_VERSION');
