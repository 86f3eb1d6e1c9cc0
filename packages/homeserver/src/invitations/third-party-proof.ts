/** What an identity server signed: that somebody is whom an `m.room.third_party_invite` was for. */
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  parseUserId,
  thirdPartyKeysOf,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden, invalidParam, unreachable } from '../matrix-error.ts';
import { roomById, stateEvent } from '../rooms/current-state.ts';
import type { ThirdPartyProof } from '../rooms/invite-user.ts';
import { noSuchRoom } from '../refusals.ts';

export type SignedByIdentityServer = {
  readonly mxid: UserId;
  readonly token: string;
  /** All of it, as it was signed. */
  readonly json: JsonObject;
};

/** It becomes part of an event, beside much else. */
const MAX_BYTES = 8_192;
/** What a key's address answers is `{"valid": true}`. */
const MAX_ANSWER_BYTES = 4_096;
const VALIDITY_TIMEOUT_MS = 10_000;

/** @throws M_INVALID_PARAM */
export const readSignedByIdentityServer = (value: JsonValue | undefined): SignedByIdentityServer => {
  if (!isJsonObject(value)) throw invalidParam('"signed" must be an object.');
  const { mxid, token, signatures } = value;
  const userId = typeof mxid === 'string' ? parseUserId(mxid) : undefined;
  if (userId === undefined) throw invalidParam('"signed" must have a user ID as "mxid".');
  if (typeof token !== 'string' || token === '') throw invalidParam('"signed" must have a "token".');
  if (!isJsonObject(signatures)) throw invalidParam('"signed" must have "signatures".');
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_BYTES) {
    throw invalidParam(`"signed" has more than ${MAX_BYTES} bytes.`);
  }
  return { mxid: userId, token, json: value };
};

/** Which invitation of the room is meant, by whom. */
export type Offer = {
  readonly roomId: string;
  readonly sender: UserId;
  readonly signed: SignedByIdentityServer;
};

/**
 * The proof as it stands in the membership, when the room has the invitation that it is for and a key of that signed it.
 *
 * `askIdentityServer`: "H1 MUST verify the request from H3 to ensure the `signed` property is correct as well as the
 * `key_validity_url` as still being valid"; no other server may.
 *
 * @throws M_NOT_FOUND, M_FORBIDDEN, and CAUSEWAY_UNREACHABLE when it can't be asked whether the key is still valid
 * @see https://spec.matrix.org/v1.19/client-server-api/#third-party-invites
 */
export const proofFor = async (
  engine: Engine,
  { roomId, sender, signed }: Offer,
  { askIdentityServer }: { readonly askIdentityServer: boolean },
): Promise<ThirdPartyProof> => {
  const offer = await engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw noSuchRoom(roomId);
    return stateEvent(engine, reader, room, 'm.room.third_party_invite', signed.token);
  });
  if (offer === undefined || offer.pdu.sender !== sender) {
    throw forbidden('There is no such invitation in this room.');
  }
  const { content } = offer.pdu;
  const keys = thirdPartyKeysOf(content, signed.json);
  if (keys.length === 0) throw forbidden('None of the keys of the invitation has signed this.');
  if (askIdentityServer) {
    const judged = await Promise.all(
      keys.map(({ publicKey, validityUrl }) => isStillValid(engine, publicKey, validityUrl)),
    );
    if (!judged.includes(true)) throw forbidden('The key that signed this is not valid any more.');
  }
  const { display_name: displayName } = content;
  return { displayName: typeof displayName === 'string' ? displayName : '', signed: signed.json };
};

/** "If this URL is absent, the key must be considered valid indefinitely." */
const isStillValid = async (engine: Engine, publicKey: string, address: string | undefined) => {
  if (address === undefined) return true;
  const url = URL.parse(address);
  if (url?.protocol !== 'https:') return false;
  url.searchParams.set('public_key', publicKey);
  const response = await engine.transport.streamUrl({
    url: url.href,
    timeoutMs: VALIDITY_TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
    signal: engine.signal,
  });
  const why = `It can not be asked whether the key of the invitation is still valid.`;
  if (response.kind === 'failed') throw unreachable(`${why} ${response.reason}`);
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of response.body) pieces.push(piece);
  } catch {
    throw unreachable(why);
  }
  const answer = parseJson(Buffer.concat(pieces).toString());
  return response.status === 200 && answer.ok && isJsonObject(answer.value) && answer.value['valid'] === true;
};
