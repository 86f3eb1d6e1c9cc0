/**
 * The server of somebody whom one of ours invited by a third-party identifier shows who that is, and gets the invitation
 * for them.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1exchange_third_party_inviteroomid
 */
import {
  isJsonObject,
  type JsonObject,
  parseUserId,
  type RoomId,
  type ServerName,
  serverNameOf,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { roomForServer } from '../federation/serving/room-for-server.ts';
import { forbidden, invalidParam } from '../matrix-error.ts';
import { inviteUser } from '../rooms/invite-user.ts';
import { proofFor, readSignedByIdentityServer } from './third-party-proof.ts';

/** `body`: a membership event in part, as its server sent it. */
export type ExchangeThirdPartyInvite = {
  readonly origin: ServerName;
  readonly roomId: string;
  readonly body: JsonObject;
};

/**
 * Resolves when the invitation is in the room.
 *
 * @throws M_INVALID_PARAM, M_NOT_FOUND, M_FORBIDDEN, CAUSEWAY_UNREACHABLE, and what an invitation may be refused with
 */
export const exchangeThirdPartyInvite = async (
  engine: Engine,
  { origin, roomId, body }: ExchangeThirdPartyInvite,
): Promise<void> => {
  const room = await engine.store.read((reader) => roomForServer(engine, reader, roomId, origin));
  const { content } = body;
  const invite = isJsonObject(content) ? content['third_party_invite'] : undefined;
  if (
    body['type'] !== 'm.room.member' ||
    !isJsonObject(content) ||
    content['membership'] !== 'invite' ||
    !isJsonObject(invite)
  ) {
    throw invalidParam('This is not an invitation by a third-party identifier.');
  }
  if (body['room_id'] !== roomId) throw invalidParam('The invitation is for another room than the request.');
  const sender = userIn(body, 'sender');
  const target = userIn(body, 'state_key');
  const signed = readSignedByIdentityServer(invite['signed']);
  if (signed.mxid !== target) throw invalidParam('What is signed is about somebody else.');
  if (serverNameOf(target) !== origin) throw forbidden('A server shows this for its own people only.');
  if (!isLocal(engine, sender) || !(await engine.directory.exists(sender))) {
    throw forbidden(`${sender} is nobody of ${engine.serverName}.`);
  }
  const offer = { roomId, sender, signed };
  const thirdParty = await proofFor(engine, offer, { askIdentityServer: true });
  await inviteUser(engine, { roomId: room.room_id as RoomId, sender, target, thirdParty });
};

const userIn = (body: JsonObject, field: 'sender' | 'state_key') => {
  const value = body[field];
  const userId = typeof value === 'string' ? parseUserId(value) : undefined;
  if (userId === undefined) throw invalidParam(`"${field}" must be a user ID.`);
  return userId;
};
