import { makeAdmin, set, withAdmin } from '@causeway/testing/admins';
import { at, follow, list, type Organisations, roomPath, say, until } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const adminPath = (roomId: string, rest = '') =>
  `/_causeway/admin/rooms/${encodeURIComponent(roomId)}${rest}`;

const entries = async ({ nora }: Organisations, query: string) =>
  list((await nora.ok('GET', `/_causeway/admin/audit?${query}`)).entries);

const ids = (rooms: readonly { readonly room_id?: unknown }[]) => rooms.map((room) => room.room_id);

describe('the rooms page over its endpoints', () => {
  it('lists all rooms, newest first, page by page, and finds them by name', async () => {
    await using net = await withAdmin();
    const made: string[] = [];
    for (const name of ['Alpha', 'Beta', 'Gamma']) {
      const { room_id } = await net.nora.ok('POST', '/createRoom', { name });
      made.push(String(room_id));
    }
    const first = await net.nora.ok('GET', '/_causeway/admin/rooms?limit=2');
    expect(list(first.rooms)).toMatchObject([
      { name: 'Gamma', joined: 1, servers: 1, room_version: '12', join_rule: 'invite', encrypted: false },
      { name: 'Beta' },
    ]);
    const second = await net.nora.ok('GET', `/_causeway/admin/rooms?limit=2&before=${String(first.before)}`);
    expect(ids(list(second.rooms))).toEqual([made[0]]);
    expect(second.before).toBeUndefined();
    const found = await net.nora.ok('GET', '/_causeway/admin/rooms?search=bET');
    expect(ids(list(found.rooms))).toEqual([made[1]]);
    expect(list((await net.nora.ok('GET', '/_causeway/admin/rooms?search=nothing')).rooms)).toEqual([]);
  });

  it('shows of a room its members, servers, version, extremities and sizes', async () => {
    await using net = await withAdmin();
    const lone = await net.person(net.north, 'lone');
    const roomId = await net.sharedRoom({ name: 'Shared', topic: 'All of it' });
    await net.nora.ok('POST', `${roomPath(roomId)}/invite`, { user_id: lone.userId });
    const eventId = await say(net.nora, roomId, 'hello');
    const room = await net.nora.ok('GET', adminPath(roomId));
    expect(room).toMatchObject({
      here: true,
      name: 'Shared',
      topic: 'All of it',
      creator: net.nora.userId,
      memberships: { join: 2, invite: 1, leave: 0, ban: 0, knock: 0 },
      local_members: 1,
      forward_extremities: [
        { event_id: eventId, type: 'm.room.message', sender: net.nora.userId, depth: expect.any(Number) },
      ],
      timeline: { at_least: false, oldest_ts: expect.any(Number), newest_ts: expect.any(Number) },
      missing_parents: 0,
      retention: {},
    });
    expect(at(room, 'servers')).toEqual([
      { server_name: 'north.test', joined: 1 },
      { server_name: 'south.test', joined: 1 },
    ]);
    for (const path of [
      ['state', 'events'],
      ['state', 'nodes'],
      ['state', 'bytes'],
      ['timeline', 'bytes'],
    ])
      expect(Number(at(room, ...path))).toBeGreaterThan(0);
    const members = async (query: string) =>
      list((await net.nora.ok('GET', adminPath(roomId, `/members?${query}`))).members);
    expect(await members('local=true')).toEqual([{ user_id: net.nora.userId, membership: 'join' }]);
    expect(await members('local=false')).toEqual([{ user_id: net.sam.userId, membership: 'join' }]);
    expect(await members('local=true&membership=invite')).toEqual([
      { user_id: lone.userId, membership: 'invite' },
    ]);
    expect((await net.nora.call('GET', adminPath('!none:north.test'))).status).toBe(404);
    expect((await net.nora.call('GET', adminPath('nonsense'))).status).toBe(400);
  });

  it('says of a room what is not known yet, and whose keys are missing', async () => {
    await using net = await withAdmin();
    const west = await net.further('west.test');
    const wanda = await net.person(west, 'wanda');
    const { room_id } = await net.sam.ok('POST', '/createRoom', { preset: 'public_chat', name: 'Quay' });
    const join = `/join/${encodeURIComponent(String(room_id))}?via=south.test`;
    await wanda.ok('POST', join);
    net.reach('west.test', undefined);
    await net.nora.ok('POST', join);
    expect(await net.nora.ok('GET', adminPath(String(room_id)))).toMatchObject({
      memberships: { join: 2 },
      incomplete: { members: 1, others: 0, servers: ['west.test'] },
    });
    const own = await net.nora.ok('POST', '/createRoom', { name: 'Whole' });
    expect(await net.nora.ok('GET', adminPath(String(own.room_id)))).not.toHaveProperty('incomplete');
  });

  it('removes a room: its people leave with the reason, and it can be closed to them', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    const news = await follow(net.nora);
    const answer = await net.nora.call('POST', adminPath(roomId, '/removal'), {
      reason: 'The project is over.',
      block: true,
    });
    expect(answer.status).toBe(200);
    const left = await news((response) => {
      const room = at(response, 'rooms', 'leave', roomId);
      return room === undefined ? undefined : JSON.stringify(room);
    });
    expect(left).toContain('The project is over.');
    await until('sam sees that nora left', async () => {
      const { chunk } = await net.sam.ok('GET', `${roomPath(roomId)}/members`);
      return list(chunk).some(
        (event) =>
          event.state_key === net.nora.userId && at(event, 'content', 'reason') === 'The project is over.',
      )
        ? true
        : undefined;
    });
    const gone = await until('the room is gone', async () => {
      const room = await net.nora.ok('GET', adminPath(roomId));
      return room.here === false && room.removal === undefined ? room : undefined;
    });
    expect(gone).toMatchObject({ blocked: { reason: 'The project is over.' } });
    const again = await net.nora.call('POST', `${roomPath(roomId)}/join?server_name=south.test`);
    expect(again).toMatchObject({
      status: 403,
      body: { errcode: 'M_FORBIDDEN', error: expect.stringContaining('closed this room') },
    });
    const invited = await net.sam.call('POST', `${roomPath(roomId)}/invite`, { user_id: net.nora.userId });
    expect(JSON.stringify(invited.body)).toContain('closed this room');
    const { closed } = await net.nora.ok('GET', '/_causeway/admin/rooms');
    expect(ids(list(closed))).toEqual([roomId]);
    await net.nora.ok('PUT', adminPath(roomId, '/block'), { blocked: true, reason: 'Still.' });
    const opened = await net.nora.ok('PUT', adminPath(roomId, '/block'), { blocked: false });
    expect(opened).toEqual({ room_id: roomId, here: false });
    expect(await entries(net, 'action=room')).toMatchObject([
      { action: 'room.unblock', target: roomId, before: true, after: { blocked: false } },
      { action: 'room.block', after: { blocked: true, reason: 'Still.' } },
      { action: 'room.removed', actor: 'server', target: roomId, after: { events: expect.any(Number) } },
      {
        action: 'room.remove',
        actor: net.nora.userId,
        after: { reason: 'The project is over.', block: true },
      },
    ]);
  });

  it('purges history, which members are told, and pages and syncs go on', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    for (let n = 0; n < 5; n++) await say(net.nora, roomId, `old ${n}`);
    await until('sam has them', async () => {
      const { chunk } = await net.sam.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`);
      return list(chunk).filter((event) => event.type === 'm.room.message').length === 5 ? true : undefined;
    });
    const news = await follow(net.nora);
    const purgedFrom = Date.now();
    await until('nothing old is left', async () => {
      await net.nora.ok('POST', adminPath(roomId, '/purge'), { before_ts: Date.now() });
      const { chunk } = await net.nora.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`);
      return list(chunk).some((event) => event.type === 'm.room.message') ? undefined : true;
    });
    const { chunk, end } = await net.nora.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`);
    expect(list(chunk).at(-1)?.type).toBe('m.room.create');
    expect(end).toBeUndefined();
    const told = await net.nora.ok('GET', `/_causeway${roomPath(roomId)}/retention`);
    expect(Number(told.purged_before_ts)).toBeGreaterThanOrEqual(purgedFrom);
    await say(net.sam, roomId, 'new');
    await news((response) => {
      const events = list(at(response, 'rooms', 'join', roomId, 'timeline', 'events'));
      return events.some((event) => at(event, 'content', 'body') === 'new') ? true : undefined;
    });
    const fresh = await net.nora.ok('GET', '/sync');
    const section = at(fresh, 'rooms', 'join', roomId);
    expect(list(at(section, 'timeline', 'events')).at(-1)).toMatchObject({ content: { body: 'new' } });
    expect(at(section, 'unread_notifications', 'notification_count')).toBe(1);
    const future = await net.nora.call('POST', adminPath(roomId, '/purge'), { before_ts: Date.now() + 1e7 });
    expect(future.body).toMatchObject({ errcode: 'M_INVALID_PARAM' });
    const [newest] = await entries(net, 'action=room.purge');
    expect(newest).toMatchObject({ target: roomId, after: { before: expect.any(Number) } });
  });

  it('sets how long messages of a room stay, and members are told', async () => {
    await using net = await withAdmin();
    const { room_id } = await net.nora.ok('POST', '/createRoom', {});
    const roomId = String(room_id);
    const put = (days: number | null) => net.nora.call('PUT', adminPath(roomId, '/retention'), { days });
    expect((await put(30)).body).toMatchObject({ retention: { days: 30 } });
    expect(await net.nora.ok('GET', `/_causeway${roomPath(roomId)}/retention`)).toEqual({
      max_age_ms: 30 * 24 * 3600 * 1000,
    });
    const stranger = await net.north.person('stranger');
    expect((await stranger.call('GET', `/_causeway${roomPath(roomId)}/retention`)).status).toBe(403);
    for (const days of [0, -1, 1.5, 1e9]) expect((await put(days)).status).toBe(400);
    expect((await put(null)).body).toMatchObject({ retention: {} });
    expect(await entries(net, 'action=room.retention')).toMatchObject([
      { before: 30, after: null },
      { before: null, after: 30, target: roomId },
    ]);
  });

  it('works for another admin too, and after federation was switched off', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    const vera = await net.north.person('vera');
    await makeAdmin(net.north, vera);
    await set(net.nora, 'federation.enabled', false);
    await vera.ok('POST', adminPath(roomId, '/removal'), { reason: 'x' });
    const room = await until('she sees what it waits for', async () => {
      const body = await vera.ok('GET', adminPath(roomId));
      return at(body, 'removal', 'step') === 'delivering' ? body : undefined;
    });
    expect(at(room, 'removal', 'waiting')).toBe(1);
  });
});
