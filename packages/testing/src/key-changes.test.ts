/** That keys changed is told to who shares a room with their person, whatever changed them. */
import { isJsonArray, type JsonObject, parseUserId } from '@causeway/protocol';
import { openContext, signOut } from '@causeway/workspace';
import { describe, expect, it } from 'vitest';
import { type ClientServer, type Person, personOf, startClientServer } from './client-server.ts';
import { newCrossSigner, newDevice } from './encrypting-client.ts';
import { eventually } from './network.ts';
import { at, roomPath } from './organisations.ts';

/** Waits until this person's sync names somebody, and no longer. */
const follow = async (person: Person) => {
  let since = String((await person.ok('GET', '/sync')).next_batch);
  const changed = async (timeout: number) => {
    const response = await person.ok('GET', `/sync?since=${since}&timeout=${timeout}`);
    since = String(response.next_batch);
    const list = at(response.device_lists, 'changed');
    return isJsonArray(list) ? list : [];
  };
  return {
    tells: (userId: string) =>
      eventually(`a change of ${userId}`, async () => (await changed(1_000)).includes(userId)),
    tellsNothing: async () => expect(await changed(0)).toEqual([]),
  };
};

const pair = async (server: ClientServer) => {
  const [ada, bob] = [await server.person('ada'), await server.person('bob')];
  const { room_id } = await ada.ok('POST', '/createRoom', { preset: 'public_chat' });
  await bob.ok('POST', `${roomPath(room_id)}/join`);
  return { ada, bob };
};

const post = (person: Person, path: string, body: JsonObject) => person.ok('POST', `/keys/${path}`, body);

describe('who shares a room with somebody', () => {
  it('is told of keys that came, were signed, or went with their device', async () => {
    await using server = await startClientServer();
    const { ada, bob } = await pair(server);
    const phone = await server.login('ada');
    const news = await follow(bob);
    const device = newDevice(phone);
    await post(phone, 'upload', { device_keys: device.deviceKeys });
    await news.tells(ada.userId);
    await post(phone, 'upload', { device_keys: device.deviceKeys, one_time_keys: device.oneTimeKeys(1) });
    await news.tellsNothing();
    const signer = newCrossSigner(ada.userId);
    await post(ada, 'device_signing/upload', signer.upload);
    await news.tells(ada.userId);
    await post(ada, 'device_signing/upload', signer.upload);
    await news.tellsNothing();
    const signed = signer.selfSigning.sign(device.deviceKeys);
    await post(ada, 'signatures/upload', { [ada.userId]: { [phone.deviceId]: signed } });
    await news.tells(ada.userId);
    const master = device.signer.sign(signer.upload.master_key);
    await post(ada, 'signatures/upload', { [ada.userId]: { [signer.master.publicKey]: master } });
    await news.tells(ada.userId);
    await post(ada, 'signatures/upload', { [ada.userId]: { [signer.master.publicKey]: master } });
    await news.tellsNothing();
    await phone.ok('POST', '/logout');
    await news.tells(ada.userId);
  });

  it('is not told whose keys somebody signed for themselves, but their other devices are', async () => {
    await using server = await startClientServer();
    const { ada, bob } = await pair(server);
    const [one, two] = [newCrossSigner(ada.userId), newCrossSigner(bob.userId)];
    await post(ada, 'device_signing/upload', one.upload);
    await post(bob, 'device_signing/upload', two.upload);
    const identifier = { type: 'm.id.user', user: ada.userId };
    const [theirs, own] = [await follow(bob), await follow(await server.login('ada'))];
    const signed = one.userSigning.sign(two.upload.master_key);
    await post(ada, 'signatures/upload', { [bob.userId]: { [two.master.publicKey]: signed } });
    await own.tells(bob.userId);
    await theirs.tellsNothing();
    const { user_signing_key } = newCrossSigner(ada.userId, one.master).upload;
    const auth = { type: 'm.login.password', identifier, password: 'password of ada' };
    await post(ada, 'device_signing/upload', { user_signing_key, auth });
    await own.tells(ada.userId);
    await theirs.tellsNothing();
  });

  it('is told after the next start of a device that was signed out while the server stood still', async () => {
    const server = await startClientServer();
    const { ada, bob } = await pair(server);
    await post(ada, 'upload', { device_keys: newDevice(ada).deviceKeys });
    const { next_batch } = await bob.ok('GET', '/sync');
    const { store, context } = server;
    await server[Symbol.asyncDispose]();
    const stopped = await openContext(context);
    const userId = parseUserId(ada.userId);
    if (userId === undefined) throw new Error('no user ID');
    await signOut(stopped, userId, 'everywhere', { name: 'command line' });
    await using again = await startClientServer({ store });
    const bobAgain = personOf(again.app, {
      user_id: bob.userId,
      device_id: bob.deviceId,
      access_token: bob.accessToken,
    });
    await eventually('bob is told', async () => {
      const response = await bobAgain.ok('GET', `/sync?since=${String(next_batch)}`);
      const list = at(response.device_lists, 'changed');
      return isJsonArray(list) && list.includes(ada.userId);
    });
    const found = await bobAgain.ok('POST', '/keys/query', { device_keys: { [ada.userId]: [] } });
    expect(at(found.device_keys, ada.userId)).toEqual({});
  });
});
