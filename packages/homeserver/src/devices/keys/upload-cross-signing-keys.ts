/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysdevice_signingupload */
import {
  canonicalJson,
  importVerifyKey,
  type JsonObject,
  type JsonValue,
  type UserId,
  verifyJson,
} from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { forbidden, invalidParam, MatrixError } from '../../matrix-error.ts';
import { crossSigningKeys, keySignatures } from '../../store/schema.ts';
import type { StoreTx } from '../../store/store.ts';
import {
  type DeviceListChange,
  type NotedChange,
  noteDeviceListChange,
  publishDeviceListChange,
} from '../lists/note-change.ts';
import { type CrossSigningKey, type KeyUsage, readCrossSigningKey } from './cross-signing-key.ts';
import { crossSigningChange } from './cross-signing-change.ts';
import { crossSigningKeysOf } from './keys-of-our-people.ts';
import { signedPart } from './signed-key.ts';

/** What a client uploads, by use. */
export type CrossSigningUpload = {
  readonly userId: UserId;
  readonly keys: { readonly [usage in KeyUsage]?: JsonValue };
};

/** What became of it. `needs-proof`: keys would be replaced, which only the person themselves may do. */
export type CrossSigningVerdict = 'kept' | 'nothing-new' | 'needs-proof';

const USAGES = ['master', 'self_signing', 'user_signing'] as const satisfies readonly KeyUsage[];

/**
 * Keeps a person's cross-signing keys. The first ones need no proof of who they are, nor do those that are there already.
 *
 * Refuses with M_INVALID_PARAM what is no such key, M_INVALID_SIGNATURE what the master key did not sign, M_MISSING_PARAM
 * when there is none, M_FORBIDDEN a key that has the name of a device.
 */
export const uploadCrossSigningKeys = async (
  engine: Engine,
  { userId, keys }: CrossSigningUpload,
  { isProven }: { readonly isProven: boolean },
): Promise<CrossSigningVerdict> => {
  const { devices } = engine.directory;
  if (devices === undefined) throw new MatrixError('M_UNRECOGNIZED', 'This server keeps no encryption keys.');
  const uploaded = readUpload(userId, keys);
  const { verdict, changed } = await engine.store.transact(async (tx): Promise<Done> => {
    const known = await crossSigningKeysOf(engine, tx, userId);
    const isNew = [...uploaded].filter(([usage, key]) => !isSame(key, known[usage]));
    if (isNew.length === 0) return { verdict: 'nothing-new' };
    if (known.master !== undefined && !isProven) return { verdict: 'needs-proof' };
    const master = uploaded.get('master') ?? storedMaster(userId, known.master);
    if (master === undefined) throw new MatrixError('M_MISSING_PARAM', 'There is no master key.');
    for (const [usage, key] of uploaded) {
      if (usage !== 'master') requireSignature(userId, { usage, key, master });
    }
    await refuseNamesOfDevices(await devices(tx, userId), uploaded);
    await keep(engine, tx, { userId, uploaded, replacesMaster: !isSame(master, known.master) });
    const isForOthers = isNew.some(([usage]) => usage !== 'user_signing');
    const change: DeviceListChange = isForOthers
      ? await crossSigningChange(engine, tx, userId)
      : { kind: 'signed', userId, target: userId };
    return { verdict: 'kept', changed: await noteDeviceListChange(engine, tx, change) };
  });
  if (changed !== undefined) publishDeviceListChange(engine, changed);
  return verdict;
};

type Done = { readonly verdict: CrossSigningVerdict; readonly changed?: NotedChange };

const readUpload = (
  userId: UserId,
  keys: CrossSigningUpload['keys'],
): ReadonlyMap<KeyUsage, CrossSigningKey> => {
  const read = new Map<KeyUsage, CrossSigningKey>();
  for (const usage of USAGES) {
    if (keys[usage] === undefined) continue;
    const key = readCrossSigningKey(keys[usage], { userId, usage });
    if (!key.ok) throw invalidParam(`"${fieldOf(usage)}" ${key.fault}.`);
    read.set(usage, key.key);
  }
  if (read.size === 0) throw new MatrixError('M_MISSING_PARAM', 'There is no key to upload.');
  return read;
};

const fieldOf = (usage: KeyUsage) => `${usage}_key`;

const isSame = (key: CrossSigningKey, known: JsonObject | undefined): boolean =>
  known !== undefined && signedPart(key.json) === signedPart(known);

const storedMaster = (userId: UserId, json: JsonObject | undefined): CrossSigningKey | undefined => {
  const read = readCrossSigningKey(json, { userId, usage: 'master' });
  return read.ok ? read.key : undefined;
};

const requireSignature = (
  userId: UserId,
  {
    usage,
    key,
    master,
  }: { readonly usage: KeyUsage; readonly key: CrossSigningKey; readonly master: CrossSigningKey },
): void => {
  const signer = importVerifyKey(master.publicKey);
  if (signer !== undefined && verifyJson(key.json, userId, master.keyId, signer)) return;
  throw new MatrixError('M_INVALID_SIGNATURE', `"${fieldOf(usage)}" is not signed by the master key.`);
};

const refuseNamesOfDevices = async (
  devices: readonly { readonly deviceId: string }[],
  uploaded: ReadonlyMap<KeyUsage, CrossSigningKey>,
): Promise<void> => {
  const names = new Set(devices.map(({ deviceId }) => deviceId));
  for (const { publicKey } of uploaded.values()) {
    if (names.has(publicKey)) throw forbidden('A device has the name of this key.');
  }
};

/** With another master key, keys go that the one before it had signed; with another user-signing key, what it signed. */
const keep = async (
  engine: Engine,
  tx: StoreTx,
  {
    userId,
    uploaded,
    replacesMaster,
  }: {
    readonly userId: UserId;
    readonly uploaded: ReadonlyMap<KeyUsage, CrossSigningKey>;
    readonly replacesMaster: boolean;
  },
): Promise<void> => {
  const user_nid = await engine.names.internUser(tx, userId);
  const before = await crossSigningKeysOf(engine, tx, userId);
  if (replacesMaster) await tx.deleteRange(crossSigningKeys, { where: { user_nid } });
  for (const [usage, key] of uploaded) {
    const known = before[usage];
    // Of a key that was there, the signatures that were added since stay.
    if (known !== undefined && isSame(key, known) && !replacesMaster) continue;
    const json = canonicalJson(key.json);
    await tx.put(crossSigningKeys, { user_nid, usage, json });
  }
  const now = (await crossSigningKeysOf(engine, tx, userId)).user_signing;
  const was = before.user_signing;
  const signsAsBefore = was === undefined || (now !== undefined && signedPart(now) === signedPart(was));
  if (!signsAsBefore) await tx.deleteRange(keySignatures, { where: { signer_nid: user_nid } });
};
