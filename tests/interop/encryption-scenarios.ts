/** Keys of people who encrypt, looked up, claimed and signed across servers. */
import { type EncryptingDevice, newCrossSigner, newDevice } from '@causeway/testing/encrypting-client';
import type { MatrixClient } from './matrix-client.ts';
import { at, bothWays, equal, type Scenario, sharedRoom, until } from './two-sides.ts';

/** A device that encrypts, and the person behind it, who has signed it. */
const encrypting = async (person: MatrixClient) => {
  const { device_id } = await person.call('GET', 'v3/account/whoami');
  const deviceId = String(device_id);
  const whose = { userId: person.userId, deviceId };
  const device = newDevice(whose);
  const signer = newCrossSigner(person.userId);
  const oneTime = device.oneTimeKeys(1);
  const fallback = device.fallbackKey();
  await person.call('POST', 'v3/keys/upload', {
    device_keys: device.deviceKeys,
    one_time_keys: oneTime,
    fallback_keys: fallback,
  });
  await person.call('POST', 'v3/keys/device_signing/upload', signer.upload);
  await sign(person, person.userId, { [deviceId]: signer.selfSigning.sign(device.deviceKeys) });
  return { deviceId, device, signer, oneTime, fallback };
};

const sign = async (person: MatrixClient, userId: string, keys: object): Promise<void> => {
  const { failures } = await person.call('POST', 'v3/keys/signatures/upload', { [userId]: keys });
  equal(failures ?? {}, {}, 'the failures of signing');
};

const query = (by: MatrixClient, of: MatrixClient) =>
  by.call('POST', 'v3/keys/query', { device_keys: { [of.userId]: [] } });

const claim = async (by: MatrixClient, of: MatrixClient, deviceId: string): Promise<unknown> => {
  const claimed = { [of.userId]: { [deviceId]: 'signed_curve25519' } };
  const { one_time_keys } = await by.call('POST', 'v3/keys/claim', { one_time_keys: claimed });
  return at(one_time_keys, of.userId, deviceId);
};

/** Their keys are the same, whatever order a server writes them in. */
const sameKeys = (found: unknown, { deviceKeys }: EncryptingDevice, what: string): void => {
  for (const field of ['algorithms', 'device_id', 'user_id']) {
    equal(at(found, field), deviceKeys[field], `${field} of ${what}`);
  }
  for (const [name, key] of Object.entries(Object(deviceKeys['keys']))) {
    equal(at(found, 'keys', name), key, `${name} of ${what}`);
  }
};

export const encryptionScenarios: readonly Scenario[] = [
  ...bothWays(
    'keys of people who encrypt are found, and signed',
    ['encrypted.keys'],
    async (direction, { colleagueOf }) => {
      const here = await colleagueOf(direction.here);
      const there = await colleagueOf(direction.there);
      const [ours, theirs] = [await encrypting(here), await encrypting(there)];
      await sharedRoom({ here, there });
      const found = await until('the keys of the other server', async () => {
        const answer = await query(here, there);
        const of = (...path: readonly string[]) => at(answer, ...path) !== undefined;
        // A Synapse that has just met them keeps the devices a moment before the rest.
        const isWhole =
          of('device_keys', there.userId, theirs.deviceId) &&
          of('master_keys', there.userId) &&
          of('self_signing_keys', there.userId);
        return isWhole ? answer : false;
      });
      const device = at(found, 'device_keys', there.userId, theirs.deviceId);
      sameKeys(device, theirs.device, 'their device');
      const bySelfSigning = at(device, 'signatures', there.userId, theirs.signer.selfSigning.keyId);
      equal(typeof bySelfSigning, 'string', 'the kind of the signature by the self-signing key');
      const master = at(found, 'master_keys', there.userId);
      equal(at(master, 'keys', theirs.signer.master.keyId), theirs.signer.master.publicKey, 'the master key');
      const { keyId, publicKey } = theirs.signer.selfSigning;
      equal(at(found, 'self_signing_keys', there.userId, 'keys', keyId), publicKey, 'the self-signing key');
      equal(at(found, 'user_signing_keys', there.userId), undefined, 'the user-signing key of somebody else');
      const { userSigning } = ours.signer;
      const signed = userSigning.sign(theirs.signer.upload.master_key);
      await sign(here, there.userId, { [theirs.signer.master.publicKey]: signed });
      const shown = async (by: MatrixClient) =>
        at(await query(by, there), 'master_keys', there.userId, 'signatures', here.userId, userSigning.keyId);
      equal(await shown(here), at(signed, 'signatures', here.userId, userSigning.keyId), 'the signature');
      equal(await shown(there), undefined, 'the signature that only its maker is shown');
    },
  ),
  ...bothWays(
    'keys are claimed once each, then the fallback key',
    ['encrypted.keys'],
    async (direction, { colleagueOf }) => {
      const here = await colleagueOf(direction.here);
      const there = await colleagueOf(direction.there);
      const { deviceId, oneTime, fallback } = await encrypting(there);
      await sharedRoom({ here, there });
      const names = (keys: unknown) => Object.keys(Object(keys));
      equal(names(await claim(here, there, deviceId)), names(oneTime), 'the one-time key');
      equal(names(await claim(here, there, deviceId)), names(fallback), 'the fallback key');
      equal(names(await claim(here, there, deviceId)), names(fallback), 'the fallback key once more');
      const { device_one_time_keys_count, device_unused_fallback_key_types } = await there.call(
        'GET',
        'v3/sync',
      );
      equal(at(device_one_time_keys_count, 'signed_curve25519') ?? 0, 0, 'the keys that are left');
      equal(device_unused_fallback_key_types, [], 'the fallback keys that were not used');
    },
  ),
];
