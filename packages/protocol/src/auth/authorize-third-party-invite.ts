import { isJsonArray, isJsonObject, type JsonObject } from '../json/json-value.ts';
import { importVerifyKey, type VerifyKey } from '../signing/ed25519.ts';
import { verifyJson } from '../signing/sign-json.ts';
import { type AuthVerdict, allow, reject } from './auth-verdict.ts';
import type { AuthSubjects } from './auth-subjects.ts';

/**
 * Rules 5.4.1.2 to 5.4.1.8: an invite that follows from a third-party invite.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#third-party-invites
 */
export function authorizeThirdPartyInvite(subjects: AuthSubjects, target: string): AuthVerdict {
  const { pdu, state } = subjects;
  const invite = pdu.content.third_party_invite;
  const signed = isJsonObject(invite) ? invite.signed : undefined;
  // 5.4.1.2 "If content.third_party_invite does not have a signed property, reject."
  if (!isJsonObject(signed)) return reject('the third-party invite is not signed');
  // 5.4.1.3 "If signed does not have mxid and token properties, reject."
  const { mxid, token } = signed;
  if (typeof mxid !== 'string' || typeof token !== 'string') return reject('signed has no mxid or no token');
  // 5.4.1.4 "If mxid does not match state_key, reject."
  if (mxid !== target) return reject('the third-party invite is for somebody else');
  // 5.4.1.5 "If there is no m.room.third_party_invite event in the current room state with state_key matching
  // token, reject."
  const original = state('m.room.third_party_invite', token);
  if (original === undefined) return reject('no such third-party invite');
  // 5.4.1.6 "If sender does not match sender of the m.room.third_party_invite, reject."
  if (pdu.sender !== original.sender) return reject('the third-party invite is from somebody else');
  // 5.4.1.7 "If any signature in signed matches any public key in the m.room.third_party_invite event, allow."
  if (publicKeysOf(original.content).some((key) => isSignedBy(signed, key))) return allow;
  // 5.4.1.8 "Otherwise, reject."
  return reject('the third-party invite is signed by none of its keys');
}

/**
 * "The public keys are in content of m.room.third_party_invite as: A single public key in the public_key
 * property. A list of public keys in the public_keys property."
 */
function publicKeysOf(content: JsonObject): readonly VerifyKey[] {
  const listed = isJsonArray(content.public_keys) ? content.public_keys : [];
  const keys = [
    content.public_key,
    ...listed.map((entry) => (isJsonObject(entry) ? entry.public_key : undefined)),
  ];
  return keys
    .map((key) => (typeof key === 'string' ? importVerifyKey(key) : undefined))
    .filter((key) => key !== undefined);
}

function isSignedBy(signed: JsonObject, key: VerifyKey): boolean {
  const { signatures } = signed;
  if (!isJsonObject(signatures)) return false;
  return Object.entries(signatures).some(
    ([entity, byKey]) =>
      isJsonObject(byKey) &&
      Object.keys(byKey).some(
        (keyId) => keyId.startsWith('ed25519:') && verifyJson(signed, entity, keyId, key),
      ),
  );
}
