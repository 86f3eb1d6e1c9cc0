import { searchWords } from '@causeway/homeserver';
import type { JsonObject } from '@causeway/protocol';
import { type ClientServer, type Person, startClientServer } from '@causeway/testing/client-server';
import { at, list, roomPath, say, startOrganisations } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const find = async (person: Person, search_term: string, more: JsonObject = {}, from = '') => {
  const body = { search_categories: { room_events: { search_term, order_by: 'recent', ...more } } };
  const answer = await person.ok('POST', `/search${from === '' ? '' : `?next_batch=${from}`}`, body);
  return at(answer, 'search_categories', 'room_events') as JsonObject;
};

const textsOf = (found: JsonObject) =>
  list(found.results).map(
    (entry) => at(entry, 'result', 'content', 'body') ?? at(entry, 'result', 'content', 'name'),
  );

const texts = async (person: Person, term: string, more: JsonObject = {}) =>
  textsOf(await find(person, term, more));

const room = async (person: Person, body: JsonObject = {}) =>
  String((await person.ok('POST', '/createRoom', body)).room_id);

const edit = (person: Person, roomId: string, eventId: string, body: string) =>
  person.ok('PUT', `${roomPath(roomId)}/send/m.room.message/${crypto.randomUUID()}`, {
    msgtype: 'm.text',
    body: `* ${body}`,
    'm.new_content': { msgtype: 'm.text', body },
    'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
  });

const redact = (person: Person, roomId: string, eventId: string) =>
  person.ok('PUT', `${roomPath(roomId)}/redact/${encodeURIComponent(eventId)}/${crypto.randomUUID()}`, {});

/** Everything holds for what the index has and for what it has not reached yet. */
const bothWays = (name: string, run: (server: ClientServer, index: () => Promise<void>) => Promise<void>) =>
  it.each([
    ['the index', true],
    ['what is newer than the index', false],
  ])(`${name} (in %s)`, async (_where, indexed) => {
    await using server = await startClientServer();
    await run(server, async () => (indexed ? server.engine.search.catchUp() : undefined));
  });

