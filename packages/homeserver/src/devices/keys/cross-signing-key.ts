/** @see https://spec.matrix.org/v1.19/client-server-api/#cross-signing */
import {
  importVerifyKey,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@causeway/protocol';
import { faultOfSize, faulty, isSignatures, isStrings, type ReadKey } from './signed-key.ts';

/** What a cross-signing key is for. */
export type KeyUsage = 'master' | 'self_signing' | 'user_signing';

/** `publicKey` in Base64, `keyId` as in `ed25519:…`. */
export type CrossSigningKey = {
  readonly json: JsonObject;
  readonly publicKey: string;
  readonly keyId: string;
};

/** Checks that it is of this person, for this use, and one usable key. What else it holds stays. */
export const readCrossSigningKey = (
  value: JsonValue | undefined,
  { userId, usage }: { readonly userId: string; readonly usage: KeyUsage },
): ReadKey<CrossSigningKey> => {
  if (!isJsonObject(value)) return faulty('must be an object');
  const { unsigned: _unsigned, ...json } = value;
  if (json['user_id'] !== userId) return faulty(`must have the "user_id" ${userId}`);
  const uses = json['usage'];
  if (!isJsonArray(uses) || !uses.includes(usage) || uses.some((use) => typeof use !== 'string')) {
    return faulty(`must have the "usage" ${usage}`);
  }
  if (!isStrings(json['keys'])) return faulty('must have "keys", strings by their names');
  const [entry, ...more] = Object.entries(json['keys']);
  if (entry === undefined || more.length > 0) return faulty('must have exactly one key');
  const [keyId, publicKey] = entry;
  if (keyId !== `ed25519:${publicKey}` || importVerifyKey(publicKey) === undefined) {
    return faulty('must have a usable Ed25519 key that is named after itself');
  }
  if (json['signatures'] !== undefined && !isSignatures(json['signatures'])) {
    return faulty('must have "signatures" by user and key');
  }
  const fault = faultOfSize(json);
  return fault === undefined ? { ok: true, key: { json, publicKey, keyId } } : faulty(fault);
};
