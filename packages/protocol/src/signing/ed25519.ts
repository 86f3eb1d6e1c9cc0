/**
 * Ed25519 verification, stricter than the libraries below it.
 *
 * A public key of small order verifies signatures that nobody made, and several releases of common libraries
 * accept one, or a signature whose R has small order. Both are refused here, before any library is asked, and so
 * are public keys that are not encoded canonically, so that every backend gives the same verdict.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8032#section-5.1
 */
import { decodeBase64, encodeBase64 } from '../json/base64.ts';
import { defaultBackend, type Ed25519Backend } from './ed25519-backend.ts';

/** A public key, checked and ready to verify with; made by {@link importVerifyKey}. */
export type VerifyKey = {
  /** The 32 bytes of the key. */
  readonly bytes: Uint8Array;
  /** The key as unpadded Base64. */
  readonly base64: string;
  readonly verify: (message: Uint8Array, signature: Uint8Array) => boolean;
};

const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Imports a public key from Base64; undefined when it is not 32 bytes, not canonical, or of small order. */
export function importVerifyKey(base64: string, backend = defaultBackend): VerifyKey | undefined {
  const bytes = decodeBase64(base64);
  return bytes === undefined ? undefined : importVerifyKeyBytes(bytes, backend);
}

/** Verifies a signature; keys and R of small order never verify. */
export function verifyEd25519(
  publicKey: Uint8Array | VerifyKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = publicKey instanceof Uint8Array ? importVerifyKeyBytes(publicKey, defaultBackend) : publicKey;
  return key?.verify(message, signature) ?? false;
}

function importVerifyKeyBytes(bytes: Uint8Array, backend: Ed25519Backend): VerifyKey | undefined {
  if (bytes.length !== PUBLIC_KEY_BYTES || hasSmallOrder(bytes) || !isCanonicalPoint(bytes)) return undefined;
  const verifyWithBackend = backend.verifier(bytes);
  return {
    bytes,
    base64: encodeBase64(bytes),
    verify: (message, signature) =>
      signature.length === SIGNATURE_BYTES &&
      !hasSmallOrder(signature) &&
      verifyWithBackend(message, signature),
  };
}

/**
 * The y coordinates of the points whose order divides 8, little-endian, and the two of them that have a second
 * encoding (p and p + 1 for 0 and 1). The sign bit of x does not matter.
 */
const smallOrderPoints: readonly Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => Buffer.from(hex, 'hex'));

/** Whether the first 32 bytes, a public key or the R of a signature, are a point of small order. */
function hasSmallOrder(bytes: Uint8Array): boolean {
  return smallOrderPoints.some((point) => isSamePoint(point, bytes));
}

function isSamePoint(point: Uint8Array, bytes: Uint8Array): boolean {
  for (let i = 0; i < PUBLIC_KEY_BYTES - 1; i++) if (point[i] !== bytes[i]) return false;
  return point[PUBLIC_KEY_BYTES - 1] === ((bytes[PUBLIC_KEY_BYTES - 1] ?? 0) & 0x7f);
}

/** Whether y is below the prime 2^255 - 19. */
function isCanonicalPoint(bytes: Uint8Array): boolean {
  if (((bytes[PUBLIC_KEY_BYTES - 1] ?? 0) & 0x7f) !== 0x7f) return true;
  for (let i = 1; i < PUBLIC_KEY_BYTES - 1; i++) if (bytes[i] !== 0xff) return true;
  return (bytes[0] ?? 0) < 0xed;
}
