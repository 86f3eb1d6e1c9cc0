/**
 * Invitations by a third-party identifier, once an identity server found out that it belongs to somebody here. It says so
 * once: they are kept until they are made good, or refused, by the room or by the server of whoever invited.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#third-party-invites
 */
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  parseRoomId,
  parseUserId,
  type RoomId,
  type ServerName,
  serverNameOf,
  type UserId,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { bodyOrThrow, path, requestRemote } from '../federation/signed-request.ts';
import type { ServersWork } from '../federation/work-for-servers.ts';
import { invalidParam, MatrixError, unreachable } from '../matrix-error.ts';
import { inviteInTheirName, inviteUser } from '../rooms/invite-user.ts';
import { areWeInRoom } from '../rooms/servers-in-room.ts';
import { boundInvites } from '../store/schema.ts';
import type { RowOf } from '../store/table.ts';
import { proofFor, readSignedByIdentityServer, type SignedByIdentityServer } from './third-party-proof.ts';

/** In one request. */
const MAX_INVITES = 100;
/** That wait at once: anybody may send them. */
const MAX_WAITING = 1_000;
const MAX_WAITING_OF_PERSON = 100;
/** They are tried so long. */
const LIFETIME_MS = 7 * 24 * 3600 * 1000;

type BoundInvite = RowOf<typeof boundInvites>;

/**
 * Keeps what an identity server, or somebody who says to be one, brings; durable when it resolves. Nothing is believed of
 * it until the room's own keys have been compared. Whether somebody exists here is not answered.
 *
 * @throws M_INVALID_PARAM, M_LIMIT_EXCEEDED when too many wait already
 * @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv13pidonbind
 */
export const keepBoundInvites = async (engine: Engine, body: JsonObject): Promise<void> => {
  const { mxid, invites } = body;
  const user = typeof mxid === 'string' ? parseUserId(mxid) : undefined;
  if (user === undefined || !isLocal(engine, user))
    throw invalidParam('"mxid" must be a user of this server.');
  if (!isJsonArray(invites) || invites.length > MAX_INVITES) {
    throw invalidParam(`"invites" must be a list of at most ${MAX_INVITES}.`);
  }
  const received_ts = engine.clock.now();
  const rows = invites.map((invite) => ({ ...readInvite(invite, user), received_ts }));
  if (!(await engine.directory.exists(user))) {
    engine.log.info('invitations of an identity server for nobody here', { invites: rows.length });
    return;
  }
  await engine.store.transact(async (tx) => {
    const all = await tx.count(boundInvites, {});
    const own = await tx.count(boundInvites, { where: { user_id: user } });
    if (all + rows.length > MAX_WAITING || own + rows.length > MAX_WAITING_OF_PERSON) {
      throw new MatrixError('M_LIMIT_EXCEEDED', 'Too many invitations wait to be made good.', {
        retry_after_ms: 60_000,
      });
    }
    for (const row of rows) await tx.put(boundInvites, row);
  });
  engine.boundInvites.wake();
};

const readInvite = (invite: JsonValue, user: UserId) => {
  if (!isJsonObject(invite)) throw invalidParam('Each of "invites" must be an object.');
  const { room_id, sender } = invite;
  const roomId = typeof room_id === 'string' ? parseRoomId(room_id) : undefined;
  const inviter = typeof sender === 'string' ? parseUserId(sender) : undefined;
  if (roomId === undefined) throw invalidParam('Each of "invites" must have a "room_id".');
  if (inviter === undefined) throw invalidParam('Each of "invites" must have a user ID as "sender".');
  const signed = readSignedByIdentityServer(invite['signed']);
  if (signed.mxid !== user) throw invalidParam('What is signed is about somebody else.');
  const { token, json } = signed;
  return { user_id: user, room_id: roomId, token, sender: inviter, signed: JSON.stringify(json) };
};

/** Woken when there are new ones. */
export const exchangingBoundInvites: ServersWork = {
  fault: 'invitations of identity servers were not made good',
  run: async (engine) => {
    const away = new Set<ServerName>();
    const rows = await engine.store.read((reader) => reader.scan(boundInvites, { limit: MAX_WAITING }));
    for (const row of rows) {
      if (engine.signal.aborted) break;
      const server = await makeGood(engine, row, away);
      if (server !== undefined) away.add(server);
    }
    return away;
  },
};

/** Returns the server when it did not answer. A refusal is an answer: the invitation was taken back, or never was. */
const makeGood = async (
  engine: Engine,
  row: BoundInvite,
  away: ReadonlySet<ServerName>,
): Promise<ServerName | undefined> => {
  const invite = storedInvite(row);
  const server = invite && serverNameOf(invite.sender);
  const isOver = engine.clock.now() - row.received_ts > LIFETIME_MS;
  if (invite !== undefined && server !== undefined && !isOver) {
    if (away.has(server)) return server;
    const { room_id, sender } = row;
    try {
      await exchange(engine, invite);
    } catch (error) {
      if (engine.signal.aborted) return undefined;
      if (!(error instanceof MatrixError)) throw error;
      engine.log.info('an invitation of an identity server was not made good', {
        ...{ room_id, sender },
        reason: error.message,
      });
      if (error.errcode === 'CAUSEWAY_UNREACHABLE') return server;
    }
  }
  await engine.store.transact((tx) => tx.delete(boundInvites, row));
  return undefined;
};

type Bound = {
  readonly roomId: RoomId;
  readonly sender: UserId;
  readonly target: UserId;
  readonly signed: SignedByIdentityServer;
};

const storedInvite = (row: BoundInvite): Bound | undefined => {
  const [roomId, sender, target] = [
    parseRoomId(row.room_id),
    parseUserId(row.sender),
    parseUserId(row.user_id),
  ];
  const json = parseJson(row.signed);
  if (roomId === undefined || sender === undefined || target === undefined || !json.ok) return undefined;
  return { roomId, sender, target, signed: readSignedByIdentityServer(json.value) };
};

const exchange = async (engine: Engine, { roomId, sender, target, signed }: Bound): Promise<void> => {
  const offer = { roomId, sender, signed };
  if (isLocal(engine, sender)) {
    const thirdParty = await proofFor(engine, offer, { askIdentityServer: true });
    await inviteUser(engine, { roomId, sender, target, thirdParty });
  } else if (await areWeInRoom(engine, roomId)) {
    const thirdParty = await proofFor(engine, offer, { askIdentityServer: false });
    await inviteInTheirName(engine, { roomId, sender, target, thirdParty });
  } else {
    const destination = serverNameOf(sender);
    const profile = await engine.directory.profile(target);
    const answer = await requestRemote(engine, {
      destination,
      method: 'PUT',
      path: path`/_matrix/federation/v1/exchange_third_party_invite/${roomId}`,
      body: {
        type: 'm.room.member',
        room_id: roomId,
        sender,
        state_key: target,
        content: {
          membership: 'invite',
          third_party_invite: { display_name: profile?.displayname ?? target, signed: signed.json },
        },
      },
    });
    // Not its answer yet: it may itself wait, for example to hear whether the key is valid.
    if (answer.kind === 'refused' && (answer.status >= 500 || answer.status === 429)) {
      throw unreachable(`${destination} can't do it now: ${answer.error}`);
    }
    bodyOrThrow(destination, answer);
  }
};
