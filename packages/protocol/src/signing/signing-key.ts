import type { KeyId } from '../identifiers/identifiers.ts';

export type SigningKey = {
  readonly keyId: KeyId;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  /** The public key as unpadded Base64. */
  readonly publicKey: string;
};

/** Makes a signing key from 32 random bytes; `version` is what follows `ed25519:` in its key ID. */
export function signingKeyFromSeed(seed: Uint8Array, version: string): SigningKey {
  throw new Error(`not yet ${seed.length} ${version}`);
}
