/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysupload */
import { canonicalJson, type JsonObject, type JsonValue, type UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { forbidden, invalidParam, MatrixError } from '../../matrix-error.ts';
import { deviceKeys, fallbackKeys, oneTimeKeys } from '../../store/schema.ts';
import type { StoreTx } from '../../store/store.ts';
import { noteDeviceListChange, publishDeviceListChange } from '../lists/note-change.ts';
import { readOwnDeviceKeys } from './device-keys.ts';
import { type OneTimeKey, readOneTimeKey } from './one-time-key.ts';
import {
  countOneTimeKeys,
  type DeviceKey,
  forgetOldClaims,
  keepFallbackKey,
  keepOneTimeKey,
  MAX_ONE_TIME_KEYS,
} from './one-time-keys.ts';
import { faultOfSize, type ReadKey, signedPart, withSignaturesOf } from './signed-key.ts';
import { storedKey } from './stored-key.ts';

/** As many as are taken from other servers; everybody who asks for a person's keys gets all of them. */
const MAX_DEVICES = 1_000;

/** What a device uploads, as it sent it. */
export type KeyUpload = {
  readonly userId: UserId;
  readonly deviceId: string;
  readonly deviceKeys?: JsonValue;
  readonly oneTimeKeys?: JsonObject;
  readonly fallbackKeys?: JsonObject;
};

/**
 * Keeps what a device of ours uploads: all of it, or nothing. Returns how many one-time keys there are, by algorithm.
 *
 * Refuses with M_INVALID_PARAM what is not a key of this device, and another one-time key of a name that is taken; with
 * M_TOO_LARGE too many of them, or of devices; with M_FORBIDDEN a device that is not signed in any more.
 */
export const uploadKeys = async (
  engine: Engine,
  upload: KeyUpload,
): Promise<{ readonly [algorithm: string]: number }> => {
  const { devices } = engine.directory;
  if (devices === undefined) throw new MatrixError('M_UNRECOGNIZED', 'This server keeps no encryption keys.');
  const { userId, deviceId } = upload;
  const identity =
    upload.deviceKeys === undefined
      ? undefined
      : given('device_keys', readOwnDeviceKeys(upload.deviceKeys, upload));
  const oneTime = readAll('one_time_keys', upload.oneTimeKeys);
  const fallback = readAll('fallback_keys', upload.fallbackKeys);
  refuseTwoOfOneAlgorithm(fallback);
  const { counts, changed } = await engine.store.transact(async (tx) => {
    const device = { user_nid: await engine.names.internUser(tx, userId), device_id: deviceId };
    const known = await devices(tx, userId);
    if (!known.some((one) => one.deviceId === deviceId)) throw forbidden('This device is signed out.');
    const keys = identity && (await keepIdentity(tx, device, identity));
    const change = { kind: 'device', userId, deviceId, keys } as const;
    const changed = keys && (await noteDeviceListChange(engine, tx, change));
    for (const key of oneTime) await keepOrRefuse(tx, device, key);
    for (const key of fallback) await keepFallbackKey(tx, device, key);
    if (oneTime.length > 0) await forgetOldClaims(tx, device);
    const counts = await countOneTimeKeys(tx, device);
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (total > MAX_ONE_TIME_KEYS) {
      throw new MatrixError('M_TOO_LARGE', `A device has at most ${MAX_ONE_TIME_KEYS} one-time keys.`);
    }
    return { counts, changed };
  });
  if (changed !== undefined) publishDeviceListChange(engine, changed);
  return counts;
};

const given = <K>(field: string, read: ReadKey<K>): K => {
  if (!read.ok) throw invalidParam(`"${field}" ${read.fault}.`);
  return read.key;
};

const readAll = (field: string, keys: JsonObject | undefined): readonly OneTimeKey[] =>
  Object.entries(keys ?? {}).map(([name, value]) =>
    given(`${field}.${name.slice(0, 255)}`, readOneTimeKey(name, value)),
  );

const refuseTwoOfOneAlgorithm = (keys: readonly OneTimeKey[]): void => {
  if (new Set(keys.map((key) => key.algorithm)).size < keys.length) {
    throw invalidParam('"fallback_keys" may have one key of each algorithm.');
  }
};

/** Returns the keys where they are others than before. The signatures that were added since stay with the same keys. */
const keepIdentity = async (
  tx: StoreTx,
  device: DeviceKey,
  uploaded: JsonObject,
): Promise<JsonObject | undefined> => {
  const row = await tx.get(deviceKeys, device);
  const known = row === undefined ? undefined : storedKey(row.json);
  const isSame = known !== undefined && signedPart(known) === signedPart(uploaded);
  const merged = isSame ? withSignaturesOf(uploaded, known) : uploaded;
  const keys = faultOfSize(merged) === undefined ? merged : uploaded;
  const json = canonicalJson(keys);
  if (json === row?.json) return undefined;
  if (row === undefined) await refuseTooManyDevices(tx, device);
  if (known !== undefined && hasOtherKeys(known, keys)) await forgetKeysToClaim(tx, device);
  await tx.put(deviceKeys, { ...device, json });
  return keys;
};

const refuseTooManyDevices = async (tx: StoreTx, { user_nid }: DeviceKey): Promise<void> => {
  if ((await tx.count(deviceKeys, { where: { user_nid } })) < MAX_DEVICES) return;
  throw new MatrixError('M_TOO_LARGE', `At most ${MAX_DEVICES} devices of a person have keys.`);
};

const hasOtherKeys = (one: JsonObject, other: JsonObject): boolean =>
  canonicalJson(one['keys'] ?? null) !== canonicalJson(other['keys'] ?? null);

/** A device that begins anew under its name has nothing any more of what belongs to its keys of before. */
const forgetKeysToClaim = async (tx: StoreTx, device: DeviceKey): Promise<void> => {
  await tx.deleteRange(oneTimeKeys, { where: device });
  await tx.deleteRange(fallbackKeys, { where: device });
};

const keepOrRefuse = async (tx: StoreTx, device: DeviceKey, key: OneTimeKey): Promise<void> => {
  const kept = await keepOneTimeKey(tx, device, key);
  if (kept === 'different') throw invalidParam(`There is another one-time key ${key.name} already.`);
};
