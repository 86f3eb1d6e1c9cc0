import type { JsonObject } from '@causeway/protocol';
import { set, withAdmin } from '@causeway/testing/admins';
import type { Person } from '@causeway/testing/client-server';
import { at, follow, list, type Organisations, roomPath, say, until } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

/** Keys aside: they are asked for to check who it is that invites. */
const fromNorth = ({ sent }: Organisations): readonly string[] =>
  sent
    .filter(({ origin, path }) => origin === 'north.test' && !path.startsWith('/_matrix/key/'))
    .map(({ path }) => path);

const putRole = async (net: Organisations, role: string, rights: JsonObject) => {
  const { roles } = await net.nora.ok('GET', '/_causeway/admin/roles');
  const version = list(roles).find((one) => one.role === role)?.version ?? 0;
  return net.nora.call('PUT', `/_causeway/admin/roles/${role}`, { rights, version });
};

const giveRole = (net: Organisations, person: Person, role: string) =>
  net.nora.ok('PUT', `/_causeway/admin/people/${person.userId}/role`, { role });

const text = (body: string) => ({ msgtype: 'm.text', body });

type Attempt = () => Promise<{ readonly status: number; readonly body: JsonObject }>;

/** What is needed beforehand is made first, so that only the attempt itself is seen at the wire. */
type Route = (net: Organisations, who: Person) => Promise<Attempt>;

const federated = { creation_content: { 'm.federate': true } };

/** A room of nora's that others can join, with `who` in it, who may invite as far as the room goes. */
const inRoomOf = async (net: Organisations, who: Person): Promise<string> => {
  const { room_id } = await net.nora.ok('POST', '/createRoom', {
    ...federated,
    invite: [who.userId],
    power_level_content_override: { users_default: 50, state_default: 50 },
  });
  await who.ok('POST', `${roomPath(room_id)}/join`);
  return String(room_id);
};

const openRoomOfSam = async (net: Organisations, joinRule = 'public'): Promise<string> => {
  const { room_id } = await net.sam.ok('POST', '/createRoom', {
    initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: joinRule } }],
  });
  return String(room_id);
};

