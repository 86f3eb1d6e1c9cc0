/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery */
import { isJsonObject, type JsonObject, type UserId } from '@causeway/protocol';
import { type Engine, isLocal } from '../../engine.ts';
import type { StoreReader } from '../../store/store.ts';
import { keySignatures } from '../../store/schema.ts';
import type { Failures } from './ask-servers.ts';
import { keysElsewhere } from './keys-elsewhere.ts';
import { crossSigningKeysOf, encryptingDevices } from './keys-of-our-people.ts';
import { byUser, type KeysAnswer, type KeysAskedFor, keysAnswer, type PersonKeys } from './people-keys.ts';
import { withSignatures } from './signed-key.ts';

/** A client asks for the keys of people, here and elsewhere. */
export type KeyQuery = {
  readonly viewer: UserId;
  readonly asked: KeysAskedFor;
  /** How long other servers may take, together. */
  readonly timeoutMs: number;
  /** Aborted when the client is gone. */
  readonly signal?: AbortSignal;
};

/** People read in one snapshot: a few milliseconds of work. */
const PEOPLE_AT_ONCE = 100;

/**
 * What is known of people's devices and cross-signing keys. Everybody who was asked about and whose server answered is
 * in `device_keys`, be it without a device: clients ask again and again about whoever is left out.
 */
export const queryKeys = async (
  engine: Engine,
  { viewer, asked, timeoutMs, signal }: KeyQuery,
): Promise<KeysAnswer & { readonly user_signing_keys: JsonObject; readonly failures: Failures }> => {
  const local = new Map([...asked].filter(([userId]) => isLocal(engine, userId)));
  const outsiders = new Map([...asked].filter(([userId]) => !isLocal(engine, userId)));
  const [ours, elsewhere] = await Promise.all([
    keysOfOurPeople(engine, local, viewer),
    keysElsewhere(engine, outsiders, { user: viewer, timeoutMs, signal }),
  ]);
  const people = new Map([...ours, ...elsewhere.people]);
  return {
    ...keysAnswer(await withOwnSignatures(engine, people, viewer)),
    user_signing_keys: byUser(people, ({ userSigning }) => userSigning),
    failures: elsewhere.failures,
  };
};

/**
 * Keys of local people; without a viewer, as other servers get them: names of devices and user-signing keys stay here.
 */
export const keysOfOurPeople = async (
  engine: Engine,
  asked: KeysAskedFor,
  viewer?: UserId,
): Promise<ReadonlyMap<UserId, PersonKeys>> => {
  const people = new Map<UserId, PersonKeys>();
  const entries = [...asked];
  for (let at = 0; at < entries.length; at += PEOPLE_AT_ONCE) {
    await engine.store.read(async (reader) => {
      for (const [userId, devices] of entries.slice(at, at + PEOPLE_AT_ONCE)) {
        people.set(userId, await keysOf(engine, reader, { userId, devices, viewer }));
      }
    });
  }
  return people;
};

const keysOf = async (
  engine: Engine,
  reader: StoreReader,
  {
    userId,
    devices: wanted,
    viewer,
  }: { readonly userId: UserId; readonly devices: readonly string[]; readonly viewer: UserId | undefined },
): Promise<PersonKeys> => {
  const encrypting = await encryptingDevices(engine, reader, userId);
  const devices = encrypting.filter((device) => wanted.length === 0 || wanted.includes(device.deviceId));
  const { master, self_signing, user_signing } = await crossSigningKeysOf(engine, reader, userId);
  return {
    devices: new Map(
      devices.map(({ deviceId, displayName, keys }) => [
        deviceId,
        viewer === undefined || displayName === undefined
          ? keys
          : { ...keys, unsigned: { device_display_name: displayName } },
      ]),
    ),
    master,
    selfSigning: self_signing,
    ...(viewer === userId ? { userSigning: user_signing } : {}),
  };
};

/** What the viewer signed with their user-signing key is shown to nobody else. */
const withOwnSignatures = async (
  engine: Engine,
  people: ReadonlyMap<UserId, PersonKeys>,
  viewer: UserId,
): Promise<ReadonlyMap<UserId, PersonKeys>> =>
  engine.store.read(async (reader) => {
    const signer_nid = await engine.names.userNid(reader, viewer);
    if (signer_nid === undefined) return people;
    const signed = new Map(people);
    for (const [userId, keys] of people) {
      const user_nid = keys.master && (await engine.names.userNid(reader, userId));
      if (keys.master === undefined || user_nid === undefined) continue;
      const rows = await reader.scan(keySignatures, { where: { signer_nid, user_nid } });
      const { master } = keys;
      const valid = rows.filter((row) => isOf(master, row.target)).map((row) => [row.key_id, row.signature]);
      if (valid.length === 0) continue;
      signed.set(userId, { ...keys, master: withSignatures(master, viewer, Object.fromEntries(valid)) });
    }
    return signed;
  });

const isOf = ({ keys }: JsonObject, publicKey: string): boolean =>
  isJsonObject(keys) && Object.hasOwn(keys, `ed25519:${publicKey}`);
