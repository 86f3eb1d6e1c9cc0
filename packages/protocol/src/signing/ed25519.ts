/** An Ed25519 public key, checked and ready to verify with; made by {@link importVerifyKey}. */
export type VerifyKey = {
  /** The 32 bytes of the key. */
  readonly bytes: Uint8Array;
  /** The key as unpadded Base64. */
  readonly base64: string;
  readonly verify: (message: Uint8Array, signature: Uint8Array) => boolean;
};

/** Imports a public key from Base64; undefined when it is not 32 bytes or has a small order. */
export function importVerifyKey(base64: string): VerifyKey | undefined {
  throw new Error(`not yet ${base64}`);
}

/** Verifies a signature; keys and R of small order never verify. */
export function verifyEd25519(
  publicKey: Uint8Array | VerifyKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  throw new Error(`not yet ${typeof publicKey} ${message.length} ${signature.length}`);
}
