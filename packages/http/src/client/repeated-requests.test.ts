import { answeredRequests, systemClock } from '@causeway/homeserver';
import { openTestStore, type Person, personOf, startClientServer } from '@causeway/testing/client-server';
import { list, roomPath } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const KEY = { 'idempotency-key': 'one' };

const memberEvents = async (person: Person, roomId: unknown) => {
  const { chunk } = await person.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=100`);
  return list(chunk).filter(({ type }) => type === 'm.room.member').length;
};

describe('a request that is made again under its key', () => {
  it('is done once, however often and however early it is repeated', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const make = () => ada.call('POST', '/createRoom', { name: 'kitchen' }, KEY);
    const answers = [...(await Promise.all([make(), make()])), await make()];
    const ids = new Set(answers.map(({ body }) => body.room_id));
    expect(ids.size).toBe(1);
    expect((await ada.ok('GET', '/joined_rooms')).joined_rooms).toEqual([...ids]);
  });

  it('is answered as before where doing it twice would be refused', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const { room_id } = await ada.ok('POST', '/createRoom', { invite: [bob.userId] });
    const kick = (headers?: typeof KEY) =>
      ada.call('POST', `${roomPath(room_id)}/kick`, { user_id: bob.userId }, headers);
    expect((await kick(KEY)).status).toBe(200);
    const before = await memberEvents(ada, room_id);
    expect((await kick(KEY)).status).toBe(200);
    expect((await kick()).status).toBe(403);
    expect(await memberEvents(ada, room_id)).toBe(before);
  });

  it('is done anew when it was refused, and is nobody else’s and no other request', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const { room_id } = await ada.ok('POST', '/createRoom', {});
    const ban = (headers: typeof KEY) =>
      bob.call('POST', `${roomPath(room_id)}/ban`, { user_id: '@eve:north.test' }, headers);
    expect((await ban(KEY)).status).toBe(403);
    await ada.ok('POST', `${roomPath(room_id)}/invite`, { user_id: bob.userId });
    await bob.ok('POST', `${roomPath(room_id)}/join`);
    await ada.ok('PUT', `${roomPath(room_id)}/state/m.room.power_levels`, { users: { [bob.userId]: 100 } });
    expect((await ban(KEY)).status).toBe(200);
    const made = await bob.call('POST', '/createRoom', {}, KEY);
    const other = await ada.call('POST', '/createRoom', {}, KEY);
    expect(made.body.room_id).not.toBe(other.body.room_id);
    expect((await ada.call('POST', '/createRoom', {}, { 'idempotency-key': 'x'.repeat(65) })).status).toBe(
      400,
    );
  });

  it('is done once over a restart of the server', async () => {
    await using store = await openTestStore();
    const made: unknown[] = [];
    let session = {};
    for (const isFirst of [true, false]) {
      await using server = await startClientServer({ store });
      if (isFirst) {
        const {
          userId: user_id,
          deviceId: device_id,
          accessToken: access_token,
        } = await server.person('ada');
        session = { user_id, device_id, access_token };
      }
      const ada = personOf(server.app, session);
      made.push((await ada.call('POST', '/createRoom', { name: 'kitchen' }, KEY)).body.room_id);
      expect((await ada.ok('GET', '/joined_rooms')).joined_rooms).toEqual([made[0]]);
    }
    expect(made).toEqual([made[0], made[0]]);
  });

  it('is another one after an hour, and nothing of it is kept', async () => {
    let passed = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + passed };
    await using server = await startClientServer({ clock });
    const ada = await server.person('ada');
    const make = async () => (await ada.call('POST', '/createRoom', {}, KEY)).body.room_id;
    const first = await make();
    passed = 59 * 60_000;
    expect(await make()).toBe(first);
    passed = 61 * 60_000;
    expect(await make()).not.toBe(first);
    expect(await server.store.read((reader) => reader.count(answeredRequests, {}))).toBe(1);
  });

  it('invites once, and says so in the same words and headers', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const { room_id } = await ada.ok('POST', '/createRoom', {});
    const path = `/_causeway/rooms/${encodeURIComponent(String(room_id))}/invitations`;
    const first = await ada.call('POST', path, { user_id: bob.userId }, KEY);
    const second = await ada.call('POST', path, { user_id: bob.userId }, KEY);
    expect(first.status).toBe(200);
    expect(second.body.event_id).toBe(first.body.event_id);
    expect(second.headers['cache-control']).toBe(first.headers['cache-control']);
  });

  it('is kept only when its answer is short', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const kept = () => server.store.read((reader) => reader.count(answeredRequests, {}));
    const { room_id } = await ada.ok('POST', '/createRoom', {});
    const body = `needle ${'hay '.repeat(1_500)}`;
    await ada.ok('PUT', `${roomPath(room_id)}/send/m.room.message/1`, { msgtype: 'm.text', body });
    const search = { search_categories: { room_events: { search_term: 'needle' } } };
    const { status, bytes } = await ada.call('POST', '/search', search, KEY);
    expect([status, bytes.length > 6_000, await kept()]).toEqual([200, true, 0]);
    await ada.call('POST', '/createRoom', {}, KEY);
    expect(await kept()).toBe(1);
  });
});
