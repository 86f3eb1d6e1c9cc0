/** Keys of people and their devices as clients that encrypt make them, with real signatures. */
import { randomBytes } from 'node:crypto';
import {
  canonicalJsonBytes,
  encodeBase64,
  isJsonObject,
  type JsonObject,
  signingKeyFromSeed,
} from '@causeway/protocol';

/** Somebody's device. */
type Whose = { readonly userId: string; readonly deviceId: string };

/** A key pair, named as its owner names it. */
export type Signer = {
  readonly userId: string;
  /** `ed25519:PHONE`, or `ed25519:` and the public key. */
  readonly keyId: string;
  readonly publicKey: string;
  /** The object with a signature by this key besides those that it has. */
  sign(object: JsonObject): JsonObject;
};

const signerOf = (userId: string, name?: string): Signer => {
  const { sign, publicKey } = signingKeyFromSeed(randomBytes(32), 'test');
  const keyId = `ed25519:${name ?? publicKey}`;
  return {
    userId,
    keyId,
    publicKey,
    sign(object) {
      const { signatures, unsigned: _unsigned, ...signed } = object;
      const all = isJsonObject(signatures) ? signatures : {};
      const own = isJsonObject(all[userId]) ? all[userId] : {};
      const signature = encodeBase64(sign(canonicalJsonBytes(signed)));
      return { ...object, signatures: { ...all, [userId]: { ...own, [keyId]: signature } } };
    },
  };
};

/** A device with its identity keys, `device_keys` as it uploads them. */
export type EncryptingDevice = {
  readonly signer: Signer;
  readonly deviceKeys: JsonObject;
  /** So many new one-time keys, by name. */
  oneTimeKeys(count: number): JsonObject;
  /** A new fallback key, by its name. */
  fallbackKey(): JsonObject;
};

const KEY_BYTES = 32;

export const newDevice = ({ userId, deviceId }: Whose): EncryptingDevice => {
  const signer = signerOf(userId, deviceId);
  let made = 0;
  const curve = () => encodeBase64(randomBytes(KEY_BYTES));
  const named = (key: JsonObject) => [`signed_curve25519:AAAA${++made}`, signer.sign(key)] as const;
  return {
    signer,
    deviceKeys: signer.sign({
      user_id: userId,
      device_id: deviceId,
      algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
      keys: { [`curve25519:${deviceId}`]: curve(), [signer.keyId]: signer.publicKey },
    }),
    oneTimeKeys: (count) => Object.fromEntries(Array.from({ length: count }, () => named({ key: curve() }))),
    fallbackKey: () => Object.fromEntries([named({ key: curve(), fallback: true })]),
  };
};

/** A person's three key pairs, and the keys as they upload them. */
export type CrossSigner = {
  readonly master: Signer;
  readonly selfSigning: Signer;
  readonly userSigning: Signer;
  readonly upload: {
    readonly master_key: JsonObject;
    readonly self_signing_key: JsonObject;
    readonly user_signing_key: JsonObject;
  };
};

/** Signed by `master`, or by another one of this person. */
export const newCrossSigner = (userId: string, by?: Signer): CrossSigner => {
  const [master, selfSigning, userSigning] = [by ?? signerOf(userId), signerOf(userId), signerOf(userId)];
  const plain = (usage: string, { keyId, publicKey }: Signer) => ({
    user_id: userId,
    usage: [usage],
    keys: { [keyId]: publicKey },
  });
  return {
    master,
    selfSigning,
    userSigning,
    upload: {
      master_key: plain('master', master),
      self_signing_key: master.sign(plain('self_signing', selfSigning)),
      user_signing_key: master.sign(plain('user_signing', userSigning)),
    },
  };
};
