/**
 * Tells inviting servers what was declined: at once, and again and again while they are away. They wait for
 * an answer otherwise that was given long ago.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#leaving-rooms-rejecting-invites
 */
import { parseRoomId, parseServerName, parseUserId, type ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { MatrixError } from '../matrix-error.ts';
import { optional } from '../optional-field.ts';
import { remoteMemberships, untoldLeaves } from '../store/schema.ts';
import type { RowOf } from '../store/table.ts';
import { isUnknownEndpoint } from './older-endpoints.ts';
import { draftThrough } from './remote-membership.ts';
import { bodyOrThrow, path, requestRemote } from './signed-request.ts';
import type { ServersWork } from './work-for-servers.ts';

const LEAVE_TIMEOUT_MS = 30_000;
const PAGE = 100;

type UntoldLeave = RowOf<typeof untoldLeaves>;

/** Woken when there is something to tell. */
export const tellingLeaves: ServersWork = {
  fault: 'declining was not told',
  run: async (engine) => {
    const away = new Set<ServerName>();
    for (const row of await allUntold(engine)) {
      if (engine.signal.aborted) break;
      const server = await tell(engine, row);
      if (server !== undefined) away.add(server);
    }
    return away;
  },
};

const allUntold = (engine: Engine): Promise<readonly UntoldLeave[]> =>
  engine.store.read((reader) => reader.scan(untoldLeaves, { limit: PAGE }));

/** Returns the server when it did not answer. A refusal is an answer: it has forgotten the invitation. */
const tell = async (engine: Engine, row: UntoldLeave): Promise<ServerName | undefined> => {
  const { remote, userId } = await engine.store.read(async (reader) => ({
    remote: await reader.get(remoteMemberships, { user_nid: row.user_nid, room_id: row.room_id }),
    userId: parseUserId(await engine.names.userId(reader, row.user_nid)),
  }));
  const roomId = parseRoomId(row.room_id);
  const server = parseServerName(remote?.server ?? '');
  const valid = remote?.membership === 'leave' && roomId && userId && server;
  if (valid) {
    try {
      await sendLeave(engine, server, { roomId, userId, reason: row.reason ?? undefined });
    } catch (error) {
      if (engine.signal.aborted) return undefined;
      if (!(error instanceof MatrixError)) throw error;
      engine.log.info('declining was not told', { server, room_id: roomId, reason: error.message });
      if (error.errcode === 'CAUSEWAY_UNREACHABLE') return server;
    }
  }
  await engine.store.transact((tx) => tx.delete(untoldLeaves, row));
  return undefined;
};

type Leave = {
  readonly roomId: NonNullable<ReturnType<typeof parseRoomId>>;
  readonly userId: NonNullable<ReturnType<typeof parseUserId>>;
  readonly reason: string | undefined;
};

/** Has a leave drafted by a server of the room, signs it and sends it there. @throws what the server refused */
export const sendLeave = async (
  engine: Engine,
  server: ServerName,
  { roomId, userId, reason }: Leave,
): Promise<void> => {
  const content = { membership: 'leave', ...optional('reason', reason) };
  const wanted = { membership: 'leave', roomId, userId, content } as const;
  const { pdu, eventId } = await draftThrough(engine, server, wanted, LEAVE_TIMEOUT_MS);
  const request = { destination: server, method: 'PUT', body: pdu } as const;
  const answer = await requestRemote(engine, {
    ...request,
    path: path`/_matrix/federation/v2/send_leave/${roomId}/${eventId}`,
  });
  if (!isUnknownEndpoint(answer)) {
    bodyOrThrow(server, answer);
    return;
  }
  const older = path`/_matrix/federation/v1/send_leave/${roomId}/${eventId}`;
  bodyOrThrow(server, await requestRemote(engine, { ...request, path: older }));
};
