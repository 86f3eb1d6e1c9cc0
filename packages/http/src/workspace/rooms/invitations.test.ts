import { openTestStore, type Person, startClientServer } from '@causeway/testing/client-server';
import { at, list, roomPath, startOrganisations, until } from '@causeway/testing/organisations';
import { listReports } from '@causeway/workspace';
import { describe, expect, it } from 'vitest';

const invitations = (roomId: unknown) => `/_causeway${roomPath(roomId)}/invitations`;

const room = async (person: Person) => String((await person.ok('POST', '/createRoom', {})).room_id);

const invited = async (person: Person, roomId: string) =>
  at(await person.ok('GET', '/sync'), 'rooms', 'invite', roomId);

const membership = async (seenBy: Person, roomId: string, of: Person) =>
  (await seenBy.call('GET', `${roomPath(roomId)}/state/m.room.member/${of.userId}`)).body.membership;

const gone = (seenBy: Person, roomId: string, of: Person) =>
  until('the end of the invitation', async () =>
    (await membership(seenBy, roomId, of)) === 'leave' ? true : undefined,
  );

describe('an invitation', () => {
  it('is listed while it is open, and ends at the time that was chosen', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const roomId = await room(nora);
    await nora.ok('POST', invitations(roomId), { user_id: sam.userId, reason: 'come', expires_in_ms: 300 });
    const { invitations: open } = await nora.ok('GET', invitations(roomId));
    const [one] = list(open);
    expect(one).toMatchObject({ user_id: sam.userId, inviter: nora.userId, reason: 'come' });
    expect(Number(one?.expires_ts)).toBeGreaterThan(Number(one?.since_ts));
    expect(await invited(sam, roomId)).toBeDefined();
    await gone(nora, roomId, sam);
    await until('the news of it', async () =>
      (await invited(sam, roomId)) === undefined ? true : undefined,
    );
    expect((await nora.ok('GET', invitations(roomId))).invitations).toEqual([]);
    expect((await sam.call('POST', `${roomPath(roomId)}/join`)).status).toBe(403);
  });

  it('that was accepted in time stays accepted', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const roomId = await room(nora);
    await nora.ok('POST', invitations(roomId), { user_id: sam.userId, expires_in_ms: 400 });
    await sam.ok('POST', `${roomPath(roomId)}/join`);
    await new Promise((resume) => setTimeout(resume, 500));
    expect(await membership(nora, roomId, sam)).toBe('join');
  });

  it('ends after a restart, too', async () => {
    const store = await openTestStore();
    const before = await startClientServer({ store });
    const [ada, bob] = [await before.person('ada'), await before.person('bob')];
    const roomId = await room(ada);
    await ada.ok('POST', invitations(roomId), { user_id: bob.userId, expires_in_ms: 200 });
    await before[Symbol.asyncDispose]();
    await new Promise((resume) => setTimeout(resume, 250));
    await using after = await startClientServer({ store });
    const again = await after.login('ada');
    await gone(again, roomId, bob);
  });

  it('cannot expire where nobody here could withdraw it, nor last for ever', async () => {
    await using net = await startOrganisations();
    const { nora, sam, south } = net;
    const roomId = await net.sharedRoom();
    const other = await net.person(south, 'olga');
    const refused = await sam.call('POST', invitations(roomId), {
      user_id: other.userId,
      expires_in_ms: 1000,
    });
    expect([refused.status, refused.body.errcode]).toEqual([403, 'M_FORBIDDEN']);
    expect(
      (await nora.call('POST', invitations(roomId), { user_id: other.userId, expires_in_ms: 0 })).status,
    ).toBe(400);
    await sam.ok('POST', invitations(roomId), { user_id: other.userId });
  });
});

describe('people who do not want to be invited', () => {
  it('block an organisation, which is told so', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    const early = await room(nora);
    await nora.ok('POST', `${roomPath(early)}/invite`, { user_id: sam.userId });
    const blocked = (servers: readonly string[]) =>
      sam.ok('PUT', `/user/${sam.userId}/account_data/org.causeway.blocked_servers`, { servers });
    await blocked(['north.test']);
    expect(await invited(sam, early)).toBeUndefined();
    const roomId = await room(nora);
    const refused = await nora.call('POST', `${roomPath(roomId)}/invite`, { user_id: sam.userId });
    expect([refused.status, refused.body.errcode]).toEqual([403, 'M_INVITE_BLOCKED']);
    await blocked([]);
    await nora.ok('POST', `${roomPath(roomId)}/invite`, { user_id: sam.userId });
    expect(await invited(sam, early)).toBeDefined();
  });

  it('refuse everybody', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    await bob.ok('PUT', `/user/${bob.userId}/account_data/m.invite_permission_config`, {
      default_action: 'block',
    });
    const refused = await ada.call('POST', `${roomPath(await room(ada))}/invite`, { user_id: bob.userId });
    expect([refused.status, refused.body.errcode]).toEqual([403, 'M_INVITE_BLOCKED']);
  });

  it('ignore a person without a word', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    await sam.ok('PUT', `/user/${sam.userId}/account_data/m.ignored_user_list`, {
      ignored_users: { [nora.userId]: {} },
    });
    const roomId = await room(nora);
    await nora.ok('POST', `${roomPath(roomId)}/invite`, { user_id: sam.userId });
    expect(await invited(sam, roomId)).toBeUndefined();
  });
});

describe('reports', () => {
  it('are kept for the admins', async () => {
    await using server = await startClientServer();
    const [ada, bob] = [await server.person('ada'), await server.person('bob')];
    const roomId = await room(ada);
    const { event_id } = await ada.ok('PUT', `${roomPath(roomId)}/send/m.room.message/1`, {
      msgtype: 'm.text',
      body: 'rude',
    });
    const event = `${roomPath(roomId)}/report/${encodeURIComponent(String(event_id))}`;
    expect((await bob.call('POST', event, { reason: 'x' })).status).toBe(404);
    await ada.ok('POST', event, { reason: 'rude' });
    await bob.ok('POST', `${roomPath(roomId)}/report`, { reason: 'spam' });
    await bob.ok('POST', `/users/${ada.userId}/report`, { reason: 'noise' });
    const { reports: kept } = await listReports(server.context, { limit: 10, open: false });
    expect(kept).toMatchObject([
      { kind: 'user', reporter: bob.userId, userId: ada.userId, reason: 'noise' },
      { kind: 'room', reporter: bob.userId, roomId, reason: 'spam' },
      { kind: 'event', reporter: ada.userId, roomId, eventId: event_id, userId: ada.userId, reason: 'rude' },
    ]);
  });
});
