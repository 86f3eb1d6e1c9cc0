/** Changes of devices and cross-signing keys, as the other server's people see them. */
import { newCrossSigner, newDevice } from '@causeway/testing/encrypting-client';
import { MatrixClient } from './matrix-client.ts';
import {
  alone,
  at,
  bothWays,
  equal,
  letIn,
  listOf,
  localpartOf,
  type Pair,
  type Scenario,
  serverOf,
  type Sides,
  until,
} from './two-sides.ts';

const ENCRYPTION = {
  type: 'm.room.encryption',
  state_key: '',
  content: { algorithm: 'm.megolm.v1.aes-sha2' },
};

const passwordOf = (person: MatrixClient, { causeway }: Sides): string =>
  serverOf(person) === causeway.serverName ? `${localpartOf(person)}-password` : 'a-long-password';

/** Another device of this person. */
const signIn = (person: MatrixClient, sides: Sides): Promise<MatrixClient> =>
  MatrixClient.login(person.baseUrl, localpartOf(person), passwordOf(person, sides));

/** Uploads the keys of the device that this client is; returns its name. */
const upload = async (client: MatrixClient): Promise<string> => {
  const { device_id } = await client.call('GET', 'v3/account/whoami');
  const deviceId = String(device_id);
  const { deviceKeys } = newDevice({ userId: client.userId, deviceId });
  await client.call('POST', 'v3/keys/upload', { device_keys: deviceKeys });
  return deviceId;
};

/** Uploads new cross-signing keys; returns the name of the master key. */
const crossSign = async (client: MatrixClient, sides: Sides): Promise<string> => {
  const signer = newCrossSigner(client.userId);
  const path = 'v3/keys/device_signing/upload';
  const auth = {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: localpartOf(client) },
    password: passwordOf(client, sides),
  };
  await client.call('POST', path, { ...signer.upload, auth });
  return signer.master.keyId;
};

/** What somebody sees of another one's list, and from when on they look for changes. */
type Watch = {
  readonly devices: () => Promise<readonly string[]>;
  readonly masterKey: () => Promise<string | undefined>;
  /** Waits until a sync says that the list changed, since this was asked last. */
  readonly untilChanged: (what: string) => Promise<void>;
};

const watch = async (by: MatrixClient, of: MatrixClient): Promise<Watch> => {
  const ask = () => by.call('POST', 'v3/keys/query', { device_keys: { [of.userId]: [] } });
  let since = String((await by.call('GET', 'v3/sync'))['next_batch']);
  return {
    devices: async () => Object.keys(Object(at(await ask(), 'device_keys', of.userId))).toSorted(),
    masterKey: async () => Object.keys(Object(at(await ask(), 'master_keys', of.userId, 'keys')))[0],
    untilChanged: async (what) => {
      await until(`a sync that tells of ${what}`, async () => {
        const answer = await by.call('GET', `v3/sync?timeout=1000&since=${since}`);
        since = String(answer['next_batch']);
        return listOf(at(answer, 'device_lists', 'changed')).some((userId) => String(userId) === of.userId);
      });
    },
  };
};

/** They share an encrypted room, and each knows of the other's devices. */
const together = async (direction: Pair, sides: Sides) => {
  const here = await sides.colleagueOf(direction.here);
  const there = await sides.colleagueOf(direction.there);
  const [first] = [await upload(there), await upload(here)];
  const roomId = await here.createRoom({ preset: 'private_chat', initial_state: [ENCRYPTION] });
  await letIn(here, roomId, there);
  const seen = await watch(here, there);
  await until('the first device', async () => (await seen.devices()).includes(first));
  return { here, there, seen, first };
};

export const deviceListScenarios: readonly Scenario[] = [
  ...bothWays('devices that come and go are seen', ['encrypted.devices'], async (direction, sides) => {
    const { there, seen, first } = await together(direction, sides);
    const another = await signIn(there, sides);
    const second = await upload(another);
    await seen.untilChanged('the second device');
    await until('the second device', async () => (await seen.devices()).includes(second));
    await another.call('POST', 'v3/logout', {});
    await seen.untilChanged('its end');
    await until('its end', async () => !(await seen.devices()).includes(second));
    equal(await seen.devices(), [first], 'the devices that are left');
  }),
  ...bothWays('cross-signing keys are replaced', ['encrypted.devices'], async (direction, sides) => {
    const { there, seen } = await together(direction, sides);
    for (const turn of ['first', 'second']) {
      const keyId = await crossSign(there, sides);
      await seen.untilChanged(`the ${turn} keys`);
      await until(`the ${turn} keys`, async () => (await seen.masterKey()) === keyId);
    }
  }),
  ...alone(
    bothWays(
      'changes of devices arrive at a server that was away',
      ['encrypted.devices'],
      async (direction, sides) => {
        const { here, there, seen, first } = await together(direction, sides);
        const away = serverOf(here) === sides.causeway.serverName ? sides.causeway : sides.synapse;
        await away.stop();
        const another = await signIn(there, sides);
        const second = await upload(another);
        const keyId = await crossSign(there, sides);
        const third = await upload(await signIn(there, sides));
        await another.call('POST', 'v3/logout', {});
        await away.start();
        await seen.untilChanged('what was missed');
        const wanted = [first, third].toSorted();
        await until(
          'the devices',
          async () => JSON.stringify(await seen.devices()) === JSON.stringify(wanted),
        );
        await until('the keys', async () => (await seen.masterKey()) === keyId);
        equal((await seen.devices()).includes(second), false, 'that the device that came and went is there');
      },
    ),
  ),
];
