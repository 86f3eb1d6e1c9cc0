/** Identity keys of a device, as it signed them. @see https://spec.matrix.org/v1.19/client-server-api/#device-keys */
import {
  decodeBase64,
  importVerifyKey,
  isJsonArray,
  type JsonObject,
  type JsonValue,
  isJsonObject,
  ownProperty,
} from '@causeway/protocol';
import { faultOfSize, faulty, isSignatures, isStrings, type ReadKey, signaturesBy } from './signed-key.ts';

/** Of whose device. */
export type DeviceName = { readonly userId: string; readonly deviceId: string };

/** Checks that they are of this device, and have the shape of the specification. What else they hold stays. */
export const readDeviceKeys = (value: JsonValue | undefined, of: DeviceName): ReadKey<JsonObject> => {
  if (!isJsonObject(value)) return faulty('must be an object');
  const { unsigned: _unsigned, ...key } = value;
  if (key['user_id'] !== of.userId) return faulty(`must have the "user_id" ${of.userId}`);
  if (key['device_id'] !== of.deviceId) return faulty(`must have the "device_id" ${of.deviceId}`);
  const algorithms = key['algorithms'];
  if (!isJsonArray(algorithms) || algorithms.some((one) => typeof one !== 'string')) {
    return faulty('must have "algorithms", a list of strings');
  }
  if (!isStrings(key['keys'])) return faulty('must have "keys", strings by their names');
  if (!isSignatures(key['signatures'])) return faulty('must have "signatures" by user and key');
  const fault = faultOfSize(key);
  return fault === undefined ? { ok: true, key } : faulty(fault);
};

const CURVE25519_BYTES = 32;

/** What a device of ours has to upload besides: usable identity keys, signed by the first of them. */
export const readOwnDeviceKeys = (value: JsonValue | undefined, of: DeviceName): ReadKey<JsonObject> => {
  const read = readDeviceKeys(value, of);
  if (!read.ok) return read;
  const { keys } = read.key;
  const named = (name: string) => (isJsonObject(keys) ? ownProperty(keys, name) : undefined);
  const signing = `ed25519:${of.deviceId}`;
  const ed25519 = named(signing);
  if (typeof ed25519 !== 'string' || importVerifyKey(ed25519) === undefined) {
    return faulty(`must have a usable key ${signing}`);
  }
  const curve25519 = named(`curve25519:${of.deviceId}`);
  if (typeof curve25519 !== 'string' || decodeBase64(curve25519)?.length !== CURVE25519_BYTES) {
    return faulty(`must have a usable key curve25519:${of.deviceId}`);
  }
  if (signaturesBy(read.key, of.userId)[signing] === undefined) return faulty(`must be signed by ${signing}`);
  return read;
};

/** The key that the device signs with, in Base64. */
export const signingKeyOf = (deviceKeys: JsonObject, deviceId: string): string | undefined => {
  const keys = deviceKeys['keys'];
  const key = isJsonObject(keys) ? ownProperty(keys, `ed25519:${deviceId}`) : undefined;
  return typeof key === 'string' ? key : undefined;
};
