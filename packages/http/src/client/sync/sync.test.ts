import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '@causeway/protocol';
import { type Person, startClientServer } from '@causeway/testing/client-server';
import { describe, expect, it } from 'vitest';

const room = (roomId: unknown) => `/rooms/${encodeURIComponent(String(roomId))}`;
const message = (body: string) => ({ msgtype: 'm.text', body });

const at = (value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined =>
  path.reduce<JsonValue | undefined>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value);

const list = (value: JsonValue | undefined): readonly JsonObject[] =>
  isJsonArray(value) ? value.filter((entry) => isJsonObject(entry)) : [];

const sync = (person: Person, since?: JsonValue, more = '') =>
  person.ok('GET', `/sync?${since === undefined ? '' : `since=${String(since)}`}${more}`);

const bodies = (events: JsonValue | undefined) =>
  list(events).flatMap((event) => at(event, 'content', 'body') ?? []);

const types = (events: JsonValue | undefined) => list(events).map((event) => event.type);

const filterOf = (filter: JsonValue) => `&filter=${encodeURIComponent(JSON.stringify(filter))}`;

const pair = async (server: Awaited<ReturnType<typeof startClientServer>>) => {
  const alice = await server.person('alice');
  const bob = await server.person('bob');
  const { room_id } = await alice.ok('POST', '/createRoom', { preset: 'public_chat', name: 'Garden' });
  await bob.ok('POST', `${room(room_id)}/join`);
  return { alice, bob, id: String(room_id) };
};