/** Every route by which each action can be done. */
const actions: { readonly [action: string]: { readonly [route: string]: Route } } = {
  'create a federated room': {
    createRoom: async (_net, who) => () => who.call('POST', '/createRoom', federated),
    upgrade: async (_net, who) => {
      const { room_id } = await who.ok('POST', '/createRoom', { creation_content: { 'm.federate': false } });
      const url = `/_causeway/rooms/${encodeURIComponent(String(room_id))}/upgrade`;
      return () => who.call('POST', url, { federate: true });
    },
  },
  'invite outsiders': {
    invite: async (net, who) => {
      const path = roomPath(await inRoomOf(net, who));
      return () => who.call('POST', `${path}/invite`, { user_id: net.sam.userId });
    },
    state: async (net, who) => {
      const path = roomPath(await inRoomOf(net, who));
      const url = `${path}/state/m.room.member/${encodeURIComponent(net.sam.userId)}`;
      return () => who.call('PUT', url, { membership: 'invite' });
    },
    'invitation that expires': async (net, who) => {
      const roomId = await inRoomOf(net, who);
      const url = `/_causeway/rooms/${encodeURIComponent(roomId)}/invitations`;
      return () => who.call('POST', url, { user_id: net.sam.userId, expires_in_ms: 86_400_000 });
    },
  },
  'start a direct message': {
    createRoom: async (net, who) => () =>
      who.call('POST', '/createRoom', { ...federated, is_direct: true, invite: [net.sam.userId] }),
  },
  'be invited by an outsider': {
    createRoom: async (net, who) => () => net.sam.call('POST', '/createRoom', { invite: [who.userId] }),
    invite: async (net, who) => {
      const path = roomPath(await openRoomOfSam(net));
      return () => net.sam.call('POST', `${path}/invite`, { user_id: who.userId });
    },
    'direct message': async (net, who) => () =>
      net.sam.call('POST', '/createRoom', { is_direct: true, invite: [who.userId] }),
  },
  'join outside': {
    alias: async (net, who) => {
      const name = crypto.randomUUID();
      await net.sam.ok('POST', '/createRoom', { preset: 'public_chat', room_alias_name: name });
      return () => who.call('POST', `/join/${encodeURIComponent(`#${name}:south.test`)}`);
    },
    ID: async (net, who) => {
      const roomId = await openRoomOfSam(net);
      return () => who.call('POST', `/join/${encodeURIComponent(roomId)}?via=south.test`);
    },
    knock: async (net, who) => {
      const roomId = await openRoomOfSam(net, 'knock');
      return () => who.call('POST', `/knock/${encodeURIComponent(roomId)}?via=south.test`);
    },
  },
};

/** A dozen rooms between two servers, on a machine that may have much else to do. */
const MATRIX_TIMEOUT_MS = 60_000;

const access = { held: true };

const matrix: readonly (readonly [
  role: string,
  rights: JsonObject | undefined,
  expected: readonly string[],
])[] = [
  ['admin', undefined, Object.keys(actions)],
  ['user', undefined, []],
  ['guest', undefined, []],
  ['user', { 'access-federation': access }, Object.keys(actions)],
  ['guest', { 'access-federation': access }, ['join outside']],
  [
    'partner',
    { 'access-federation': access, 'create-federated-room': { held: false } },
    ['invite outsiders', 'be invited by an outsider', 'join outside'],
  ],
  [
    'partner',
    { 'access-federation': access, 'invite-outsiders': { held: false } },
    ['create a federated room', 'start a direct message', 'be invited by an outsider', 'join outside'],
  ],
  [
    'partner',
    { 'access-federation': access, 'direct-messages': { held: false } },
    ['create a federated room', 'invite outsiders', 'be invited by an outsider', 'join outside'],
  ],
  [
    'partner',
    { 'access-federation': access, 'accept-invitations': { held: false } },
    ['create a federated room', 'invite outsiders', 'start a direct message', 'join outside'],
  ],
  [
    'partner',
    { 'access-federation': access, 'invite-outsiders': { held: true, domains: ['*.south.test'] } },
    ['create a federated room', 'start a direct message', 'be invited by an outsider', 'join outside'],
  ],
  [
    'partner',
    {
      'access-federation': access,
      'invite-outsiders': { held: true, domains: ['south.test'] },
      'accept-invitations': { held: true, domains: ['evil-south.test'] },
    },
    ['create a federated room', 'invite outsiders', 'start a direct message', 'join outside'],
  ],
  ['partner', { 'access-federation': { held: true, domains: ['SOUTH.test'] } }, Object.keys(actions)],
  [
    'partner',
    { 'access-federation': { held: true, domains: ['*.south.test'] } },
    ['create a federated room'],
  ],
  [
    'partner',
    { 'access-federation': access, 'create-federated-room': { held: true, domains: ['evil-south.test'] } },
    ['create a federated room', 'invite outsiders', 'be invited by an outsider', 'join outside'],
  ],
];

describe('the permission matrix at the wire', () => {
  it.each(matrix)(
    'lets the role %s with %j do: %j',
    async (role, rights, expected) => {
      await using net = await withAdmin();
      if (rights !== undefined) expect((await putRole(net, role, rights)).status).toBe(200);
      const who = await net.north.person('who');
      await giveRole(net, who, role);
      const permitted = new Set<string>();
      const refused = new Set<string>();
      for (const [action, routes] of Object.entries(actions)) {
        for (const [route, prepare] of Object.entries(routes)) {
          const attempt = await prepare(net, who);
          net.sent.length = 0;
          const { status, body } = await attempt();
          if (status === 200) permitted.add(action);
          else {
            refused.add(action);
            expect({ action, route, status, body }).toMatchObject({
              status: 403,
              body: { errcode: 'M_FORBIDDEN' },
            });
            expect(fromNorth(net), `${action} by ${route}`).toEqual([]);
          }
        }
      }
      // By every route, or by none.
      expect([...permitted].filter((action) => refused.has(action))).toEqual([]);
      expect([...permitted]).toEqual(expected);
    },
    MATRIX_TIMEOUT_MS,
  );

  it('is changed by one admin at a time, in words, and taken down', async () => {
    await using net = await withAdmin();
    const url = '/_causeway/admin/roles/partner';
    await net.nora.ok('PUT', url, { rights: {}, version: 0 });
    expect(await net.nora.call('PUT', url, { rights: {}, version: 0 })).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining(`${net.nora.userId} changed the role partner on`) },
    });
    const fault = async (role: string, rights: JsonObject) => (await putRole(net, role, rights)).body.error;
    expect(await fault('admin', {})).toContain('Admins may do everything');
    expect(await fault('Partner!', {})).toContain('small letters');
    expect(await fault('partner', { fly: access })).toContain('There is no permission fly');
    expect(await fault('partner', { 'invite-outsiders': { held: true, domains: ['a.test:1'] } })).toContain(
      'port',
    );
    const ada = await net.north.person('ada');
    await giveRole(net, ada, 'partner');
    expect((await net.nora.call('DELETE', url)).body.error).toContain('The role partner is in use (1)');
    await giveRole(net, ada, 'user');
    expect((await net.nora.call('DELETE', url)).status).toBe(200);
    expect(
      (await net.nora.call('PUT', `/_causeway/admin/people/${net.nora.userId}/role`, { role: 'user' })).body
        .error,
    ).toContain('the only admin');
    const { entries } = await net.nora.ok('GET', '/_causeway/admin/audit?action=role');
    expect(list(entries).map((entry) => entry.action)).toEqual([
      'role.delete',
      'role.set',
      'role.set',
      'role.create',
      'role.set',
    ]);
  });
});

