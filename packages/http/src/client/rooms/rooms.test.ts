import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '@causeway/protocol';
import { startClientServer } from '@causeway/testing/client-server';
import { describe, expect, it } from 'vitest';

const room = (roomId: unknown) => `/rooms/${encodeURIComponent(String(roomId))}`;

const list = (value: JsonValue | undefined): readonly JsonObject[] =>
  isJsonArray(value) ? value.filter((entry) => isJsonObject(entry)) : [];

const message = (body: string) => ({ msgtype: 'm.text', body });

describe('rooms over the client API', () => {
  it('creates a room, invites, joins, and both read what either says', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const bob = await server.person('bob');
    const { room_id: id } = await alice.ok('POST', '/createRoom', { name: 'Garden', preset: 'private_chat' });
    await alice.ok('POST', `${room(id)}/invite`, { user_id: bob.userId });
    await bob.ok('POST', `/join/${encodeURIComponent(String(id))}`, {});
    await alice.ok('PUT', `${room(id)}/send/m.room.message/t1`, message('Hello'));
    await bob.ok('PUT', `${room(id)}/send/m.room.message/t1`, message('Good morning'));
    const { chunk } = await bob.ok('GET', `${room(id)}/messages?dir=b&limit=2`);
    expect(list(chunk).map((event) => isJsonObject(event.content) && event.content.body)).toEqual([
      'Good morning',
      'Hello',
    ]);
    expect((await bob.ok('GET', '/joined_rooms')).joined_rooms).toEqual([id]);
    const members = await alice.ok('GET', `${room(id)}/joined_members`);
    expect(Object.keys(isJsonObject(members.joined) ? members.joined : {}).sort()).toEqual([
      alice.userId,
      bob.userId,
    ]);
    expect((await bob.ok('GET', `${room(id)}/state/m.room.name`)).name).toBe('Garden');
    const state = await bob.ok('GET', `${room(id)}/state`);
    expect(list(state.list).map((event) => event.type)).toContain('m.room.power_levels');
  });

  it('takes a transaction ID for the path it came with only', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const rooms: string[] = [];
    for (const name of ['one', 'two']) {
      rooms.push(encodeURIComponent(String((await alice.ok('POST', '/createRoom', { name })).room_id)));
    }
    const content = { msgtype: 'm.text', body: 'hello' };
    const sent = new Set<unknown>();
    for (const room of rooms) {
      for (const type of ['m.room.message', 'org.example.message']) {
        for (let times = 0; times < 2; times++) {
          const { event_id } = await alice.ok('PUT', `/rooms/${room}/send/${type}/t1`, content);
          sent.add(event_id);
        }
        const [first = ''] = [...sent].slice(-1).map(String);
        const shown = await alice.ok('GET', `/rooms/${room}/event/${encodeURIComponent(first)}`);
        expect(shown.unsigned).toMatchObject({ transaction_id: 't1' });
      }
    }
    expect(sent.size).toBe(4);
    const [event = ''] = [...sent].map((id) => encodeURIComponent(String(id)));
    const redact = () => alice.ok('PUT', `/rooms/${rooms[0]}/redact/${event}/t1`, {});
    expect(sent).not.toContain((await redact()).event_id);
    expect((await redact()).event_id).toBe((await redact()).event_id);
  });

  it('makes one event of a repeated send', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const { room_id: id } = await alice.ok('POST', '/createRoom', {});
    const first = await alice.ok('PUT', `${room(id)}/send/m.room.message/same`, message('once'));
    const again = await alice.ok('PUT', `${room(id)}/send/m.room.message/same`, message('once'));
    expect(again.event_id).toBe(first.event_id);
    const event = await alice.ok('GET', `${room(id)}/event/${String(first.event_id)}`);
    expect(event).toMatchObject({
      type: 'm.room.message',
      room_id: id,
      sender: alice.userId,
      unsigned: { transaction_id: 'same', membership: 'join' },
    });
  });

  it('pages through a room in both directions without loss', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const { room_id: id } = await alice.ok('POST', '/createRoom', {});
    for (let count = 0; count < 25; count++) {
      await alice.ok('PUT', `${room(id)}/send/m.room.message/t${count}`, message(String(count)));
    }
    const backwards: unknown[] = [];
    let from = '';
    for (;;) {
      const page = await alice.ok('GET', `${room(id)}/messages?dir=b&limit=7${from}`);
      backwards.push(...list(page.chunk).map((event) => event.event_id));
      if (page.end === undefined) break;
      from = `&from=${String(page.end)}`;
    }
    const forwards: unknown[] = [];
    let start = '';
    for (;;) {
      const page = await alice.ok('GET', `${room(id)}/messages?dir=f&limit=7${start}`);
      forwards.push(...list(page.chunk).map((event) => event.event_id));
      if (list(page.chunk).length === 0 || page.end === undefined) break;
      start = `&from=${String(page.end)}`;
    }
    expect(new Set(backwards).size).toBe(backwards.length);
    expect(forwards).toEqual(backwards.toReversed());
    expect(backwards.length).toBeGreaterThan(30);
  });

  it('shows an event in its context', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const { room_id: id } = await alice.ok('POST', '/createRoom', {});
    const ids: unknown[] = [];
    for (let count = 0; count < 9; count++) {
      const sent = await alice.ok('PUT', `${room(id)}/send/m.room.message/t${count}`, message(String(count)));
      ids.push(sent.event_id);
    }
    const context = await alice.ok('GET', `${room(id)}/context/${String(ids[4])}?limit=4`);
    expect(list(context.events_before).map((event) => event.event_id)).toEqual([ids[3], ids[2]]);
    expect(list(context.events_after).map((event) => event.event_id)).toEqual([ids[5], ids[6]]);
    const later = await alice.ok('GET', `${room(id)}/messages?dir=f&from=${String(context.end)}&limit=1`);
    expect(list(later.chunk)[0]?.event_id).toBe(ids[7]);
    const earlier = await alice.ok('GET', `${room(id)}/messages?dir=b&from=${String(context.start)}&limit=1`);
    expect(list(earlier.chunk)[0]?.event_id).toBe(ids[1]);
  });

  it('redacts, and shows by whom and why', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const { room_id: id } = await alice.ok('POST', '/createRoom', {});
    const { event_id: sent } = await alice.ok('PUT', `${room(id)}/send/m.room.message/t`, message('oops'));
    const redaction = await alice.ok('PUT', `${room(id)}/redact/${String(sent)}/r`, { reason: 'typo' });
    const event = await alice.ok('GET', `${room(id)}/event/${String(sent)}`);
    expect(event).toMatchObject({
      content: {},
      unsigned: {
        redacted_because: { event_id: redaction.event_id, redacts: sent, content: { redacts: sent } },
      },
    });
  });

  it('says in which thread a deleted reply stood, and asks the same of receipts for it', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const { room_id: id } = await alice.ok('POST', '/createRoom', {});
    const send = `${room(id)}/send/m.room.message`;
    const { event_id: root } = await alice.ok('PUT', `${send}/root`, message('Root'));
    const { event_id: reply } = await alice.ok('PUT', `${send}/reply`, {
      ...message('Reply'),
      'm.relates_to': { rel_type: 'm.thread', event_id: String(root) },
    });
    await alice.ok('PUT', `${room(id)}/redact/${encodeURIComponent(String(reply))}/r`, {});
    const event = await alice.ok('GET', `${room(id)}/event/${encodeURIComponent(String(reply))}`);
    expect(event.content).toEqual({});
    expect(event.unsigned).toMatchObject({ 'org.causeway.thread_root': root });
    const { chunk } = await alice.ok('GET', `${room(id)}/messages?dir=b&limit=3`);
    expect(list(chunk).find((one) => one.event_id === reply)?.unsigned).toMatchObject({
      'org.causeway.thread_root': root,
    });
    const mainRead = await alice.call(
      'POST',
      `${room(id)}/receipt/m.read/${encodeURIComponent(String(reply))}`,
      { thread_id: 'main' },
    );
    expect(mainRead.status).toBe(400);
  });

  it('sums up edits, threads and references on the event they belong to', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const bob = await server.person('bob');
    const { room_id: id } = await alice.ok('POST', '/createRoom', { preset: 'public_chat' });
    await bob.ok('POST', `${room(id)}/join`);
    const { event_id: root } = await alice.ok('PUT', `${room(id)}/send/m.room.message/t`, message('root'));
    const relate = (rel_type: string, more = {}) => ({
      ...message('child'),
      'm.relates_to': { rel_type, event_id: String(root), ...more },
    });
    const edit = await alice.ok('PUT', `${room(id)}/send/m.room.message/e`, {
      ...relate('m.replace'),
      'm.new_content': message('better'),
    });
    const notMine = { ...relate('m.replace'), 'm.new_content': message('forged') };
    await bob.ok('PUT', `${room(id)}/send/m.room.message/f`, notMine);
    const reply = await bob.ok('PUT', `${room(id)}/send/m.room.message/r`, relate('m.thread'));
    const reference = await bob.ok('PUT', `${room(id)}/send/m.room.message/x`, relate('m.reference'));
    const reaction = relate('m.annotation', { key: '👍' });
    await bob.ok('PUT', `${room(id)}/send/m.reaction/y`, reaction);
    expect((await bob.call('PUT', `${room(id)}/send/m.reaction/z`, reaction)).body.errcode).toBe(
      'M_DUPLICATE_ANNOTATION',
    );
    const event = await alice.ok('GET', `${room(id)}/event/${String(root)}`);
    expect(event.unsigned).toMatchObject({
      'm.relations': {
        'm.replace': { event_id: edit.event_id },
        'm.thread': { count: 1, current_user_participated: true, latest_event: { event_id: reply.event_id } },
        'm.reference': { chunk: [{ event_id: reference.event_id }] },
      },
    });
    const path = `/_matrix/client/v1${room(id)}/relations/${encodeURIComponent(String(root))}`;
    expect(list((await bob.ok('GET', path)).chunk)).toHaveLength(5);
    expect(list((await bob.ok('GET', `${path}/m.thread`)).chunk)).toHaveLength(1);
    expect(list((await bob.ok('GET', `${path}/m.annotation/m.reaction`)).chunk)).toHaveLength(1);
    const first = await bob.ok('GET', `${path}?limit=2`);
    const second = await bob.ok('GET', `${path}?limit=9&from=${String(first.next_batch)}`);
    expect(list(second.chunk)).toHaveLength(3);
    const threads = await bob.ok('GET', `/_matrix/client/v1${room(id)}/threads`);
    expect(list(threads.chunk).map((thread) => thread.event_id)).toEqual([root]);
  });

  it('hides history from before one was invited or joined, as the room says', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const bob = await server.person('bob');
    const visibility = (history_visibility: string) => ({
      type: 'm.room.history_visibility',
      state_key: '',
      content: { history_visibility },
    });
    const { room_id: id } = await alice.ok('POST', '/createRoom', {
      preset: 'public_chat',
      initial_state: [visibility('joined')],
    });
    const { event_id: before } = await alice.ok(
      'PUT',
      `${room(id)}/send/m.room.message/1`,
      message('secret'),
    );
    await bob.ok('POST', `${room(id)}/join`);
    const { event_id: after } = await alice.ok('PUT', `${room(id)}/send/m.room.message/2`, message('open'));
    const { chunk } = await bob.ok('GET', `${room(id)}/messages?dir=b&limit=50`);
    const ids = list(chunk).map((event) => event.event_id);
    expect(ids).toContain(after);
    expect(ids).not.toContain(before);
    expect((await bob.call('GET', `${room(id)}/event/${String(before)}`)).status).toBe(404);
    await bob.ok('POST', `${room(id)}/leave`);
    const { event_id: gone } = await alice.ok(
      'PUT',
      `${room(id)}/send/m.room.message/3`,
      message('without you'),
    );
    const { chunk: left } = await bob.ok('GET', `${room(id)}/messages?dir=b&limit=50`);
    const seen = list(left).map((event) => event.event_id);
    expect(seen).toContain(after);
    expect(seen).not.toContain(gone);
  });

  it('keeps strangers out of everything in a room', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const mallory = await server.person('mallory');
    const { room_id: id } = await alice.ok('POST', '/createRoom', {});
    const { event_id: sent } = await alice.ok('PUT', `${room(id)}/send/m.room.message/1`, message('x'));
    const tries: readonly (readonly [string, string, JsonObject?])[] = [
      ['GET', `${room(id)}/messages?dir=b`],
      ['GET', `${room(id)}/state`],
      ['GET', `${room(id)}/state/m.room.create`],
      ['GET', `${room(id)}/members`],
      ['GET', `${room(id)}/joined_members`],
      ['GET', `${room(id)}/event/${String(sent)}`],
      ['GET', `${room(id)}/context/${String(sent)}`],
      ['GET', `${room(id)}/aliases`],
      ['PUT', `${room(id)}/send/m.room.message/1`, message('y')],
      ['PUT', `${room(id)}/state/m.room.name`, { name: 'mine' }],
      ['PUT', `${room(id)}/typing/${mallory.userId}`, { typing: true }],
      ['POST', `${room(id)}/receipt/m.read/${String(sent)}`, {}],
      ['POST', `${room(id)}/kick`, { user_id: alice.userId }],
      ['POST', `${room(id)}/join`, {}],
    ];
    for (const [method, path, body] of tries) {
      const answer = await mallory.call(method, path, body);
      expect([path, answer.status]).toEqual([path, 403]);
      expect(answer.body.errcode).toBe('M_FORBIDDEN');
    }
  });

  it('moderates: kick, ban, unban, also through state events', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const bob = await server.person('bob');
    const { room_id: id } = await alice.ok('POST', '/createRoom', { preset: 'public_chat' });
    await bob.ok('POST', `${room(id)}/join`);
    await alice.ok('POST', `${room(id)}/kick`, { user_id: bob.userId, reason: 'calm down' });
    expect((await bob.ok('GET', '/joined_rooms')).joined_rooms).toEqual([]);
    await bob.ok('POST', `${room(id)}/join`);
    await alice.ok('PUT', `${room(id)}/state/m.room.member/${bob.userId}`, { membership: 'ban' });
    expect((await bob.call('POST', `${room(id)}/join`, {})).body.errcode).toBe('M_FORBIDDEN');
    await alice.ok('POST', `${room(id)}/unban`, { user_id: bob.userId });
    await bob.ok('POST', `${room(id)}/join`);
    await bob.ok('POST', `${room(id)}/leave`);
    expect((await bob.call('GET', `${room(id)}/messages?dir=b`)).status).toBe(200);
    await bob.ok('POST', `${room(id)}/forget`);
    expect((await bob.call('GET', `${room(id)}/messages?dir=b`)).status).toBe(403);
    await bob.ok('POST', `${room(id)}/join`);
    expect((await bob.call('GET', `${room(id)}/messages?dir=b`)).status).toBe(200);
  });

  it('finds rooms by alias and in the directory', async () => {
    await using server = await startClientServer();
    const alice = await server.person('alice');
    const bob = await server.person('bob');
    const { room_id: id } = await alice.ok('POST', '/createRoom', {
      preset: 'public_chat',
      name: 'Plants',
      room_alias_name: 'plants',
      visibility: 'public',
    });
    const alias = encodeURIComponent('#plants:north.test');
    expect((await server.call('GET', `/_matrix/client/v3/directory/room/${alias}`)).body.room_id).toBe(id);
    const other = encodeURIComponent('#flowers:north.test');
    await alice.ok('PUT', `/directory/room/${other}`, { room_id: String(id) });
    expect((await alice.call('PUT', `/directory/room/${other}`, { room_id: String(id) })).status).toBe(409);
    expect((await alice.ok('GET', `${room(id)}/aliases`)).aliases).toContain('#flowers:north.test');
    await alice.ok('DELETE', `/directory/room/${other}`);
    expect((await bob.ok('POST', `/join/${alias}`)).room_id).toBe(id);
    const found = await bob.ok('POST', '/publicRooms', { filter: { generic_search_term: 'plant' } });
    expect(list(found.chunk)).toMatchObject([{ room_id: id, name: 'Plants', num_joined_members: 2 }]);
    expect(
      (await bob.call('PUT', `/directory/list/room/${String(id)}`, { visibility: 'private' })).status,
    ).toBe(403);
    await alice.ok('PUT', `/directory/list/room/${String(id)}`, { visibility: 'private' });
    expect(list((await bob.ok('GET', '/publicRooms')).chunk)).toEqual([]);
  });
});
