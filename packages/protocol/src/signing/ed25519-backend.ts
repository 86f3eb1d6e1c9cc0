/**
 * Where Ed25519 is computed: libsodium where it loads, else the cryptography of Node.
 *
 * A backend need not reject keys or signatures of small order; that is done for all of them in `ed25519.ts`.
 */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { createRequire } from 'node:module';

export type Ed25519Backend = {
  readonly name: 'libsodium' | 'node';
  /** Prepares a public key of 32 bytes. */
  readonly verifier: (publicKey: Uint8Array) => (message: Uint8Array, signature: Uint8Array) => boolean;
  /** Prepares a secret seed of 32 bytes. */
  readonly signer: (seed: Uint8Array) => {
    readonly publicKey: Uint8Array;
    readonly sign: (message: Uint8Array) => Uint8Array;
  };
};

/** What stands before the 32 bytes of a seed in PKCS #8 (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export const nodeBackend: Ed25519Backend = {
  name: 'node',
  verifier(publicKey) {
    const x = Buffer.from(publicKey).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return (message, signature) => verify(null, message, key, signature);
  },
  signer(seed) {
    const der = Buffer.concat([PKCS8_PREFIX, seed]);
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const { x } = createPublicKey(key).export({ format: 'jwk' });
    return {
      publicKey: Buffer.from(x ?? '', 'base64url'),
      sign: (message) => sign(null, message, key),
    };
  },
};

/** Undefined where the native library cannot be loaded. */
export const sodiumBackend: Ed25519Backend | undefined = loadSodium();

export const defaultBackend: Ed25519Backend = sodiumBackend ?? nodeBackend;

/** The functions of `sodium-native` that are used here. */
type Sodium = {
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
};

function loadSodium(): Ed25519Backend | undefined {
  let sodium: unknown;
  try {
    sodium = createRequire(import.meta.url)('sodium-native');
  } catch {
    // An optional dependency: not installed, or not built for this platform.
    return undefined;
  }
  return isSodium(sodium) ? makeSodiumBackend(sodium) : undefined;
}

function isSodium(module: unknown): module is Sodium {
  if (typeof module !== 'object' || module === null) return false;
  const functions = ['crypto_sign_verify_detached', 'crypto_sign_detached', 'crypto_sign_seed_keypair'];
  return functions.every((name) => typeof Reflect.get(module, name) === 'function');
}

function makeSodiumBackend(sodium: Sodium): Ed25519Backend {
  return {
    name: 'libsodium',
    verifier(publicKey) {
      const key = Buffer.from(publicKey);
      return (message, signature) => sodium.crypto_sign_verify_detached(signature, message, key);
    },
    signer(seed) {
      const publicKey = Buffer.alloc(32);
      const secretKey = Buffer.alloc(64);
      sodium.crypto_sign_seed_keypair(publicKey, secretKey, Buffer.from(seed));
      return {
        publicKey,
        sign(message) {
          const signature = Buffer.alloc(64);
          sodium.crypto_sign_detached(signature, message, secretKey);
          return signature;
        },
      };
    },
  };
}