const held = (net: Organisations, person: Person, isHeld: boolean) =>
  net.nora.ok('PUT', `/_causeway/admin/people/${person.userId}/permissions/access-federation`, {
    held: isHeld,
  });

/** A room of nora, sam and ada, in which ada read "before" and then lost the permission. */
const withSilenced = async () => {
  const net = await withAdmin();
  const ada = await net.person(net.north, 'ada');
  const roomId = await net.sharedRoom({ name: 'Partners', invite: [] });
  await net.nora.ok('POST', `${roomPath(roomId)}/invite`, { user_id: ada.userId });
  await ada.ok('POST', `${roomPath(roomId)}/join`);
  const before = await say(net.nora, roomId, 'before');
  await until('before at south', async () => {
    const { chunk } = await net.sam.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=5`);
    return list(chunk).some((event) => event.event_id === before) ? true : undefined;
  });
  const news = await follow(ada);
  await held(net, ada, false);
  return { net, ada, roomId, before, news };
};

describe('without access-federation', () => {
  it('nothing new of a shared room is received on any route, and what was there stays readable', async () => {
    const { net, ada, roomId, before, news } = await withSilenced();
    await using _net = net;
    const file = await net.sam.ok('POST', '/_matrix/media/v3/upload', new Uint8Array([1, 2, 3]));
    await net.sam.ok('PUT', `${roomPath(roomId)}/typing/${net.sam.userId}`, { typing: true, timeout: 9000 });
    await net.sam.ok('PUT', `/presence/${net.sam.userId}/status`, {
      presence: 'online',
      status_msg: 'novelty',
    });
    const local = await say(net.nora, roomId, `novelty of a colleague for ${ada.userId}`);
    await net.nora.ok('PUT', `${roomPath(roomId)}/state/m.room.topic`, { topic: 'novelty' });
    const after = await say(net.sam, roomId, 'novelty of an outsider');
    await until('it arrived here', async () => {
      const { chunk } = await net.nora.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=9`);
      return list(chunk).some((event) => event.event_id === after) ? true : undefined;
    });

    const event = (id: string) => `${roomPath(roomId)}/event/${encodeURIComponent(id)}`;
    const { room_id: fence } = await ada.ok('POST', '/createRoom', { name: 'fence' });
    const seen = await news((response) =>
      at(response, 'rooms', 'join', String(fence)) === undefined ? undefined : response,
    );
    const search = { search_categories: { room_events: { search_term: 'novelty' } } };
    const answers = [
      seen,
      await ada.ok('GET', '/sync'),
      await ada.ok('GET', '/sync?full_state=true'),
      await ada.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`),
      await ada.ok('GET', `${roomPath(roomId)}/messages?dir=f&limit=50`),
      await ada.ok('GET', `${roomPath(roomId)}/state`),
      await ada.ok('GET', `${roomPath(roomId)}/members`),
      await ada.ok('GET', `${roomPath(roomId)}/context/${encodeURIComponent(before)}`),
      await ada.ok('POST', '/search', search),
      await ada.ok(
        'GET',
        `/rooms/${encodeURIComponent(roomId)}/relations/${encodeURIComponent(before)}`.replace(
          '/rooms',
          '/_matrix/client/v1/rooms',
        ),
      ),
      (await ada.call('GET', event(after))).body,
      (await ada.call('GET', event(local))).body,
      (await ada.call('GET', `/presence/${net.sam.userId}/status`)).body,
      (await ada.call('GET', '/publicRooms?server=south.test')).body,
    ];
    for (const answer of answers) expect(JSON.stringify(answer)).not.toContain('novelty');
    expect(JSON.stringify(seen)).not.toContain('m.typing');
    const mxc = String(file.content_uri).slice('mxc://'.length);
    expect((await ada.call('GET', `/_matrix/client/v1/media/download/${mxc}`)).status).toBe(403);
    expect((await ada.call('GET', `/_matrix/client/v1/media/thumbnail/${mxc}?width=9&height=9`)).status).toBe(
      403,
    );

    expect(await ada.ok('GET', event(before))).toMatchObject({ content: { body: 'before' } });
    expect(JSON.stringify(await ada.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`))).toContain(
      'before',
    );
    expect(await ada.ok('GET', `${roomPath(roomId)}/state/m.room.name`)).toEqual({ name: 'Partners' });
  });

  it('nothing new of a shared room is counted or pushed, and all of it is counted when it is granted again', async () => {
    const { net, ada, roomId, news } = await withSilenced();
    await using _net = net;
    const counts = async () => {
      const section = at(await ada.ok('GET', '/sync?full_state=true'), 'rooms', 'join', roomId);
      return {
        room: at(section, 'unread_notifications') ?? null,
        threads: at(section, 'unread_thread_notifications') ?? null,
      };
    };
    const root = await say(net.sam, roomId, 'root');
    const mention = { 'm.mentions': { user_ids: [ada.userId] } };
    const thread = { 'm.relates_to': { rel_type: 'm.thread', event_id: root } };
    for (const [person, content] of [
      [net.sam, { ...text('for ada'), ...mention }],
      [net.nora, { ...text('for ada too'), ...mention }],
      [net.sam, { ...text('in a thread'), ...mention, ...thread }],
    ] as const) {
      const path = `${roomPath(roomId)}/send/m.room.message/${crypto.randomUUID()}`;
      await person.ok('PUT', path, content);
    }
    const last = await say(net.sam, roomId, 'last');
    await until('it arrived here', async () => {
      const { chunk } = await net.nora.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=9`);
      return list(chunk).some((event) => event.event_id === last) ? true : undefined;
    });
    expect(await counts()).toEqual({ room: { notification_count: 0, highlight_count: 0 }, threads: null });
    const { room_id: fence } = await ada.ok('POST', '/createRoom', { name: 'fence' });
    const told = await news((response) =>
      at(response, 'rooms', 'join', String(fence)) === undefined ? undefined : response,
    );
    expect(at(told, 'rooms', 'join', roomId)).toBeUndefined();
    // There is nothing that a push gateway could be told by, nor a list of notifications.
    expect(await ada.ok('GET', '/pushers')).toEqual({ pushers: [] });
    for (const [method, path] of [
      ['POST', '/pushers/set'],
      ['GET', '/notifications'],
    ] as const) {
      expect(await ada.call(method, path, method === 'GET' ? undefined : {})).toMatchObject({
        status: 404,
        body: { errcode: 'M_UNRECOGNIZED' },
      });
    }
    expect(net.sent.filter(({ path }) => path.includes('/_matrix/push/'))).toEqual([]);
    await held(net, ada, true);
    await until('all of it is counted', async () => {
      const { room, threads } = await counts();
      const inRoom = at(room, 'highlight_count');
      const inThread = at(threads, root, 'highlight_count');
      return `${String(inRoom)} ${String(inThread)}` === '3 undefined' ? true : undefined;
    });
  });

  it('nothing is sent by any route but leaving', async () => {
    const { net, ada, roomId, before } = await withSilenced();
    await using _net = net;
    net.sent.length = 0;
    const path = roomPath(roomId);
    const refused = [
      await ada.call('PUT', `${path}/send/m.room.message/1`, text('x')),
      await ada.call('PUT', `${path}/state/m.room.topic`, { topic: 'x' }),
      await ada.call('PUT', `${path}/redact/${encodeURIComponent(before)}/2`, {}),
      await ada.call('POST', `${path}/invite`, { user_id: '@max:south.test' }),
      await ada.call('POST', `${path}/kick`, { user_id: net.sam.userId }),
      await ada.call('POST', `${path}/ban`, { user_id: net.sam.userId }),
      await ada.call('POST', `${path}/upgrade`, { new_version: '12' }),
    ];
    for (const answer of refused)
      expect(answer).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } });
    expect(refused[0]?.body.error).toContain('may not take part in such rooms');
    await ada.ok('PUT', `${path}/typing/${ada.userId}`, { typing: true, timeout: 9000 });
    await ada.ok('POST', `${path}/receipt/m.read/${encodeURIComponent(before)}`, {});
    await ada.ok('PUT', `/presence/${ada.userId}/status`, { presence: 'unavailable', status_msg: 'x' });
    await ada.ok('PUT', `/profile/${ada.userId}/displayname`, { displayname: 'Another' });
    // Behind all that, so what was to leave would have left by now.
    const fence = await say(net.nora, roomId, 'fence');
    await until('the fence', async () =>
      net.sent.some(({ body }) => body.includes('fence')) ? true : undefined,
    );
    expect(fence).not.toBe('');
    expect(net.sent.filter(({ body }) => body.includes(ada.userId))).toEqual([]);
    await ada.ok('POST', `${path}/leave`);
    await until('the leaving', async () =>
      net.sent.some(({ body }) => body.includes(ada.userId)) ? true : undefined,
    );
  });

  it('everything that was missed is told when it is granted again', async () => {
    const { net, ada, roomId, news } = await withSilenced();
    await using _net = net;
    await say(net.sam, roomId, 'missed one');
    await net.nora.ok('PUT', `${roomPath(roomId)}/state/m.room.topic`, { topic: 'missed topic' });
    const last = await say(net.nora, roomId, 'missed two');
    await until('it arrived here', async () => {
      const { chunk } = await net.nora.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=9`);
      return JSON.stringify(chunk).includes('missed one') ? true : undefined;
    });
    expect(last).not.toBe('');
    await held(net, ada, true);
    const told = await news((response) => {
      const section = at(response, 'rooms', 'join', roomId);
      return section === undefined ? undefined : JSON.stringify(section);
    });
    expect(told).toContain('missed one');
    expect(told).toContain('missed two');
    expect(told).toContain('missed topic');
    await say(net.nora, roomId, 'and on');
    const next = await news((response) => at(response, 'rooms', 'join', roomId, 'timeline', 'events'));
    expect(list(next).map((one) => at(one, 'content', 'body'))).toEqual(['and on']);
  });

  it('a room of one organisation stays as it was until others come', async () => {
    await using net = await withAdmin();
    const lone = await net.north.person('lone');
    const { room_id } = await net.nora.ok('POST', '/createRoom', { invite: [lone.userId] });
    const roomId = String(room_id);
    await lone.ok('POST', `${roomPath(roomId)}/join`);
    await say(lone, roomId, 'among ourselves');
    await net.nora.ok('POST', `${roomPath(roomId)}/invite`, { user_id: net.sam.userId });
    await net.sam.ok('POST', `${roomPath(roomId)}/join`);
    await say(net.nora, roomId, 'with guests');
    const messages = async () =>
      JSON.stringify(await lone.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`));
    expect(await messages()).toContain('among ourselves');
    expect(await messages()).not.toContain('with guests');
    expect((await lone.call('PUT', `${roomPath(roomId)}/send/m.room.message/9`, text('x'))).status).toBe(403);
    const other = await net.north.person('other');
    const invitation = await net.nora.call('POST', `${roomPath(roomId)}/invite`, { user_id: other.userId });
    expect(invitation.body.error).toContain('may not take part in rooms with other organisations');
    await net.nora.ok('POST', `${roomPath(roomId)}/kick`, { user_id: net.sam.userId });
    expect(await messages()).toContain('with guests');
    expect((await lone.call('PUT', `${roomPath(roomId)}/send/m.room.message/10`, text('x'))).status).toBe(
      200,
    );
  });
});

describe('the requirement of an e-mail address', () => {
  it('is met by an address on the domain that an admin marked as verified, and by no other', async () => {
    await using net = await withAdmin();
    const ada = await net.person(net.north, 'ada');
    const may = async () =>
      (await ada.call('POST', '/createRoom', { creation_content: { 'm.federate': true } })).status === 200;
    const email = (address: string, verified: boolean) =>
      net.nora.call('PUT', `/_causeway/admin/people/${ada.userId}/email`, { address, verified });
    expect(await may()).toBe(true);
    await set(net.nora, 'federation.require-email', true);
    expect(await may()).toBe(false);
    await email('ada@north.test', false);
    expect(await may()).toBe(false);
    await email('ada@evil-north.test', true);
    expect(await may()).toBe(false);
    await email('ada@NORTH.test', true);
    expect(await may()).toBe(true);
    await set(net.nora, 'federation.email-domain', 'example.org');
    expect(await may()).toBe(false);
    expect((await email('no address', true)).status).toBe(400);
    const invitation = await net.sam.call('POST', '/createRoom', { invite: [ada.userId] });
    expect(invitation.body).toMatchObject({ errcode: 'M_FORBIDDEN' });
  });
});
