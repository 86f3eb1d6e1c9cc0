import { type KeyId, parseKeyId } from '../identifiers/identifiers.ts';
import { encodeBase64 } from '../json/base64.ts';
import { defaultBackend } from './ed25519-backend.ts';

/** A key of ours to sign with. */
export type SigningKey = {
  readonly keyId: KeyId;
  /** The 64 bytes of an Ed25519 signature. */
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  /** The public key as unpadded Base64. */
  readonly publicKey: string;
};

const SEED_BYTES = 32;

/**
 * Makes a signing key from 32 random bytes; `version` is what follows `ed25519:` in its key ID, of the characters
 * `a-z`, `A-Z`, `0-9` and `_`. Throws when either is not as described.
 */
export function signingKeyFromSeed(seed: Uint8Array, version: string, backend = defaultBackend): SigningKey {
  const keyId = parseKeyId(`ed25519:${version}`);
  if (keyId === undefined || !/^[a-zA-Z0-9_]+$/.test(version))
    throw new TypeError(`not a key version: ${version}`);
  if (seed.length !== SEED_BYTES) throw new TypeError(`a seed has ${SEED_BYTES} bytes, not ${seed.length}`);
  const { publicKey, sign } = backend.signer(seed);
  return { keyId, sign, publicKey: encodeBase64(publicKey) };
}
