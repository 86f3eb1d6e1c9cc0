/**
 * Checking the signatures of received events.
 *
 * The caller asks {@link signaturesToVerify} what to look up, fetches the keys, and then asks
 * {@link verifyEventSignatures}.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#validating-hashes-and-signatures-on-received-events
 */
import { signedJson } from '../events/event-hashes.ts';
import type { Pdu } from '../events/pdu.ts';
import {
  type KeyId,
  parseKeyId,
  parseUserId,
  type ServerName,
  serverNameOf,
} from '../identifiers/identifiers.ts';
import { isJsonObject, ownProperty } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { VerifyKey } from './ed25519.ts';
import { signatureIn } from './sign-json.ts';

export type SignaturesToVerify = { readonly server: ServerName; readonly keyIds: readonly KeyId[] };

/**
 * Gives the key of a server, or undefined when it is not known or not valid at the event's time (the
 * caller decides that by `rules.enforceKeyValidity` and the event's `origin_server_ts`).
 */
export type KeyFor = (server: ServerName, keyId: KeyId) => VerifyKey | undefined;

export type SignatureVerdict =
  | { readonly ok: true }
  /** `unknownKeysOf`: this server signed, but none of the keys that it names is known. */
  | { readonly ok: false; readonly reason: string; readonly unknownKeysOf?: ServerName };

/** Signed with by policy servers; they do not publish it, and it is checked elsewhere. */
const POLICY_SERVER_KEY = 'ed25519:policy_server';

/**
 * The servers whose signature the event needs: that of the sender, except for an invite that follows from a
 * third-party invite, and that of the user who authorised a restricted join. Where the author chooses the event's ID,
 * also that of the server that the ID names, so that nobody takes IDs that are another's.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v3/#authorisation-rules
 */
export function requiredSigners(rules: RoomVersionRules, pdu: Pdu): readonly ServerName[] {
  const signers = new Set<ServerName>();
  if (!isThirdPartyInvite(pdu)) signers.add(serverNameOf(pdu.sender));
  if (rules.eventIdFormat === 'sender-chosen') {
    const named = pdu.event_id === undefined ? undefined : serverNameOf(pdu.event_id);
    if (named !== undefined) signers.add(named);
  }
  const authoriser = pdu.content.join_authorised_via_users_server;
  if (rules.restrictedJoins && pdu.type === 'm.room.member' && typeof authoriser === 'string') {
    const userId = parseUserId(authoriser);
    if (userId !== undefined) signers.add(serverNameOf(userId));
  }
  return [...signers];
}

/** The keys to look up: for every required signer, the Ed25519 keys that it claims to have signed with. */
export function signaturesToVerify(rules: RoomVersionRules, pdu: Pdu): readonly SignaturesToVerify[] {
  return requiredSigners(rules, pdu).map((server) => ({ server, keyIds: claimedKeys(pdu, server) }));
}

/**
 * Checks the signatures of all required signers: each of them must have signed with at least one known key, and
 * no signature by a known key may be wrong. Unknown keys are ignored.
 *
 * `json` is the `signedJson` of `identifyEvent`; giving it saves canonicalising the event again.
 */
export function verifyEventSignatures(
  rules: RoomVersionRules,
  pdu: Pdu,
  keyFor: KeyFor,
  json: string = signedJson(rules, pdu),
): SignatureVerdict {
  const message = Buffer.from(json, 'utf8');
  for (const { server, keyIds } of signaturesToVerify(rules, pdu)) {
    let valid = 0;
    for (const keyId of keyIds) {
      const key = keyFor(server, keyId);
      if (key === undefined) continue;
      const signature = signatureIn(pdu.signatures, server, keyId);
      if (signature === undefined || !key.verify(message, signature)) {
        return { ok: false, reason: `the signature of ${server} by ${keyId} is wrong` };
      }
      valid++;
    }
    if (valid === 0) {
      const reason = `no signature of ${server} by a known key`;
      return keyIds.length === 0 ? { ok: false, reason } : { ok: false, reason, unknownKeysOf: server };
    }
  }
  return { ok: true };
}

function isThirdPartyInvite(pdu: Pdu): boolean {
  const { membership, third_party_invite: invite } = pdu.content;
  return pdu.type === 'm.room.member' && membership === 'invite' && invite !== undefined;
}

function claimedKeys(pdu: Pdu, server: ServerName): readonly KeyId[] {
  const ofServer = ownProperty(pdu.signatures, server);
  if (!isJsonObject(ofServer)) return [];
  return Object.keys(ofServer)
    .filter((keyId) => keyId.startsWith('ed25519:') && keyId !== POLICY_SERVER_KEY)
    .map(parseKeyId)
    .filter((keyId) => keyId !== undefined);
}
