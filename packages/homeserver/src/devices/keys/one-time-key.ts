/** @see https://spec.matrix.org/v1.19/client-server-api/#one-time-and-fallback-keys */
import { isJsonObject, type JsonValue } from '@causeway/protocol';
import { faultOfSize, faulty, isSignatures, type ReadKey } from './signed-key.ts';

/** A key that is claimed, as others get it. `name` is `signed_curve25519:AAAAHg`. */
export type OneTimeKey = {
  readonly name: string;
  readonly algorithm: string;
  readonly keyId: string;
  /** A string, or an object with `key` and `signatures`. */
  readonly value: JsonValue;
};

/** Algorithm and ID, each. */
const MAX_NAME_BYTES = 255;

/** Checks name and shape. What else a signed key holds stays. */
export const readOneTimeKey = (name: string, value: JsonValue): ReadKey<OneTimeKey> => {
  const colon = name.indexOf(':');
  const [algorithm, keyId] = [name.slice(0, colon), name.slice(colon + 1)];
  if (colon < 1 || keyId === '') return faulty('must be named by its algorithm and its ID');
  if (Buffer.byteLength(name) > MAX_NAME_BYTES || name.includes('\0')) {
    return faulty(`must have a name of at most ${MAX_NAME_BYTES} bytes`);
  }
  const read = { ok: true, key: { name, algorithm, keyId, value } } as const;
  if (typeof value === 'string' && !algorithm.startsWith('signed_')) {
    const fault = faultOfSize({ [name]: value });
    return fault === undefined ? read : faulty(fault);
  }
  if (!isJsonObject(value) || typeof value['key'] !== 'string' || !isSignatures(value['signatures'])) {
    return faulty('must be an object with "key" and "signatures"');
  }
  const fault = faultOfSize({ [name]: value });
  return fault === undefined ? read : faulty(fault);
};
