/** What clients hear of each other's devices. */
import {
  type DeviceListChange,
  noteDeviceListChange,
  noteRestore,
  publishDeviceListChange,
} from '@causeway/homeserver';
import { type JsonObject, parseUserId } from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClientServer, type Person, startClientServer } from './client-server.ts';

let server: ClientServer;
let ada: Person;
let ben: Person;

beforeEach(async () => {
  server = await startClientServer();
  ada = await server.person('ada');
  ben = await server.person('ben');
});
afterEach(() => server[Symbol.asyncDispose]());

const ENCRYPTION = {
  type: 'm.room.encryption',
  state_key: '',
  content: { algorithm: 'm.megolm.v1.aes-sha2' },
};

const makeRoom = async (
  owner: Person,
  initial_state: readonly JsonObject[] = [ENCRYPTION],
): Promise<string> => {
  const made = await owner.ok('POST', '/createRoom', { preset: 'public_chat', initial_state });
  return String(made['room_id']);
};

const join = (person: Person, roomId: string) => person.ok('POST', `/join/${encodeURIComponent(roomId)}`, {});
const leave = (person: Person, roomId: string) =>
  person.ok('POST', `/rooms/${encodeURIComponent(roomId)}/leave`, {});

const userIdOf = (person: Person) => {
  const userId = parseUserId(person.userId);
  if (userId === undefined) throw new Error('no user ID');
  return userId;
};

const sync = (person: Person, since?: string, timeout = 0) =>
  person.ok('GET', `/sync?timeout=${timeout}${since === undefined ? '' : `&since=${since}`}`);

const tokenOf = async (person: Person): Promise<string> => String((await sync(person))['next_batch']);

type Change = DeviceListChange extends infer C ? (C extends unknown ? Omit<C, 'userId'> : never) : never;

const change = async (person: Person, what: Change = { kind: 'device', deviceId: 'D', keys: {} }) => {
  const { engine } = server;
  const noted = await engine.store.transact((tx) =>
    noteDeviceListChange(engine, tx, { userId: userIdOf(person), ...what }),
  );
  publishDeviceListChange(engine, noted);
};

const nobody = { changed: [], left: [] };

const changesOf = async (person: Person, from: string) => {
  const to = await tokenOf(person);
  return person.ok('GET', `/keys/changes?from=${from}&to=${to}`);
};

describe('device lists of a sync', () => {
  it('name who changed theirs, to themselves and to those who share a room, once', async () => {
    const cleo = await server.person('cleo');
    const roomId = await makeRoom(ada, []);
    await join(ben, roomId);
    const tokens = { ada: await tokenOf(ada), ben: await tokenOf(ben), cleo: await tokenOf(cleo) };
    const waiting = sync(ben, tokens.ben, 20_000);
    await change(ada);
    const told = await waiting;
    expect(told['device_lists']).toEqual({ changed: [ada.userId], left: [] });
    expect((await sync(ada, tokens.ada))['device_lists']).toEqual({ changed: [ada.userId], left: [] });
    expect((await sync(cleo, tokens.cleo))['device_lists']).toBeUndefined();
    expect((await sync(ben, String(told['next_batch'])))['device_lists']).toBeUndefined();
    expect((await sync(ben))['device_lists']).toBeUndefined();
    expect(await changesOf(ben, tokens.ben)).toEqual({ changed: [ada.userId], left: [] });
    expect(await changesOf(cleo, tokens.cleo)).toEqual(nobody);
  });

  it('name whose keys somebody signed, to the signer alone', async () => {
    const roomId = await makeRoom(ada);
    await join(ben, roomId);
    const tokens = { ada: await tokenOf(ada), ben: await tokenOf(ben) };
    await change(ada, { kind: 'signed', target: userIdOf(ben) });
    expect((await sync(ada, tokens.ada))['device_lists']).toEqual({ changed: [ben.userId], left: [] });
    expect((await sync(ben, tokens.ben))['device_lists']).toBeUndefined();
  });

  it('name who newly shares an encrypted room, and who shares none any more', async () => {
    const first = await makeRoom(ada);
    const second = await makeRoom(ada);
    let token = await tokenOf(ada);
    await join(ben, first);
    expect((await sync(ada, token))['device_lists']).toEqual({ changed: [ben.userId], left: [] });
    await join(ben, second);
    token = await tokenOf(ada);
    await leave(ben, first);
    expect((await sync(ada, token))['device_lists']).toBeUndefined();
    await leave(ben, second);
    expect((await sync(ada, token))['device_lists']).toEqual({ changed: [], left: [ben.userId] });
    expect(await changesOf(ada, token)).toEqual({ changed: [], left: [ben.userId] });
  });

  it('name everybody in a room that the viewer joins, and leaves', async () => {
    const cleo = await server.person('cleo');
    const roomId = await makeRoom(ada);
    await join(cleo, roomId);
    let token = await tokenOf(ben);
    await join(ben, roomId);
    const joined = await sync(ben, token);
    expect(new Set(Object(joined['device_lists']).changed)).toEqual(new Set([ada.userId, cleo.userId]));
    token = String(joined['next_batch']);
    await leave(ben, roomId);
    const left = await sync(ben, token);
    expect(new Set(Object(left['device_lists']).left)).toEqual(new Set([ada.userId, cleo.userId]));
    expect((await sync(ben, String(left['next_batch'])))['device_lists']).toBeUndefined();
  });

  it('say nothing of rooms without encryption, and name everybody when it is switched on', async () => {
    const roomId = await makeRoom(ada, []);
    const token = await tokenOf(ada);
    await join(ben, roomId);
    const joined = await sync(ada, token);
    expect(joined['device_lists']).toBeUndefined();
    const path = `/rooms/${encodeURIComponent(roomId)}/state/m.room.encryption`;
    await ada.ok('PUT', path, ENCRYPTION.content);
    expect((await sync(ada, String(joined['next_batch'])))['device_lists']).toEqual({
      changed: [ben.userId],
      left: [],
    });
  });

  it('are told after a restart, by what is on disk', async () => {
    const roomId = await makeRoom(ada);
    const token = await tokenOf(ada);
    await join(ben, roomId);
    await change(ben);
    const { store } = server;
    await server[Symbol.asyncDispose]();
    server = await startClientServer({ store });
    ada = await server.login('ada');
    expect((await sync(ada, token))['device_lists']).toEqual({ changed: [ben.userId], left: [] });
  });

  it('name everybody to a client whose token is of a history that a restored backup lost', async () => {
    await join(ben, await makeRoom(ada));
    const { store } = server;
    // The backup is of now; what the client saw is newer.
    const lost = (await tokenOf(ada)).replace(/^s(\d+)/, (_all, stream) => `s${Number(stream) + 10}`);
    await server[Symbol.asyncDispose]();
    await store.transact((tx) => noteRestore(tx, Date.now()));
    server = await startClientServer({ store });
    ada = await server.login('ada');
    expect((await sync(ada, lost))['device_lists']).toEqual({ changed: [ben.userId], left: [] });
    expect((await changesOf(ada, lost))['changed']).toEqual([ben.userId]);
  });

  it('are refused for what is no token', async () => {
    const token = await tokenOf(ada);
    for (const query of [
      '',
      `?from=${token}`,
      `?to=${token}`,
      `?from=x&to=${token}`,
      `?from=${token}&to=x`,
    ]) {
      const answer = await ada.call('GET', `/keys/changes${query}`);
      expect([query, answer.status]).toEqual([query, 400]);
    }
  });
});
