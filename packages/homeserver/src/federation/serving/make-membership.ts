/** make_join and make_leave: the draft of an event that another server's user will sign. */
import {
  type JsonObject,
  parseUserId,
  type RoomId,
  type ServerName,
  serverNameOf,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { forbidden, invalidParam, MatrixError } from '../../matrix-error.ts';
import { authorizeAgainst } from '../../rooms/authorize-event.ts';
import { draftEvent } from '../../rooms/create-event.ts';
import { isUnresolved, transactResolving } from '../../rooms/resolutions.ts';
import { restrictedJoin } from '../../rooms/join-room.ts';
import type { RoomRow } from '../../store/schema.ts';
import { requireMembersHere, roomForServer } from './room-for-server.ts';

/** Another server asks for the draft of a membership event of its user. */
export type MakeMembership = {
  readonly origin: ServerName;
  readonly roomId: string;
  readonly userId: string;
};

/**
 * The draft and the room version to sign it by.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_joinroomiduserid
 */
export type MadeEvent = { readonly room_version: string; readonly event: JsonObject };

/**
 * Refuses with M_INCOMPATIBLE_ROOM_VERSION, M_FORBIDDEN, M_UNABLE_TO_GRANT_JOIN.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_joinroomiduserid
 */
export const makeJoin = async (
  engine: Engine,
  input: MakeMembership & { readonly versions: readonly string[] },
): Promise<MadeEvent> => {
  const userId = userOfOrigin(input);
  const roomId = input.roomId as RoomId;
  const { room, authorised } = await engine.store.read(async (reader) => {
    const room = await roomForServer(engine, reader, roomId, input.origin);
    refuseVersion(room, input.versions);
    await requireMembersHere(engine, reader, room, 'entry');
    return { room, authorised: await restrictedJoin(engine, reader, roomId, userId) };
  });
  if (authorised === 'ask-others') {
    throw new MatrixError(
      'M_UNABLE_TO_GRANT_JOIN',
      'Nobody of this server may let you in; ask another server.',
    );
  }
  return draft(engine, room.room_id as RoomId, userId, { membership: 'join', ...authorised });
};

/**
 * Refuses with M_INCOMPATIBLE_ROOM_VERSION and M_FORBIDDEN.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_knockroomiduserid
 */
export const makeKnock = async (
  engine: Engine,
  input: MakeMembership & { readonly versions: readonly string[] },
): Promise<MadeEvent> => {
  const userId = userOfOrigin(input);
  await engine.store.read(async (reader) => {
    const room = await roomForServer(engine, reader, input.roomId, input.origin);
    refuseVersion(room, input.versions);
    await requireMembersHere(engine, reader, room);
  });
  return draft(engine, input.roomId as RoomId, userId, { membership: 'knock' });
};

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_leaveroomiduserid */
export const makeLeave = async (engine: Engine, input: MakeMembership): Promise<MadeEvent> => {
  const userId = userOfOrigin(input);
  await engine.store.read((reader) => roomForServer(engine, reader, input.roomId, input.origin));
  return draft(engine, input.roomId as RoomId, userId, { membership: 'leave' });
};

const refuseVersion = ({ room_version }: RoomRow, supported: readonly string[]): void => {
  if (supported.includes(room_version)) return;
  throw new MatrixError(
    'M_INCOMPATIBLE_ROOM_VERSION',
    `This room has version ${room_version}, which your server does not support.`,
    { room_version },
  );
};

const userOfOrigin = ({ userId, origin }: MakeMembership): UserId => {
  const parsed = parseUserId(userId);
  if (parsed === undefined) throw invalidParam(`${userId} is not a user ID.`);
  if (serverNameOf(parsed) !== origin) throw forbidden('A server can only ask for its own users.');
  return parsed;
};

const draft = (engine: Engine, roomId: RoomId, userId: UserId, content: JsonObject): Promise<MadeEvent> =>
  transactResolving(engine, async (tx) => {
    const room = await roomForServer(engine, tx, roomId, serverNameOf(userId));
    const drafted = await draftEvent(engine, tx, room, {
      sender: userId,
      type: 'm.room.member',
      stateKey: userId,
      content,
    });
    if (isUnresolved(drafted)) return drafted;
    const { draft, stateBefore } = drafted;
    const verdict = await authorizeAgainst(engine, tx, room, draft, stateBefore);
    if (!verdict.allowed) throw forbidden(verdict.reason);
    return { room_version: room.room_version, event: { ...draft, origin: engine.serverName } };
  });
