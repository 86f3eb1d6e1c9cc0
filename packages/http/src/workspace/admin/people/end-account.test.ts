import { accountDataOf, type Store, systemClock } from '@causeway/homeserver';
import { type JsonObject, parseServerName, parseUserId } from '@causeway/protocol';
import { withAdmin } from '@causeway/testing/admins';
import { openTestStore, type Person, startClientServer } from '@causeway/testing/client-server';
import { at, list, type Organisations, roomPath, say, until } from '@causeway/testing/organisations';
import { createPasswords, deactivateAccount, openContext } from '@causeway/workspace';
import { describe, expect, it } from 'vitest';

const ADMIN = '/_causeway/admin';

const end = (net: Organisations, person: Person, body: JsonObject = {}) =>
  net.nora.ok('POST', `${ADMIN}/people/${person.userId}/deactivation`, body);

const departed = (net: Organisations, person: Person) =>
  until(`${person.userId} has left`, async () => {
    const answer = await net.nora.ok('GET', `${ADMIN}/people/${person.userId}`);
    return at(answer, 'person', 'leaving') === false ? answer : undefined;
  });

const membershipSeenBy = async (viewer: Person, roomId: string, of: Person) => {
  const { body } = await viewer.call('GET', `${roomPath(roomId)}/state/m.room.member/${of.userId}`);
  return body;
};

