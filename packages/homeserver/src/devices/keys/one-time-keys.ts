/** One-time and fallback keys of our people's devices: how many there are, and how each is given out. */
import { canonicalJson } from '@causeway/protocol';
import { claimedKeys, fallbackKeys, oneTimeKeys } from '../../store/schema.ts';
import type { StoreReader, StoreTx } from '../../store/store.ts';
import type { OneTimeKey } from './one-time-key.ts';
import { storedValue } from './stored-key.ts';

/** One device of ours in the store. */
export type DeviceKey = { readonly user_nid: number; readonly device_id: string };

/** What every device has, so that one without any is told so. */
const USUAL_ALGORITHM = 'signed_curve25519';

/** Most one-time keys that wait for one device: clients keep 50 to 100. */
export const MAX_ONE_TIME_KEYS = 1_000;

/** Claimed keys of one device that are remembered: more than a client uploads at once. */
const MAX_REMEMBERED = 1_000;

/** How many there are, by algorithm. */
export const countOneTimeKeys = async (
  reader: StoreReader,
  device: DeviceKey,
): Promise<{ readonly [algorithm: string]: number }> => {
  const counts = new Map([[USUAL_ALGORITHM, 0]]);
  for (let after = ''; ; ) {
    const next = await reader.first(oneTimeKeys, { where: device, gt: after });
    if (next === undefined) return Object.fromEntries(counts);
    after = next.algorithm;
    counts.set(after, await reader.count(oneTimeKeys, { where: { ...device, algorithm: after } }));
  }
};

/** Algorithms of which there is a fallback key that was not given out. */
export const unusedFallbackKeys = async (
  reader: StoreReader,
  device: DeviceKey,
): Promise<readonly string[]> =>
  (await reader.scan(fallbackKeys, { where: device }))
    .filter((row) => row.used === 0)
    .map((row) => row.algorithm);

/** What became of a key that a device uploads: `different`: it had another key of this name. */
export type KeptKey = 'kept' | 'known' | 'different';

/** A key that is there already, or was given out a while ago, is not kept once more. */
export const keepOneTimeKey = async (
  tx: StoreTx,
  device: DeviceKey,
  { algorithm, keyId: key_id, value }: OneTimeKey,
): Promise<KeptKey> => {
  const json = canonicalJson(value);
  const key = { ...device, algorithm, key_id };
  const waiting = await tx.get(oneTimeKeys, key);
  if (waiting !== undefined) return waiting.json === json ? 'known' : 'different';
  if ((await tx.get(claimedKeys, key))?.json === json) return 'known';
  await tx.insert(oneTimeKeys, { ...key, position: await tx.next('one_time_key'), json });
  return 'kept';
};

/** In the place of the one before it. The same key once more is as used as it was. */
export const keepFallbackKey = async (
  tx: StoreTx,
  device: DeviceKey,
  { algorithm, keyId: key_id, value }: OneTimeKey,
): Promise<void> => {
  const json = canonicalJson(value);
  const known = await tx.get(fallbackKeys, { ...device, algorithm });
  if (known?.key_id === key_id && known.json === json) return;
  await tx.put(fallbackKeys, { ...device, algorithm, key_id, json, used: 0 });
};

/**
 * The oldest one-time key, which is deleted with that, or the fallback key. `concerns`: whether the device is to be told.
 * Who has had their share (`isWithin`) gets the fallback key if there is one.
 */
export const takeKey = async (
  tx: StoreTx,
  device: DeviceKey,
  algorithm: string,
  isWithin: () => boolean,
): Promise<{ readonly key: OneTimeKey; readonly concerns: boolean } | undefined> => {
  const where = { ...device, algorithm };
  const oldest = await tx.first(oneTimeKeys, { index: 'by_age', where });
  const fallback = await tx.get(fallbackKeys, where);
  if (oldest !== undefined && (fallback === undefined || isWithin())) {
    const { position: _position, json, ...key } = oldest;
    await tx.delete(oneTimeKeys, key);
    await tx.put(claimedKeys, { ...key, json, position: await tx.next('one_time_key') });
    return { key: asKey(oldest), concerns: true };
  }
  if (fallback === undefined) return undefined;
  if (fallback.used === 0) await tx.update(fallbackKeys, where, { used: 1 });
  return { key: asKey(fallback), concerns: fallback.used === 0 };
};

/** Forgets which keys were claimed long ago. */
export const forgetOldClaims = async (tx: StoreTx, device: DeviceKey): Promise<void> => {
  const rows = await tx.scan(claimedKeys, {
    index: 'by_age',
    where: device,
    reverse: true,
    limit: MAX_REMEMBERED + 1,
  });
  const oldest = rows[MAX_REMEMBERED];
  if (oldest === undefined) return;
  await tx.deleteRange(claimedKeys, { index: 'by_age', where: device, lte: oldest.position });
};

const asKey = ({
  algorithm,
  key_id: keyId,
  json,
}: {
  readonly algorithm: string;
  readonly key_id: string;
  readonly json: string;
}): OneTimeKey => ({ name: `${algorithm}:${keyId}`, algorithm, keyId, value: storedValue(json) });
