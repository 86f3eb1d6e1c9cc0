/** What device keys, cross-signing keys and signed one-time keys have in common: signatures by people's keys. */
import {
  canonicalJson,
  findJsonFault,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ownProperty,
} from '@causeway/protocol';

/** Largest of one key in bytes, its signatures included: an EDU that tells of it stays below what servers take. */
const MAX_KEY_BYTES = 32 * 1024;

/** A key that was read, or what is wrong with it, for the person who sent it. */
export type ReadKey<K> =
  | { readonly ok: true; readonly key: K }
  | { readonly ok: false; readonly fault: string };

export const faulty = (fault: string) => ({ ok: false, fault }) as const;

/** Signatures by user and key ID, as in `{"@ada:north.test": {"ed25519:PHONE": "…"}}`. */
export const isSignatures = (value: JsonValue | undefined): value is JsonObject =>
  isJsonObject(value) && Object.values(value).every(isStrings);

/** An object whose values are all strings. */
export const isStrings = (value: JsonValue | undefined): value is { readonly [name: string]: string } =>
  isJsonObject(value) && Object.values(value).every((entry) => typeof entry === 'string');

/** Whether what was received can be stored, and served again. */
export const faultOfSize = (value: JsonObject): string | undefined => {
  if (findJsonFault(value) !== undefined) return 'is not canonical JSON';
  if (Buffer.byteLength(canonicalJson(value)) > MAX_KEY_BYTES) return `has more than ${MAX_KEY_BYTES} bytes`;
  return undefined;
};

/** What a signature of it is over. @see https://spec.matrix.org/v1.19/appendices/#signing-json */
export const signedPart = ({ signatures: _signatures, unsigned: _unsigned, ...signed }: JsonObject) =>
  canonicalJson(signed);

/** Of one person, by key ID. */
export const signaturesBy = (
  { signatures }: JsonObject,
  userId: string,
): { readonly [keyId: string]: string } => {
  const own = isJsonObject(signatures) ? ownProperty(signatures, userId) : undefined;
  return isStrings(own) ? own : {};
};

/** The key with these signatures of one person besides those that it has. */
export const withSignatures = (
  key: JsonObject,
  userId: string,
  added: { readonly [keyId: string]: string },
): JsonObject => {
  if (Object.keys(added).length === 0) return key;
  const known = isJsonObject(key['signatures']) ? key['signatures'] : {};
  return { ...key, signatures: { ...known, [userId]: { ...signaturesBy(key, userId), ...added } } };
};

/** The same key with the signatures of both; of two by one key the newer one. */
export const withSignaturesOf = (key: JsonObject, older: JsonObject): JsonObject => {
  let both = key;
  const signers = isJsonObject(older['signatures']) ? Object.keys(older['signatures']) : [];
  for (const signer of signers) {
    both = withSignatures(both, signer, { ...signaturesBy(older, signer), ...signaturesBy(key, signer) });
  }
  return both;
};