const bodiesSeenBy = async (viewer: Person, roomId: string) => {
  const { chunk } = await viewer.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`);
  return list(chunk)
    .filter((event) => event.type === 'm.room.message')
    .map((event) => at(event, 'content', 'body') ?? null)
    .toReversed();
};

const idsSeenBy = async (viewer: Person, roomId: string) => {
  const { chunk } = await viewer.ok('GET', `${roomPath(roomId)}/messages?dir=f&limit=50`);
  return list(chunk)
    .filter((event) => event.type === 'm.room.message')
    .map((event) => String(event.event_id));
};

const inviteAndJoin = async (inviter: Person, roomId: string, guest: Person) => {
  await inviter.ok('POST', `${roomPath(roomId)}/invite`, { user_id: guest.userId });
  await guest.ok('POST', `${roomPath(roomId)}/join`);
};

describe('an account that ends', () => {
  it('leaves its rooms on both sides, declines its invitations, and says what it will leave before', async () => {
    await using net = await withAdmin();
    const ada = await net.person(net.north, 'ada');
    const shared = await net.sharedRoom();
    await inviteAndJoin(net.nora, shared, ada);
    const { room_id: own } = await net.nora.ok('POST', '/createRoom', {
      creation_content: { 'm.federate': false },
    });
    await inviteAndJoin(net.nora, String(own), ada);
    const { room_id: invited } = await net.sam.ok('POST', '/createRoom', { invite: [ada.userId] });
    expect(await net.nora.ok('GET', `${ADMIN}/people/${ada.userId}`)).toMatchObject({
      person: { rooms: { joined: 2, shared: 1, organisations: ['south.test'] } },
    });
    expect(await end(net, ada)).toMatchObject({ person: { state: 'deactivated' } });
    expect(await departed(net, ada)).toMatchObject({ person: { rooms: { joined: 0, shared: 0 } } });
    for (const room of [shared, String(own)]) {
      expect(await membershipSeenBy(net.nora, room, ada)).toMatchObject({ membership: 'leave' });
    }
    for (const room of [shared, String(invited)]) {
      await until('south heard of it', async () => {
        const { membership } = await membershipSeenBy(net.sam, room, ada);
        return membership === 'leave' ? true : undefined;
      });
    }
    expect((await ada.call('GET', '/account/whoami')).status).toBe(401);
    expect((await net.nora.call('POST', `${roomPath(own)}/invite`, { user_id: ada.userId })).status).not.toBe(
      200,
    );
  });

  it('leaves what it could not leave before a restart', async () => {
    await using store = await openTestStore();
    let roomId = '';
    {
      await using first = await startClientServer({ store });
      const [ada, bob] = [await first.person('ada'), await first.person('bob')];
      roomId = String((await bob.ok('POST', '/createRoom', {})).room_id);
      await inviteAndJoin(bob, roomId, ada);
    }
    await endWhileStopped(store, '@ada:north.test', false);
    await using second = await startClientServer({ store });
    const bob = await second.login('bob');
    await until('ada has left', async () => {
      const { body } = await bob.call('GET', `${roomPath(roomId)}/state/m.room.member/@ada:north.test`);
      return body.membership === 'leave' ? true : undefined;
    });
  });

  it('is refused for the only admin, also when they ask for it themselves', async () => {
    await using net = await withAdmin();
    const path = `${ADMIN}/people/${net.nora.userId}/deactivation`;
    expect(await net.nora.call('POST', path, {})).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining('the only admin') },
    });
    const auth = {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'nora' },
      password: 'password of nora',
    };
    expect((await net.nora.call('POST', '/account/deactivate', { auth })).status).toBe(403);
    await net.nora.ok('GET', '/account/whoami');
  });
});

describe('an account that is erased', () => {
  const setUp = async () => {
    const net = await withAdmin();
    const ada = await net.person(net.north, 'ada');
    await ada.ok('PUT', `/profile/${ada.userId}/displayname`, { displayname: 'Countess Lovelace' });
    const roomId = await net.sharedRoom({
      initial_state: [
        { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: 'shared' } },
      ],
    });
    await inviteAndJoin(net.nora, roomId, ada);
    await say(ada, roomId, 'the secret of the engine');
    await say(net.nora, roomId, 'I will keep it');
    return { net, ada, roomId };
  };

  it('is read as before by who was there, and without content by who comes later, on this server', async () => {
    const { net, ada, roomId } = await setUp();
    await using _net = net;
    await end(net, ada, { erase: true });
    await departed(net, ada);
    const late = await net.person(net.north, 'late');
    await inviteAndJoin(net.nora, roomId, late);
    expect(await bodiesSeenBy(net.nora, roomId)).toEqual(['the secret of the engine', 'I will keep it']);
    expect(await bodiesSeenBy(late, roomId)).toEqual([null, 'I will keep it']);
    const search = { search_categories: { room_events: { search_term: 'secret' } } };
    const count = async (person: Person) =>
      at(await person.ok('POST', '/search', search), 'search_categories', 'room_events', 'count');
    await until('the search finds it for nora', async () =>
      (await count(net.nora)) === 1 ? true : undefined,
    );
    expect(await count(late)).toBe(0);
    const first = await late.ok('GET', '/sync');
    expect(JSON.stringify(first)).not.toContain('the secret of the engine');
    expect(JSON.stringify(await net.nora.ok('GET', '/sync'))).toContain('the secret of the engine');
    expect(await membershipSeenBy(net.nora, roomId, ada)).toEqual({ membership: 'leave' });
  });

  it('says of an edit what it edits, and of a reply its thread, to who gets them without content', async () => {
    const { net, ada, roomId } = await setUp();
    await using _net = net;
    const [original = ''] = await idsSeenBy(ada, roomId);
    const send = (txnId: string, content: JsonObject) =>
      ada.ok('PUT', `${roomPath(roomId)}/send/m.room.message/${txnId}`, { msgtype: 'm.text', ...content });
    const edit = await send('edit', {
      body: '* a better secret',
      'm.new_content': { msgtype: 'm.text', body: 'a better secret' },
      'm.relates_to': { rel_type: 'm.replace', event_id: original },
    });
    const reply = await send('reply', {
      body: 'and another',
      'm.relates_to': { rel_type: 'm.thread', event_id: original },
    });
    await end(net, ada, { erase: true });
    await departed(net, ada);
    const late = await net.person(net.north, 'late');
    await inviteAndJoin(net.nora, roomId, late);
    const unsigned = async (event_id: unknown) => {
      const path = `${roomPath(roomId)}/event/${encodeURIComponent(String(event_id))}`;
      const event = await late.ok('GET', path);
      expect(event).toMatchObject({ content: {} });
      return event.unsigned;
    };
    const erased = { 'org.causeway.erased': true };
    expect(await unsigned(original)).toMatchObject(erased);
    expect(await unsigned(original)).not.toHaveProperty('org.causeway.replaces');
    expect(await unsigned(original)).not.toHaveProperty(['m.relations', 'm.replace']);
    expect(await unsigned(edit.event_id)).toMatchObject({ ...erased, 'org.causeway.replaces': original });
    expect(await unsigned(reply.event_id)).toMatchObject({ ...erased, 'org.causeway.thread_root': original });
  });

  it('is given as it is to servers that were there', async () => {
    const { net, ada, roomId } = await setUp();
    await using _net = net;
    await end(net, ada, { erase: true });
    await departed(net, ada);
    const tom = await net.person(net.south, 'tom');
    await inviteAndJoin(net.sam, roomId, tom);
    expect(await bodiesSeenBy(net.sam, roomId)).toContain('the secret of the engine');
    expect(await bodiesSeenBy(tom, roomId)).toContain('the secret of the engine');
  });

  it('is given without content to servers that come later, with its files', async () => {
    await using net = await withAdmin();
    const ada = await net.person(net.north, 'ada');
    const { room_id } = await net.nora.ok('POST', '/createRoom', {});
    const roomId = String(room_id);
    await inviteAndJoin(net.nora, roomId, ada);
    const upload = await ada.call('POST', '/_matrix/media/v3/upload', Buffer.from('a picture'));
    const url = String(upload.body.content_uri);
    const content = { msgtype: 'm.image', body: 'the secret of the engine', url };
    await ada.ok('PUT', `${roomPath(roomId)}/send/m.room.message/1`, content);
    await say(net.nora, roomId, 'I will keep it');
    await end(net, ada, { erase: true });
    await departed(net, ada);
    net.sent.length = 0;
    await inviteAndJoin(net.nora, roomId, net.sam);
    const seen = await until('the history came', async () => {
      const bodies = await bodiesSeenBy(net.sam, roomId);
      return bodies.includes('I will keep it') ? bodies : undefined;
    });
    expect(seen).toEqual([null, 'I will keep it']);
    expect(net.sent.filter(({ origin }) => origin === 'north.test').join()).not.toContain('the secret');
    const file = `/_matrix/client/v1/media/download/${url.slice('mxc://'.length)}`;
    expect((await net.sam.call('GET', file)).status).not.toBe(200);
    expect((await net.nora.call('GET', file)).status).toBe(200);
  });

  it('has no name and no picture any more in rooms that it left before, for nobody who reads them here', async () => {
    const { net, ada, roomId } = await setUp();
    await using _net = net;
    await end(net, ada);
    await departed(net, ada);
    const named = { membership: 'leave', displayname: 'Countess Lovelace' };
    expect(await membershipSeenBy(net.nora, roomId, ada)).toEqual(named);
    await end(net, ada, { erase: true });
    await departed(net, ada);
    const late = await net.person(net.north, 'late');
    await inviteAndJoin(net.nora, roomId, late);
    for (const person of [net.nora, late]) {
      expect(await membershipSeenBy(person, roomId, ada)).toEqual({ membership: 'leave' });
      for (const part of ['state', 'members', 'messages?dir=b&limit=50', 'messages?dir=f&limit=50']) {
        const answer = await person.ok('GET', `${roomPath(roomId)}/${part}`);
        expect([part, JSON.stringify(answer).includes('Lovelace')]).toEqual([part, false]);
      }
      expect(JSON.stringify(await person.ok('GET', '/sync'))).not.toContain('Lovelace');
    }
    // What another server has is not ours to take back.
    expect(await membershipSeenBy(net.sam, roomId, ada)).toEqual(named);
  });

  it.each(['8', '10', '12'])(
    'is given without name to servers that come later, in version %s',
    async (version) => {
      await using net = await withAdmin();
      const ada = await net.person(net.north, 'ada');
      await ada.ok('PUT', `/profile/${ada.userId}/displayname`, { displayname: 'Countess Lovelace' });
      const { room_id } = await net.nora.ok('POST', '/createRoom', { room_version: version });
      const roomId = String(room_id);
      await inviteAndJoin(net.nora, roomId, ada);
      await say(ada, roomId, 'the secret of the engine');
      await end(net, ada);
      await departed(net, ada);
      await end(net, ada, { erase: true });
      await departed(net, ada);
      net.sent.length = 0;
      await inviteAndJoin(net.nora, roomId, net.sam);
      expect(await membershipSeenBy(net.sam, roomId, ada)).toEqual({ membership: 'leave' });
      await until('the history came', async () =>
        (await bodiesSeenBy(net.sam, roomId)).length > 0 ? true : undefined,
      );
      const told = [
        await net.sam.ok('GET', `${roomPath(roomId)}/state`),
        await net.sam.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`),
      ];
      expect(JSON.stringify(told)).toContain(ada.userId);
      expect(JSON.stringify(told)).not.toContain('Lovelace');
      await say(net.sam, roomId, 'we are in');
      await until('both sides go on', async () =>
        (await bodiesSeenBy(net.nora, roomId)).includes('we are in') ? true : undefined,
      );
    },
  );

  it('has no data of its own any more, and stays erased over restarts', async () => {
    await using store = await openTestStore();
    let roomId = '';
    {
      await using first = await startClientServer({ store });
      const [ada, bob] = [await first.person('ada'), await first.person('bob')];
      roomId = String((await bob.ok('POST', '/createRoom', {})).room_id);
      await inviteAndJoin(bob, roomId, ada);
      await say(ada, roomId, 'the secret of the engine');
      await ada.ok('PUT', `/user/${ada.userId}/account_data/org.test.app`, { colour: 'green' });
    }
    await endWhileStopped(store, '@ada:north.test', true);
    {
      await using second = await startClientServer({ store });
      const bob = await second.login('bob');
      await until('ada is erased', async () => {
        const { body } = await bob.call('GET', `${roomPath(roomId)}/state/m.room.member/@ada:north.test`);
        return body.membership === 'leave' ? true : undefined;
      });
      expect(await accountDataOf(second.engine, userIdOf('@ada:north.test'))).toEqual([]);
    }
    await using third = await startClientServer({ store });
    const [bob, late] = [await third.login('bob'), await third.person('late')];
    await inviteAndJoin(bob, roomId, late);
    expect(await bodiesSeenBy(late, roomId)).toEqual([null]);
    expect(await bodiesSeenBy(bob, roomId)).toEqual(['the secret of the engine']);
  });
});

/** As the command line does it. */
const endWhileStopped = async (store: Store, userId: string, erase: boolean): Promise<void> => {
  const serverName = parseServerName('north.test');
  if (serverName === undefined) throw new Error('not a server name');
  const passwords = createPasswords('low');
  const context = await openContext({ serverName, store, clock: systemClock, passwords });
  await deactivateAccount(context, userIdOf(userId), { by: { name: 'command line' }, erase });
};

const userIdOf = (text: string) => {
  const userId = parseUserId(text);
  if (userId === undefined) throw new Error('not a user ID');
  return userId;
};
