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
    colleagueOfSam: () => person(south, 'sue'),
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

  it.each(['from another server', 'from a colleague'])(
    'see an invitation %s end when they decline it, also with the state after the timeline',
    async (from) => {
      await using net = await network();
      const { nora, sam } = net;
      const inviter = from === 'from another server' ? nora : await net.colleagueOfSam();
      const { next_batch: since } = await sam.ok('GET', '/sync');
      const { room_id: id } = await inviter.ok('POST', '/createRoom', { invite: [sam.userId] });
      const invited = await sam.ok('GET', `/sync?since=${String(since)}&timeout=2000`);
      expect(at(invited, 'rooms', 'invite', String(id))).toBeDefined();
      await sam.ok('POST', `${room(id)}/leave`);
      for (const option of ['', '&use_state_after=true']) {
        const news = await sam.ok('GET', `/sync?since=${String(invited.next_batch)}&timeout=2000${option}`);
        const left = at(news, 'rooms', 'leave', String(id));
        const events = list(
          at(left, ...(option === '' ? ['timeline', 'events'] : ['state_after', 'events'])),
        );
        const own = events.findLast((event) => event.state_key === sam.userId);
        expect(at(own, 'content', 'membership')).toBe('leave');
      }
    },
  );

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

  it('end with the same state as their servers after a fork, by what sync told them', async () => {
    await using net = await network();
    const { nora, sam, servers } = net;
    const { room_id: id } = await nora.ok('POST', '/createRoom', {
      preset: 'public_chat',
      room_alias_name: 'fork',
    });
    await sam.ok('POST', `/join/${encodeURIComponent('#fork:north.test')}`);
    const levels = await nora.ok('GET', `${room(id)}/state/m.room.power_levels`);
    const users = isJsonObject(levels.users) ? levels.users : {};
    const shared = { ...levels, users: { ...users, [sam.userId]: 50 } };
    await nora.ok('PUT', `${room(id)}/state/m.room.power_levels`, shared);
    const clients = await Promise.all([nora, sam].map((person) => stateClient(person, String(id))));
    const agree = async () => {
      for (let tries = 0; tries < 100; tries++) {
        const [a, b] = await Promise.all(clients.map((client) => client.update()));
        if (a !== undefined && a === b) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('they do not agree');
    };
    await agree();
    const links = [...servers];
    servers.clear();
    for (const [person, name] of [
      [nora, 'north'],
      [sam, 'south'],
    ] as const) {
      for (let count = 0; count < 3; count++) {
        await person.ok('PUT', `${room(id)}/state/m.room.topic`, { topic: `${name} ${count}` });
        await person.ok('PUT', `${room(id)}/state/org.example/${name}${count}`, { count });
        await person.ok('PUT', `${room(id)}/send/m.room.message/f${count}`, message(`${name} ${count}`));
      }
      await Promise.all(clients.map((client) => client.update()));
    }
    for (const [name, server] of links) servers.set(name, server);
    await nora.ok('PUT', `${room(id)}/send/m.room.message/heal`, message('healed'));
    await sam.ok('PUT', `${room(id)}/send/m.room.message/heal`, message('healed'));
    await agree();
    for (const client of clients) expect(await client.update()).toBe(await client.stateOfServer());
  });
});

/** Folds what sync says into a state, as a client does. */
const stateClient = async (person: Person, id: string) => {
  const state = new Map<string, JsonValue | undefined>();
  let since: JsonValue | undefined;
  const print = (entries: Iterable<readonly [string, JsonValue | undefined]>) =>
    JSON.stringify([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  const entry = (event: JsonObject) =>
    [`${String(event.type)} ${String(event.state_key)}`, event.event_id] as const;
  return {
    async update(): Promise<string> {
      const token = since === undefined ? '' : `&since=${String(since)}`;
      const limited = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 2 } } }));
      const news = await person.ok('GET', `/sync?use_state_after=true&filter=${limited}${token}`);
      since = news.next_batch;
      for (const event of list(at(news, 'rooms', 'join', id, 'state_after', 'events'))) {
        state.set(...entry(event));
      }
      return print(state);
    },
    stateOfServer: async () => print(list((await person.ok('GET', `${room(id)}/state`)).list).map(entry)),
  };
};
