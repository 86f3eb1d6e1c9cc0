import { set, withAdmin } from '@causeway/testing/admins';
import type { Person } from '@causeway/testing/client-server';
import { at, follow, list, type Organisations, roomPath, say, until } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const texts = async (person: Person, roomId: string): Promise<readonly unknown[]> => {
  const { chunk } = await person.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`);
  return list(chunk)
    .map((event) => at(event, 'content', 'body'))
    .filter((body) => body !== undefined)
    .toReversed();
};

const arrived = (person: Person, roomId: string, text: string) =>
  until(`${text} at ${person.userId}`, async () =>
    (await texts(person, roomId)).includes(text) ? true : undefined,
  );

const fromNorth = (net: Organisations) => net.sent.filter((request) => request.origin === 'north.test');

describe('federation, switched off by an admin', () => {
  it('lets nothing out and nothing in, and what was missed arrives when it is on again', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    await say(net.nora, roomId, 'before');
    await arrived(net.sam, roomId, 'before');
    expect((await set(net.nora, 'federation.enabled', false)).status).toBe(200);
    net.sent.length = 0;

    const refused = await net.nora.call('PUT', `${roomPath(roomId)}/send/m.room.message/1`, {
      msgtype: 'm.text',
      body: 'while off',
    });
    expect(refused).toMatchObject({
      status: 403,
      body: { errcode: 'M_FORBIDDEN', error: expect.stringContaining('switched the exchange with them off') },
    });
    expect(await texts(net.nora, roomId)).toEqual(['before']);
    await say(net.sam, roomId, 'missed');
    await until('a refused transaction', async () =>
      net.sent.some((request) => request.origin === 'south.test' && request.path.includes('/send/'))
        ? true
        : undefined,
    );
    await net.nora.ok('PUT', `${roomPath(roomId)}/typing/${net.nora.userId}`, {
      typing: true,
      timeout: 9000,
    });
    expect((await net.nora.call('POST', `/join/${encodeURIComponent('#x:south.test')}`)).status).not.toBe(
      200,
    );
    const { room_id } = await net.nora.ok('POST', '/createRoom', {});
    await say(net.nora, String(room_id), 'among ourselves');
    expect(await texts(net.nora, String(room_id))).toEqual(['among ourselves']);
    expect(fromNorth(net)).toEqual([]);

    const news = await follow(net.nora);
    await set(net.nora, 'federation.enabled', true);
    await news((response) => {
      const events = list(at(response, 'rooms', 'join', roomId, 'timeline', 'events'));
      return events.some((event) => at(event, 'content', 'body') === 'missed') ? true : undefined;
    });
    await say(net.nora, roomId, 'after');
    await arrived(net.sam, roomId, 'after');
    expect(await texts(net.nora, roomId)).toEqual(['before', 'missed', 'after']);
  });

  it('is told to members before they write', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    const voice = () => net.nora.ok('GET', `/_causeway/rooms/${encodeURIComponent(roomId)}/voice`);
    expect(await voice()).toEqual({ may_write: true });
    await set(net.nora, 'federation.enabled', false);
    expect(await voice()).toEqual({
      may_write: false,
      reason: expect.stringContaining('It can be read until it is on again.'),
      fault: 'exchange-off-here',
      parameters: {},
    });
  });
});

describe('rules for domains', () => {
  const rule = (domain: string, direction: string, effect: string) => [{ domain, direction, effect }];

  it('that deny what comes in refuse it on every route and let ours out', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    await set(net.nora, 'federation.rules', rule('SOUTH.test', 'inbound', 'deny'));
    const invitation = await net.sam.call('POST', '/createRoom', { invite: [net.nora.userId] });
    expect(invitation.body).toMatchObject({
      errcode: 'M_FORBIDDEN',
      error: expect.stringContaining('north.test'),
    });
    await say(net.nora, roomId, 'out');
    await arrived(net.sam, roomId, 'out');
    await say(net.sam, roomId, 'not in');
    await until('the reason in words', async () => {
      const { waiting } = await net.sam.ok(
        'GET',
        `/_causeway/rooms/${encodeURIComponent(roomId)}/delivery?event_id=${encodeURIComponent(await say(net.sam, roomId, 'again'))}`,
      );
      return list(waiting).find((one) =>
        String(one.reason).includes('does not exchange messages with south.test'),
      );
    });
    expect(await texts(net.nora, roomId)).toEqual(['out']);
    await set(net.nora, 'federation.rules', []);
    await arrived(net.nora, roomId, 'not in');
  });

  it('that deny what goes out send nothing, not even a question for keys', async () => {
    await using net = await withAdmin();
    await set(net.nora, 'federation.rules', rule('south.test', 'outbound', 'deny'));
    net.sent.length = 0;
    const answer = await net.nora.call('POST', '/createRoom', { invite: [net.sam.userId] });
    expect(answer.body).toMatchObject({
      errcode: 'M_FORBIDDEN',
      error: expect.stringContaining('north.test does not exchange messages with south.test'),
    });
    await net.nora.call('GET', '/_matrix/client/v1/media/download/south.test/abc');
    await net.nora.call('GET', `/profile/${net.sam.userId}`);
    await net.nora.call('GET', '/publicRooms?server=south.test');
    expect(fromNorth(net)).toEqual([]);
  });

  it('that allow some leave out all others', async () => {
    await using net = await withAdmin();
    await set(net.nora, 'federation.rules', rule('*.south.test', 'both', 'allow'));
    const refused = await net.nora.call('POST', '/createRoom', { invite: [net.sam.userId] });
    expect(refused.body).toMatchObject({ error: expect.stringContaining('is not on it') });
    await set(net.nora, 'federation.rules', rule('south.test', 'both', 'allow'));
    await net.nora.ok('POST', '/createRoom', { invite: [net.sam.userId] });
  });
});

describe('the switches for what is ephemeral', () => {
  it.each([
    ['federation.typing', 'm.typing'],
    ['federation.receipts', 'm.receipt'],
    ['federation.presence', 'm.presence'],
  ])('%s stops %s in both directions', async (key, eduType) => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    const eventId = await say(net.nora, roomId, 'hello');
    await arrived(net.sam, roomId, 'hello');
    const sentEdus = (origin: string) =>
      net.sent.filter((request) => request.origin === origin && request.body.includes(`"${eduType}"`));
    const act = async (person: Person, busy: boolean, eventId: string) => {
      await person.ok('PUT', `${roomPath(roomId)}/typing/${person.userId}`, { typing: busy, timeout: 9000 });
      await person.ok('POST', `${roomPath(roomId)}/receipt/m.read/${encodeURIComponent(eventId)}`, {});
      const presence = busy ? 'unavailable' : 'online';
      await person.ok('PUT', `/presence/${person.userId}/status`, { presence, status_msg: String(busy) });
    };
    await set(net.nora, key, false);
    const news = await follow(net.nora);
    net.sent.length = 0;
    await act(net.nora, true, eventId);
    await act(net.sam, true, eventId);
    await until(`${eduType} from south`, async () => (sentEdus('south.test').length > 0 ? true : undefined));
    // What is sent after it arrives, so what was to be kept out was kept out by then.
    const fence = await say(net.sam, roomId, 'fence');
    const seen = await news((response) => {
      const ephemeral = list(at(response, 'rooms', 'join', roomId, 'ephemeral', 'events'));
      const told = [...ephemeral, ...list(at(response, 'presence', 'events'))]
        .filter((event) => event.type === eduType)
        .map((event) => JSON.stringify(event));
      if (told.some((text) => text.includes(net.sam.userId))) return 'leaked';
      return JSON.stringify(response).includes('fence') ? 'kept out' : undefined;
    });
    expect(seen).toBe('kept out');
    expect(sentEdus('north.test')).toEqual([]);

    await set(net.nora, key, true);
    await act(net.nora, false, fence);
    await say(net.nora, roomId, 'on again');
    await until(`${eduType} from north`, async () => (sentEdus('north.test').length > 0 ? true : undefined));
  });
});

describe('rules about joining rooms of other organisations', () => {
  it('keep people out of rooms that anybody can join, but not of those they are invited to', async () => {
    await using net = await withAdmin();
    await set(net.nora, 'federation.join-public', false);
    const { room_id } = await net.sam.ok('POST', '/createRoom', {
      preset: 'public_chat',
      room_alias_name: 'open',
    });
    const join = () => net.nora.call('POST', `/join/${encodeURIComponent('#open:south.test')}`);
    expect((await join()).body).toMatchObject({
      errcode: 'M_FORBIDDEN',
      error: expect.stringContaining('public rooms of other organisations'),
    });
    expect(net.sent.some((request) => request.path.includes('/send_join/'))).toBe(false);
    await net.sam.ok('POST', `${roomPath(room_id)}/invite`, { user_id: net.nora.userId });
    expect((await join()).status).toBe(200);
  });

  it('keep people out of encrypted rooms', async () => {
    await using net = await withAdmin();
    await set(net.nora, 'federation.join-encrypted', false);
    const encryption = {
      type: 'm.room.encryption',
      state_key: '',
      content: { algorithm: 'm.megolm.v1.aes-sha2' },
    };
    const { room_id } = await net.sam.ok('POST', '/createRoom', {
      initial_state: [encryption],
      invite: [net.nora.userId],
    });
    const join = () => net.nora.call('POST', `${roomPath(room_id)}/join`);
    expect((await join()).body).toMatchObject({ error: expect.stringContaining('encrypted rooms') });
    await set(net.nora, 'federation.join-encrypted', true);
    expect((await join()).status).toBe(200);
  });
});
