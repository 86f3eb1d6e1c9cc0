/**
 * Adds signatures to keys: of a device by its user's self-signing key, of a master key by its user's devices, and of
 * others' master keys by the user-signing key of whoever uploads it, which nobody else is shown.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keyssignaturesupload
 */
import {
  canonicalJson,
  importVerifyKey,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ownProperty,
  parseUserId,
  type UserId,
  verifyJson,
} from '@causeway/protocol';
import { type Engine, isLocal } from '../../engine.ts';
import { MatrixError } from '../../matrix-error.ts';
import { crossSigningKeys, deviceKeys, keySignatures } from '../../store/schema.ts';
import type { StoreTx } from '../../store/store.ts';
import {
  type DeviceListChange,
  type NotedChange,
  noteDeviceListChange,
  publishDeviceListChange,
} from '../lists/note-change.ts';
import { crossSigningChange } from './cross-signing-change.ts';
import { type CrossSigningKey, readCrossSigningKey } from './cross-signing-key.ts';
import { signingKeyOf } from './device-keys.ts';
import { keysElsewhere } from './keys-elsewhere.ts';
import { crossSigningKeysOf } from './keys-of-our-people.ts';
import { faultOfSize, signaturesBy, signedPart, withSignatures } from './signed-key.ts';
import { storedKey } from './stored-key.ts';

/** Why a signature was not added. */
export type SignatureFailure = { readonly errcode: string; readonly error: string };

/** By user and key, as clients get it. */
export type SignatureFailures = {
  readonly [userId: string]: { readonly [keyId: string]: SignatureFailure };
};

/** More keys than this are not signed in one request. */
const MAX_KEYS = 1_000;
/** Servers of people whose master key we do not have are asked so long. */
const TIMEOUT_MS = 10_000;

/** One key with new signatures, as the client sent it. */
type Signed = {
  readonly signer: UserId;
  readonly userId: string;
  readonly name: string;
  readonly object: JsonValue;
};

/** Each key by itself: one that can't be signed does not fail the others. Refuses with M_TOO_LARGE too many of them. */
export const uploadSignatures = async (
  engine: Engine,
  signer: UserId,
  body: JsonObject,
): Promise<SignatureFailures> => {
  const items = Object.entries(body).flatMap(([userId, keys]) =>
    isJsonObject(keys)
      ? Object.entries(keys).map(([name, object]) => ({ signer, userId, name, object }))
      : [{ signer, userId, name: '', object: keys }],
  );
  if (items.length > MAX_KEYS) {
    throw new MatrixError('M_TOO_LARGE', `At most ${MAX_KEYS} keys are signed in one request.`);
  }
  const masters = await mastersElsewhere(engine, signer, items);
  const failures = new Map<string, Map<string, SignatureFailure>>();
  const changes = await engine.store.transact(async (tx) => {
    const noted: NotedChange[] = [];
    for (const item of items) {
      const added = await addTo(engine, tx, item, masters);
      if ('errcode' in added) {
        const ofUser = failures.get(item.userId) ?? new Map<string, SignatureFailure>();
        failures.set(item.userId, ofUser.set(item.name, added));
      } else if (added.change !== undefined) {
        noted.push(await noteDeviceListChange(engine, tx, added.change));
      }
    }
    return noted;
  });
  for (const change of changes) publishDeviceListChange(engine, change);
  return Object.fromEntries([...failures].map(([userId, keys]) => [userId, Object.fromEntries(keys)]));
};

/** What others are to be told, if anything is new; or why there is nothing. */
type Signing = { readonly change?: DeviceListChange } | SignatureFailure;

const invalid = (error: string): SignatureFailure => ({ errcode: 'M_INVALID_SIGNATURE', error });
const unknown = (error: string): SignatureFailure => ({ errcode: 'M_NOT_FOUND', error });
const malformed = (error: string): SignatureFailure => ({ errcode: 'M_INVALID_PARAM', error });

/** The master keys of people of other servers. */
const mastersElsewhere = async (
  engine: Engine,
  signer: UserId,
  items: readonly Signed[],
): Promise<ReadonlyMap<string, JsonObject>> => {
  const people = new Map<UserId, readonly string[]>();
  for (const item of items) {
    const userId = parseUserId(item.userId);
    if (userId !== undefined && !isLocal(engine, userId)) people.set(userId, []);
  }
  const asking = { user: signer, timeoutMs: TIMEOUT_MS };
  const { people: found } = await keysElsewhere(engine, people, asking);
  return new Map(
    [...found].flatMap(([userId, { master }]) => (master === undefined ? [] : [[userId, master] as const])),
  );
};

const addTo = async (
  engine: Engine,
  tx: StoreTx,
  item: Signed,
  masters: ReadonlyMap<string, JsonObject>,
): Promise<Signing> => {
  const { signer, object, name } = item;
  const userId = parseUserId(item.userId);
  if (userId === undefined || !isJsonObject(object) || name === '') {
    return malformed('This must be a key, by its user and its name.');
  }
  if (faultOfSize(object) !== undefined) return malformed(`This key ${faultOfSize(object)}.`);
  if (userId !== signer) {
    const json = isLocal(engine, userId)
      ? (await crossSigningKeysOf(engine, tx, userId)).master
      : masters.get(userId);
    return signOther(engine, tx, { signer, userId, name, object }, json);
  }
  const device = { user_nid: await engine.names.internUser(tx, signer), device_id: name };
  const row = await tx.get(deviceKeys, device);
  if (row !== undefined) return signDevice(engine, tx, { signer, object, row });
  return signOwnMaster(engine, tx, { signer, name, object, user_nid: device.user_nid });
};

