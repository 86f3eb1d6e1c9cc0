import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, parseUserId } from '@causeway/protocol';
import { transportTo } from '@causeway/testing/client-network';
import { type ClientServer, type Person, startClientServer } from '@causeway/testing/client-server';
import { grantPermission } from '@causeway/workspace';
import { describe, expect, it } from 'vitest';

const room = (roomId: unknown) => `/rooms/${encodeURIComponent(String(roomId))}`;
const message = (body: string) => ({ msgtype: 'm.text', body });

const at = (value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined =>
  path.reduce<JsonValue | undefined>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value);

const list = (value: JsonValue | undefined): readonly JsonObject[] =>
  isJsonArray(value) ? value.filter((entry) => isJsonObject(entry)) : [];

const bodies = (events: JsonValue | undefined) =>
  list(events).flatMap((event) => at(event, 'content', 'body') ?? []);

/** Syncs until something is there, from the token it left off at. */
const follow = async (person: Person) => {
  let { next_batch: since } = await person.ok('GET', '/sync');
  return async <T>(look: (response: JsonObject) => T | undefined): Promise<T> => {
    for (let tries = 0; tries < 50; tries++) {
      const response = await person.ok('GET', `/sync?since=${String(since)}&timeout=200`);
      since = response.next_batch;
      const found = look(response);
      if (found !== undefined) return found;
    }
    throw new Error('it never came');
  };
};

const network = async () => {
  const servers = new Map<string, () => ClientServer>();
  const north = await startClientServer({ serverName: 'north.test', transport: transportTo(servers) });
  const south = await startClientServer({ serverName: 'south.test', transport: transportTo(servers) });
  servers.set('north.test', () => north).set('south.test', () => south);
  const person = async (server: ClientServer, name: string) => {
    const made = await server.person(name);
    const userId = parseUserId(made.userId);
    if (userId !== undefined) await grantPermission(server.context, userId, 'access-federation');
    return made;
  };
  return {
    nora: await person(north, 'nora'),
    sam: await person(south, 'sam'),
    servers,
    [Symbol.asyncDispose]: async () => {
      await north[Symbol.asyncDispose]();
      await south[Symbol.asyncDispose]();
    },
  };
};

describe('clients of two servers', () => {
  it('see invitations, messages, typing, receipts and names of each other', async () => {
    await using net = await network();
    const { nora, sam } = net;
    const norasNews = await follow(nora);
    const samsNews = await follow(sam);
    await nora.ok('PUT', `/profile/${nora.userId}/displayname`, { displayname: 'Nora N.' });
    const { room_id: id } = await nora.ok('POST', '/createRoom', { name: 'Bridge', invite: [sam.userId] });
    const stripped = await samsNews((news) =>
      at(news, 'rooms', 'invite', String(id), 'invite_state', 'events'),
    );
    expect(list(stripped).find((event) => event.type === 'm.room.name')?.content).toEqual({ name: 'Bridge' });
    await sam.ok('POST', `${room(id)}/join`);
    const joined = await samsNews((news) => at(news, 'rooms', 'join', String(id)));
    expect(at(joined, 'summary', 'm.joined_member_count')).toBe(2);

    const { event_id } = await nora.ok('PUT', `${room(id)}/send/m.room.message/1`, message('hello'));
    const timeline = await samsNews((news) => at(news, 'rooms', 'join', String(id), 'timeline', 'events'));
    expect(bodies(timeline)).toContain('hello');

    await sam.ok('PUT', `${room(id)}/typing/${sam.userId}`, { typing: true, timeout: 5000 });
    await norasNews((news) => {
      const events = list(at(news, 'rooms', 'join', String(id), 'ephemeral', 'events'));
      return events.find((event) => event.type === 'm.typing' && JSON.stringify(event).includes(sam.userId));
    });
    await sam.ok('POST', `${room(id)}/receipt/m.read/${encodeURIComponent(String(event_id))}`, {});
    await norasNews((news) => {
      const events = list(at(news, 'rooms', 'join', String(id), 'ephemeral', 'events'));
      return events.find(
        (event) => at(event, 'content', String(event_id), 'm.read', sam.userId) !== undefined,
      );
    });
    expect((await sam.ok('GET', `/profile/${nora.userId}`)).displayname).toBe('Nora N.');
  });

  it('read history from before the join, as far as the other server gives it', async () => {
    await using net = await network();
    const { nora, sam } = net;
    const { room_id: id } = await nora.ok('POST', '/createRoom', {
      preset: 'public_chat',
      room_alias_name: 'old',
    });
    for (let count = 0; count < 70; count++) {
      await nora.ok('PUT', `${room(id)}/send/m.room.message/${count}`, message(String(count)));
    }
    await sam.ok('POST', `/join/${encodeURIComponent('#old:north.test')}`);
    const read: unknown[] = [];
    let from = '';
    for (let pages = 0; pages < 20; pages++) {
      const page = await sam.ok('GET', `${room(id)}/messages?dir=b&limit=20${from}`);
      read.push(...bodies(page.chunk));
      if (page.end === undefined) break;
      from = `&from=${String(page.end)}`;
    }
    expect(read).toEqual(Array.from({ length: 70 }, (_, count) => String(69 - count)));
  });

  it('keep a way on when history cannot be had now', async () => {
    await using net = await network();
    const { nora, sam, servers } = net;
    const { room_id: id } = await nora.ok('POST', '/createRoom', {
      preset: 'public_chat',
      room_alias_name: 'old',
    });
    await nora.ok('PUT', `${room(id)}/send/m.room.message/1`, message('early'));
    await sam.ok('POST', `/join/${encodeURIComponent('#old:north.test')}`);
    const south = servers.get('south.test');
    const north = servers.get('north.test');
    servers.clear();
    const cut = await sam.ok('GET', `${room(id)}/messages?dir=b&limit=20`);
    expect(bodies(cut.chunk)).toEqual([]);
    expect(cut.end).toBeDefined();
    if (north !== undefined && south !== undefined) servers.set('north.test', north).set('south.test', south);
    const page = await sam.ok('GET', `${room(id)}/messages?dir=b&limit=20&from=${String(cut.end)}`);
    expect(bodies(page.chunk)).toEqual(['early']);
  });
});
