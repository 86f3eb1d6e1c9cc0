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
  if (thirdPartyKeysOf(original.content, signed).length > 0) return allow;
  // 5.4.1.8 "Otherwise, reject."
  return reject('the third-party invite is signed by none of its keys');
}

/** A key of an `m.room.third_party_invite`: in Base64, and where to ask whether it is still valid. */
export type ThirdPartyKey = { readonly publicKey: string; readonly validityUrl: string | undefined };

/**
 * The keys of an `m.room.third_party_invite` event, by its `content`, by which `signed` is signed. "The public keys are in
 * content of m.room.third_party_invite as: A single public key in the public_key property. A list of public keys in the
 * public_keys property."
 */
export function thirdPartyKeysOf(content: JsonObject, signed: JsonObject): readonly ThirdPartyKey[] {
  const listed = isJsonArray(content.public_keys) ? content.public_keys : [];
  return [content, ...listed].flatMap((entry) => {
    if (!isJsonObject(entry) || typeof entry.public_key !== 'string') return [];
    const { public_key: publicKey, key_validity_url: url } = entry;
    const key = importVerifyKey(publicKey);
    if (key === undefined || !isSignedBy(signed, key)) return [];
    return [{ publicKey, validityUrl: typeof url === 'string' ? url : undefined }];
  });
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