const signDevice = async (
  engine: Engine,
  tx: StoreTx,
  {
    signer,
    object,
    row,
  }: {
    readonly signer: UserId;
    readonly object: JsonObject;
    readonly row: { readonly user_nid: number; readonly device_id: string; readonly json: string };
  },
): Promise<Signing> => {
  const stored = storedKey(row.json);
  const { self_signing } = await crossSigningKeysOf(engine, tx, signer);
  const key = readCrossSigningKey(self_signing, { userId: signer, usage: 'self_signing' });
  if (!key.ok) return unknown('You have no self-signing key.');
  const added = addedBy(signer, { stored, object }, [key.key]);
  if (!added.ok) return added.failure;
  const json = canonicalJson(withSignatures(stored, signer, added.signatures));
  if (json === row.json) return {};
  await tx.put(deviceKeys, { ...row, json });
  return { change: { kind: 'device', userId: signer, deviceId: row.device_id, keys: storedKey(json) } };
};

const signOwnMaster = async (
  engine: Engine,
  tx: StoreTx,
  {
    signer,
    name,
    object,
    user_nid,
  }: {
    readonly signer: UserId;
    readonly name: string;
    readonly object: JsonObject;
    readonly user_nid: number;
  },
): Promise<Signing> => {
  const { master } = await crossSigningKeysOf(engine, tx, signer);
  const read = readCrossSigningKey(master, { userId: signer, usage: 'master' });
  if (!read.ok || read.key.publicKey !== name) return unknown('There is no such key of yours.');
  const rows = await tx.scan(deviceKeys, { where: { user_nid } });
  const devices = rows.flatMap((row) => {
    const publicKey = signingKeyOf(storedKey(row.json), row.device_id);
    return publicKey === undefined ? [] : [{ keyId: `ed25519:${row.device_id}`, publicKey }];
  });
  const stored = read.key.json;
  const added = addedBy(signer, { stored, object }, devices);
  if (!added.ok) return added.failure;
  const signed = withSignatures(withoutFormerDevices(stored, signer, devices), signer, added.signatures);
  if (faultOfSize(signed) !== undefined) return malformed(`With it, the key ${faultOfSize(signed)}.`);
  const json = canonicalJson(signed);
  if (json === canonicalJson(stored)) return {};
  await tx.put(crossSigningKeys, { user_nid, usage: 'master', json });
  return { change: await crossSigningChange(engine, tx, signer) };
};

/** Devices come and go, and the key is not to grow with each. */
const withoutFormerDevices = (
  master: JsonObject,
  signer: UserId,
  devices: readonly { readonly keyId: string }[],
): JsonObject => {
  const { signatures } = master;
  if (!isJsonObject(signatures)) return master;
  const present = new Set(devices.map(({ keyId }) => keyId));
  const own = Object.entries(signaturesBy(master, signer));
  return {
    ...master,
    signatures: { ...signatures, [signer]: Object.fromEntries(own.filter(([keyId]) => present.has(keyId))) },
  };
};

const signOther = async (
  engine: Engine,
  tx: StoreTx,
  { signer, userId, name, object }: Signed & { readonly userId: UserId; readonly object: JsonObject },
  master: JsonObject | undefined,
): Promise<Signing> => {
  const theirs = readCrossSigningKey(master, { userId, usage: 'master' });
  if (!theirs.ok || theirs.key.publicKey !== name)
    return unknown(`${userId} has no master key of this name.`);
  const { user_signing } = await crossSigningKeysOf(engine, tx, signer);
  const key = readCrossSigningKey(user_signing, { userId: signer, usage: 'user_signing' });
  if (!key.ok) return unknown('You have no user-signing key.');
  const added = addedBy(signer, { stored: theirs.key.json, object }, [key.key]);
  if (!added.ok) return added.failure;
  const signer_nid = await engine.names.internUser(tx, signer);
  const user_nid = await engine.names.internUser(tx, userId);
  for (const [key_id, signature] of Object.entries(added.signatures)) {
    await tx.put(keySignatures, { signer_nid, user_nid, target: name, key_id, signature });
  }
  return { change: { kind: 'signed', userId: signer, target: userId } };
};

type Added =
  | { readonly ok: true; readonly signatures: { readonly [keyId: string]: string } }
  | { readonly ok: false; readonly failure: SignatureFailure };

/** The signatures by keys that may sign it. All of them have to be valid, and there has to be one. */
const addedBy = (
  signer: UserId,
  { stored, object }: { readonly stored: JsonObject; readonly object: JsonObject },
  keys: readonly Pick<CrossSigningKey, 'keyId' | 'publicKey'>[],
): Added => {
  if (signedPart(object) !== signedPart(stored)) {
    return { ok: false, failure: malformed('This is not the key that is known here.') };
  }
  const given = signaturesBy(object, signer);
  const signatures: (readonly [string, string])[] = [];
  for (const { keyId, publicKey } of keys) {
    const signature = ownProperty(given, keyId);
    if (typeof signature !== 'string') continue;
    const verifyKey = importVerifyKey(publicKey);
    if (verifyKey === undefined || !verifyJson(object, signer, keyId, verifyKey)) {
      return { ok: false, failure: invalid(`The signature by ${keyId} is not valid.`) };
    }
    signatures.push([keyId, signature]);
  }
  if (signatures.length > 0) return { ok: true, signatures: Object.fromEntries(signatures) };
  return { ok: false, failure: invalid('There is no signature by a key of yours that may sign this.') };
};