describe('sync', () => {
  it('shows a whole small room at first, then only what is new', async () => {
    await using server = await startClientServer();
    const { alice, bob, id } = await pair(server);
    const first = await sync(alice);
    const joined = at(first, 'rooms', 'join', id);
    expect(types(at(joined, 'timeline', 'events'))[0]).toBe('m.room.create');
    expect(at(joined, 'timeline', 'limited')).toBe(false);
    expect(at(joined, 'state', 'events')).toEqual([]);
    expect(at(joined, 'summary')).toMatchObject({ 'm.joined_member_count': 2, 'm.invited_member_count': 0 });
    expect(types(at(first, 'account_data', 'events'))).toEqual(['m.push_rules']);
    const nothing = await sync(alice, first.next_batch);
    expect(nothing.rooms).toBeUndefined();
    await bob.ok('PUT', `${room(id)}/send/m.room.message/1`, message('one'));
    const second = await sync(alice, nothing.next_batch);
    const changed = at(second, 'rooms', 'join', id);
    expect(bodies(at(changed, 'timeline', 'events'))).toEqual(['one']);
    expect(at(changed, 'unread_notifications')).toEqual({ notification_count: 1, highlight_count: 0 });
    expect((await sync(alice, second.next_batch)).rooms).toBeUndefined();
  });

  it('waits for something new, and wakes for it', async () => {
    await using server = await startClientServer();
    const { alice, bob, id } = await pair(server);
    const { next_batch } = await sync(alice);
    const started = performance.now();
    const waiting = sync(alice, next_batch, '&timeout=10000');
    setTimeout(() => bob.ok('PUT', `${room(id)}/send/m.room.message/1`, message('wake up')), 100);
    const woken = await waiting;
    expect(bodies(at(woken, 'rooms', 'join', id, 'timeline', 'events'))).toEqual(['wake up']);
    expect(performance.now() - started).toBeGreaterThan(90);
    const idle = performance.now();
    await sync(alice, woken.next_batch, '&timeout=150');
    expect(performance.now() - idle).toBeGreaterThan(140);
  });

  it('limits the timeline, gives the state of the gap, and a token to read it', async () => {
    await using server = await startClientServer();
    const { alice, bob, id } = await pair(server);
    const { next_batch } = await sync(alice);
    await bob.ok('PUT', `${room(id)}/send/m.room.message/0`, message('0'));
    await alice.ok('PUT', `${room(id)}/state/m.room.topic`, { topic: 'in the gap' });
    for (let count = 1; count < 6; count++) {
      await bob.ok('PUT', `${room(id)}/send/m.room.message/${count}`, message(String(count)));
    }
    const limit = filterOf({ room: { timeline: { limit: 3 } } });
    const changed = at(await sync(alice, next_batch, limit), 'rooms', 'join', id);
    expect(bodies(at(changed, 'timeline', 'events'))).toEqual(['3', '4', '5']);
    expect(at(changed, 'timeline', 'limited')).toBe(true);
    expect(types(at(changed, 'state', 'events'))).toEqual(['m.room.topic']);
    const prev = String(at(changed, 'timeline', 'prev_batch'));
    const gap = await alice.ok(
      'GET',
      `${room(id)}/messages?dir=b&from=${prev}&to=${String(next_batch)}&limit=99`,
    );
    expect(bodies(gap.chunk)).toEqual(['2', '1', '0']);
    expect(types(gap.chunk)).toContain('m.room.topic');
  });

  it('applies filters by type, sender and room', async () => {
    await using server = await startClientServer();
    const { alice, bob, id } = await pair(server);
    await bob.ok('PUT', `${room(id)}/send/m.room.message/1`, message('from bob'));
    await alice.ok('PUT', `${room(id)}/send/m.room.message/1`, message('from alice'));
    const filter = { room: { timeline: { types: ['m.room.mess*'], not_senders: [alice.userId] } } };
    const { filter_id } = await alice.ok('POST', `/user/${alice.userId}/filter`, filter);
    expect(await alice.ok('GET', `/user/${alice.userId}/filter/${String(filter_id)}`)).toEqual(filter);
    const timeline = at(await sync(alice, undefined, `&filter=${String(filter_id)}`), 'rooms', 'join', id);
    expect(bodies(at(timeline, 'timeline', 'events'))).toEqual(['from bob']);
    expect(types(at(timeline, 'timeline', 'events'))).toEqual(['m.room.message']);
    const none = await sync(alice, undefined, filterOf({ room: { not_rooms: [id] } }));
    expect(none.rooms).toBeUndefined();
    const quiet = await sync(alice, undefined, filterOf({ room: { timeline: { not_rooms: [id] } } }));
    expect(at(quiet, 'rooms', 'join', id, 'timeline', 'events')).toEqual([]);
    expect(types(at(quiet, 'rooms', 'join', id, 'state', 'events'))).toContain('m.room.name');
    const bad = await alice.call('GET', `/sync?${filterOf({ room: { timeline: { types: 'x' } } }).slice(1)}`);
    expect([bad.status, bad.body.errcode]).toEqual([400, 'M_BAD_JSON']);
  });

  it('loads members lazily: those who speak, and oneself', async () => {
    await using server = await startClientServer();
    const { alice, bob, id } = await pair(server);
    const carol = await server.person('carol');
    await carol.ok('POST', `${room(id)}/join`);
    for (let count = 0; count < 3; count++) {
      await bob.ok('PUT', `${room(id)}/send/m.room.message/${count}`, message(String(count)));
    }
    const lazy = filterOf({ room: { state: { lazy_load_members: true }, timeline: { limit: 2 } } });
    const first = await sync(alice, undefined, lazy);
    const members = list(at(first, 'rooms', 'join', id, 'state', 'events')).filter(
      (event) => event.type === 'm.room.member',
    );
    expect(members.map((event) => event.state_key).sort()).toEqual([alice.userId, bob.userId]);
  });

  it('shows invitations with stripped state, and what becomes of them', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const bob = await server.person('bob');
    const start = (await sync(bob)).next_batch;
    const { room_id: id } = await alice.ok('POST', '/createRoom', { name: 'Secret', invite: [bob.userId] });
    const invited = await sync(bob, start);
    const stripped = list(at(invited, 'rooms', 'invite', String(id), 'invite_state', 'events'));
    expect(stripped.map((event) => event.type)).toEqual(
      expect.arrayContaining(['m.room.create', 'm.room.name', 'm.room.join_rules', 'm.room.member']),
    );
    expect(stripped.find((event) => event.state_key === bob.userId)).toMatchObject({
      content: { membership: 'invite' },
      sender: alice.userId,
    });
    expect(at(await sync(bob), 'rooms', 'invite', String(id))).toBeDefined();
    await bob.ok('POST', `${room(id)}/leave`);
    const declined = await sync(bob, invited.next_batch);
    expect(at(declined, 'rooms', 'leave', String(id), 'timeline', 'events')).toHaveLength(1);
    expect((await sync(bob)).rooms).toBeUndefined();
    await alice.ok('POST', `${room(id)}/invite`, { user_id: bob.userId });
    await bob.ok('POST', `${room(id)}/join`);
    const joined = at(await sync(bob, declined.next_batch), 'rooms', 'join', String(id));
    expect(types(at(joined, 'timeline', 'events')).at(-1)).toBe('m.room.member');
  });

  it('shows a room left up to the leaving, and nothing after it', async () => {
    await using server = await startClientServer();
    const { alice, bob, id } = await pair(server);
    const start = (await sync(bob)).next_batch;
    await alice.ok('PUT', `${room(id)}/send/m.room.message/1`, message('before'));
    await alice.ok('POST', `${room(id)}/kick`, { user_id: bob.userId });
    await alice.ok('PUT', `${room(id)}/send/m.room.message/2`, message('after'));
    const left = await sync(bob, start);
    const timeline = at(left, 'rooms', 'leave', id, 'timeline', 'events');
    expect(bodies(timeline)).toEqual(['before']);
    expect(types(timeline)).toEqual(['m.room.message', 'm.room.member']);
    expect((await sync(bob, left.next_batch)).rooms).toBeUndefined();
    const archived = await sync(bob, undefined, filterOf({ room: { include_leave: true } }));
    expect(bodies(at(archived, 'rooms', 'leave', id, 'timeline', 'events'))).toEqual(['before']);
  });

  it('gives a room that was joined since as if it were new', async () => {
    await using server = await startClientServer();
    const { alice, id } = await pair(server);
    const carol = await server.person('carol');
    const { next_batch } = await sync(carol);
    for (let count = 0; count < 30; count++) {
      await alice.ok('PUT', `${room(id)}/send/m.room.message/${count}`, message(String(count)));
    }
    await carol.ok('POST', `${room(id)}/join`);
    const joined = at(await sync(carol, next_batch), 'rooms', 'join', id);
    expect(at(joined, 'timeline', 'limited')).toBe(true);
    expect(types(at(joined, 'state', 'events'))).toEqual(
      expect.arrayContaining(['m.room.create', 'm.room.name', 'm.room.member']),
    );
  });

  it('gives the state after the timeline when it is asked to', async () => {
    await using server = await startClientServer();
    const { alice, id } = await pair(server);
    const { next_batch } = await sync(alice);
    await alice.ok('PUT', `${room(id)}/state/m.room.topic`, { topic: 'new' });
    const changed = at(await sync(alice, next_batch, '&use_state_after=true'), 'rooms', 'join', id);
    expect(types(at(changed, 'state_after', 'events'))).toEqual(['m.room.topic']);
    expect(at(changed, 'state')).toBeUndefined();
  });

  it('shows typing, receipts, account data and tags', async () => {
    await using server = await startClientServer();
    const { alice, bob, id } = await pair(server);
    const { event_id } = await bob.ok('PUT', `${room(id)}/send/m.room.message/1`, message('read me'));
    let { next_batch } = await sync(bob);
    const next = async () => {
      const changed = await sync(bob, next_batch);
      next_batch = changed.next_batch;
      return changed;
    };
    await alice.ok('PUT', `${room(id)}/typing/${alice.userId}`, { typing: true, timeout: 20_000 });
    expect(at(await next(), 'rooms', 'join', id, 'ephemeral', 'events')).toEqual([
      { type: 'm.typing', content: { user_ids: [alice.userId] } },
    ]);
    await alice.ok('PUT', `${room(id)}/typing/${alice.userId}`, { typing: false });
    expect(at(await next(), 'rooms', 'join', id, 'ephemeral', 'events')).toEqual([
      { type: 'm.typing', content: { user_ids: [] } },
    ]);
    await alice.ok('POST', `${room(id)}/receipt/m.read/${encodeURIComponent(String(event_id))}`, {});
    const [receipt] = list(at(await next(), 'rooms', 'join', id, 'ephemeral', 'events'));
    expect(at(receipt, 'content', String(event_id), 'm.read', alice.userId, 'ts')).toBeTypeOf('number');
    await alice.ok('POST', `${room(id)}/receipt/m.read.private/${encodeURIComponent(String(event_id))}`, {});
    expect((await next()).rooms).toBeUndefined();
    await bob.ok('PUT', `/user/${bob.userId}/account_data/org.example`, { a: 1 });
    expect(at(await next(), 'account_data', 'events')).toEqual([{ type: 'org.example', content: { a: 1 } }]);
    await bob.ok('PUT', `/user/${bob.userId}/rooms/${encodeURIComponent(id)}/tags/m.favourite`, { order: 1 });
    expect(at(await next(), 'rooms', 'join', id, 'account_data', 'events')).toEqual([
      { type: 'm.tag', content: { tags: { 'm.favourite': { order: 1 } } } },
    ]);
    await bob.ok('POST', `${room(id)}/read_markers`, { 'm.fully_read': String(event_id) });
    expect(types(at(await next(), 'rooms', 'join', id, 'account_data', 'events'))).toEqual(['m.fully_read']);
    const refused = await bob.call('PUT', `/user/${bob.userId}/rooms/${id}/account_data/m.fully_read`, {});
    expect(refused.status).toBe(405);
  });

  it('counts what is unread and what concerns one, by thread if asked, until it is read', async () => {
    await using server = await startClientServer();
    const { alice, bob, id } = await pair(server);
    const { next_batch } = await sync(bob);
    const { event_id: root } = await alice.ok('PUT', `${room(id)}/send/m.room.message/1`, message('hello'));
    const mention = { ...message('bob!'), 'm.mentions': { user_ids: [bob.userId] } };
    const { event_id: last } = await alice.ok('PUT', `${room(id)}/send/m.room.message/2`, mention);
    const inThread = {
      ...message('aside'),
      'm.relates_to': { rel_type: 'm.thread', event_id: String(root) },
    };
    await alice.ok('PUT', `${room(id)}/send/m.room.message/3`, inThread);
    const counted = at(await sync(bob, next_batch), 'rooms', 'join', id);
    expect(at(counted, 'unread_notifications')).toEqual({ notification_count: 3, highlight_count: 1 });
    const byThread = filterOf({ room: { timeline: { unread_thread_notifications: true } } });
    const threaded = at(await sync(bob, next_batch, byThread), 'rooms', 'join', id);
    expect(at(threaded, 'unread_notifications')).toEqual({ notification_count: 2, highlight_count: 1 });
    expect(at(threaded, 'unread_thread_notifications', String(root))).toEqual({
      notification_count: 1,
      highlight_count: 0,
    });
    await bob.ok('POST', `${room(id)}/receipt/m.read/${String(last)}`, { thread_id: 'main' });
    const read = at(await sync(bob, next_batch, byThread), 'rooms', 'join', id);
    expect(at(read, 'unread_notifications', 'notification_count')).toBe(0);
    expect(at(read, 'unread_thread_notifications', String(root), 'notification_count')).toBe(1);
    await bob.ok('PUT', '/pushrules/global/override/.m.rule.master/enabled', { enabled: true });
    await alice.ok('PUT', `${room(id)}/send/m.room.message/4`, message('silence'));
    const silent = at(await sync(bob, next_batch), 'rooms', 'join', id, 'unread_notifications');
    expect(at(silent, 'notification_count')).toBe(1);
  });

  it('says nothing of people one ignores', async () => {
    await using server = await startClientServer();
    const { alice, bob, id } = await pair(server);
    const ignored = { ignored_users: { [alice.userId]: {} } };
    await bob.ok('PUT', `/user/${bob.userId}/account_data/m.ignored_user_list`, ignored);
    const { next_batch } = await sync(bob);
    await alice.ok('PUT', `${room(id)}/send/m.room.message/1`, message('bob! bob!'));
    await alice.ok('PUT', `${room(id)}/state/m.room.topic`, { topic: 'still seen' });
    await alice.ok('POST', '/createRoom', { invite: [bob.userId] });
    const changed = await sync(bob, next_batch);
    expect(types(at(changed, 'rooms', 'join', id, 'timeline', 'events'))).toEqual(['m.room.topic']);
    expect(at(changed, 'rooms', 'join', id, 'unread_notifications', 'notification_count')).toBe(0);
    expect(at(changed, 'rooms', 'invite')).toBeUndefined();
    const { chunk } = await bob.ok('GET', `${room(id)}/messages?dir=b&limit=50`);
    expect(bodies(chunk)).toEqual([]);
  });

  it('answers a token from before a restart with everything since', async () => {
    await using first = await startClientServer();
    const { alice, bob, id } = await pair(first);
    const { next_batch } = await sync(alice);
    await bob.ok('PUT', `${room(id)}/send/m.room.message/1`, message('before the restart'));
    await using second = await startClientServer({ store: first.store });
    const { personOf } = await import('@causeway/testing/client-server');
    const again = personOf(second.app, {
      user_id: alice.userId,
      device_id: alice.deviceId,
      access_token: alice.accessToken,
    });
    const changed = await sync(again, next_batch);
    expect(bodies(at(changed, 'rooms', 'join', id, 'timeline', 'events'))).toEqual(['before the restart']);
  });

  it('refuses a token it did not give out', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const { status, body } = await alice.call('GET', '/sync?since=nonsense');
    expect([status, body.errcode]).toEqual([400, 'M_INVALID_PARAM']);
  });
});