describe('search', () => {
  bothWays('finds words, beginnings of words, in any case and script', async (server, index) => {
    const ada = await server.person('ada');
    const roomId = await room(ada, { name: 'Deployment plans' });
    await say(ada, roomId, 'The DEPLOYMENT of Kraków is naïve');
    await say(ada, roomId, '今日は天気がいいですね');
    await say(ada, roomId, "don't touch node_modules/left-pad");
    await index();
    expect(await texts(ada, 'deploy')).toEqual(['The DEPLOYMENT of Kraków is naïve', 'Deployment plans']);
    expect(await texts(ada, 'deploy', { keys: ['content.name'] })).toEqual(['Deployment plans']);
    expect(await texts(ada, 'kraków deployment')).toEqual(['The DEPLOYMENT of Kraków is naïve']);
    expect(await texts(ada, '天気')).toEqual(['今日は天気がいいですね']);
    expect(await texts(ada, "don't left-pad")).toEqual(["don't touch node_modules/left-pad"]);
    expect(await texts(ada, 'deployment absent')).toEqual([]);
    expect(await texts(ada, '!?')).toEqual([]);
    expect((await find(ada, 'deploy')).highlights).toEqual(['deployment']);
  });

  bothWays('knows edits and forgets what was deleted', async (server, index) => {
    const ada = await server.person('ada');
    const roomId = await room(ada);
    const eventId = await say(ada, roomId, 'apples are red');
    await edit(ada, roomId, eventId, 'pears are green');
    const secret = await say(ada, roomId, 'a secretword');
    await index();
    expect(await texts(ada, 'apples')).toEqual([]);
    const found = await find(ada, 'pears');
    expect(list(found.results).map((entry) => at(entry, 'result', 'event_id'))).toEqual([eventId]);
    await redact(ada, roomId, secret);
    await redact(ada, roomId, eventId);
    expect(await texts(ada, 'secretword')).toEqual([]);
    expect(await texts(ada, 'pears')).toEqual([]);
    await index();
    const kept = await server.store.read((reader) => reader.scan(searchWords, {}));
    expect(kept.map((row) => row.word)).not.toContain('secretword');
  });

  bothWays('shows nobody what they may not read', async (server, index) => {
    const ada = await server.person('ada');
    const bob = await server.person('bob');
    const roomId = await room(ada, {
      preset: 'public_chat',
      initial_state: [
        { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'joined' } },
      ],
    });
    await say(ada, roomId, 'before treasure');
    await bob.ok('POST', `${roomPath(roomId)}/join`);
    await say(ada, roomId, 'during treasure');
    await bob.ok('POST', `${roomPath(roomId)}/leave`);
    await say(ada, roomId, 'after treasure');
    await say(ada, await room(ada), 'elsewhere treasure');
    await index();
    expect(await texts(bob, 'treasure')).toEqual(['during treasure']);
    expect((await texts(ada, 'treasure')).length).toBe(4);
    expect(await texts(ada, 'treasure', { filter: { rooms: [roomId] } })).toHaveLength(3);
    await bob.ok('PUT', `/user/${bob.userId}/account_data/m.ignored_user_list`, {
      ignored_users: { [ada.userId]: {} },
    });
    expect(await texts(bob, 'treasure')).toEqual([]);
  });

  bothWays('leaves encrypted rooms out', async (server, index) => {
    const ada = await server.person('ada');
    const roomId = await room(ada);
    await say(ada, roomId, 'plain treasure');
    await ada.ok('PUT', `${roomPath(roomId)}/state/m.room.encryption`, { algorithm: 'm.megolm.v1.aes-sha2' });
    await index();
    expect(await texts(ada, 'treasure')).toEqual([]);
  });

  it('pages, groups, ranks and gives context', async () => {
    await using server = await startClientServer();
    const ada = await server.person('ada');
    const roomId = await room(ada);
    for (let count = 0; count < 15; count++) await say(ada, roomId, `apple number ${count}`);
    await server.engine.search.catchUp();
    for (let count = 15; count < 25; count++) await say(ada, roomId, `apple number ${count}`);
    const seen: unknown[] = [];
    let from = '';
    for (let pages = 0; pages < 9; pages++) {
      const page = await find(ada, 'apple', {}, from);
      expect(page.count).toBe(25);
      seen.push(...textsOf(page));
      // What comes while somebody reads does not shift the pages.
      await say(ada, await room(ada), 'a further apple');
      if (page.next_batch === undefined) break;
      from = String(page.next_batch);
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, count) => `apple number ${24 - count}`));
    await say(ada, roomId, 'pineapples, apples and many more words of no use');
    await say(ada, roomId, 'Apple!');
    const ranked = await find(ada, 'apple', { order_by: 'rank', filter: { rooms: [roomId], limit: 100 } });
    expect(textsOf(ranked)[0]).toBe('Apple!');
    expect(textsOf(ranked).at(-1)).toContain('pineapples');
    const [first] = list(
      (
        await find(ada, 'number 7', {
          event_context: { before_limit: 1, after_limit: 1, include_profile: true },
          groupings: { group_by: [{ key: 'room_id' }, { key: 'sender' }] },
        })
      ).results,
    );
    expect(list(at(first, 'context', 'events_before')).map((event) => at(event, 'content', 'body'))).toEqual([
      'apple number 6',
    ]);
    expect(at(first, 'context', 'profile_info', ada.userId)).toBeDefined();
    const { groups } = await find(ada, 'number', { groupings: { group_by: [{ key: 'room_id' }] } });
    expect(list([at(groups, 'room_id', roomId) ?? {}])[0]?.results).toHaveLength(10);
    expect(
      (
        await ada.call('POST', '/search?next_batch=x', {
          search_categories: { room_events: { search_term: 'a' } },
        })
      ).status,
    ).toBe(400);
    expect((await ada.call('POST', '/search', {})).status).toBe(400);
  });

  it('finds what people of other organisations wrote, history included', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const roomId = await net.sharedRoom();
    await say(sam, roomId, 'greetings from southtown');
    for (let tries = 0; (await texts(nora, 'southtown')).length === 0 && tries < 100; tries++) {
      await new Promise((resume) => setTimeout(resume, 20));
    }
    expect(await texts(nora, 'southtown')).toEqual(['greetings from southtown']);
  });
});
