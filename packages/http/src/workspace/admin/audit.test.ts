import { withAdmin } from '@causeway/testing/admins';
import { at, list, type Organisations, roomPath, say } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const entries = async ({ nora }: Organisations, query: string) =>
  list((await nora.ok('GET', `/_causeway/admin/audit?${query}`)).entries);

describe('the audit log over its endpoints', () => {
  it('has every way of signing in and out, with who, where and what', async () => {
    await using net = await withAdmin();
    const { north } = net;
    const ada = await north.person('ada');
    const wrong = { type: 'm.login.password', identifier: { type: 'm.id.user', user: 'ada' }, password: 'x' };
    expect((await north.call('POST', '/_matrix/client/v3/login', wrong)).status).toBe(403);
    const second = await north.login('ada');
    await second.ok('POST', '/logout');
    await ada.ok('POST', '/logout/all');
    const found = await entries(net, 'from=0');
    const about = found.filter((entry) => [ada.userId, 'nobody'].includes(String(entry.actor))).toReversed();
    expect(about).toMatchObject([
      { action: 'account.register', target: ada.userId, after: { role: 'user' }, address: '127.0.0.1' },
      { action: 'sign-in.session', target: ada.deviceId, address: '127.0.0.1' },
      { action: 'sign-in.refused', actor: 'nobody', target: 'ada', address: '127.0.0.1' },
      { action: 'sign-in.session', target: second.deviceId },
      { action: 'sign-in.end', target: second.deviceId, address: '127.0.0.1' },
      { action: 'sign-in.end-all', address: '127.0.0.1' },
    ]);
    expect(JSON.stringify(found)).not.toContain('password of ada');
  });

  it('has what moderators do to others and to the rules of a room, and no messages', async () => {
    await using net = await withAdmin();
    const { nora, sam } = net;
    const roomId = await net.sharedRoom();
    const lone = await net.person(net.north, 'lone');
    await nora.ok('POST', `${roomPath(roomId)}/invite`, { user_id: lone.userId });
    await lone.ok('POST', `${roomPath(roomId)}/join`);
    const eventId = await say(lone, roomId, 'a secret word');
    await nora.ok('PUT', `${roomPath(roomId)}/redact/${encodeURIComponent(eventId)}/1`, { reason: 'spam' });
    await nora.ok('POST', `${roomPath(roomId)}/kick`, { user_id: lone.userId, reason: 'enough' });
    await nora.ok('POST', `${roomPath(roomId)}/ban`, { user_id: sam.userId });
    await nora.ok('PUT', `${roomPath(roomId)}/state/m.room.server_acl`, {
      allow: ['*'],
      deny: ['evil.test'],
    });
    const found = (await entries(net, `target=${encodeURIComponent(roomId)}`)).toReversed();
    expect(found).toMatchObject([
      { action: 'moderation.redact', actor: nora.userId, after: { user: lone.userId, reason: 'spam' } },
      { action: 'moderation.kick', after: { user: lone.userId, reason: 'enough' } },
      { action: 'moderation.ban', after: { user: sam.userId } },
      { action: 'moderation.state', after: { type: 'm.room.server_acl', content: { deny: ['evil.test'] } } },
    ]);
    expect(JSON.stringify(await entries(net, ''))).not.toContain('a secret word');
  });

  it('is read in pages, exported whole, and says that it is sound', async () => {
    await using net = await withAdmin();
    for (const name of ['ada', 'bob', 'cem']) await net.north.person(name);
    const first = await net.nora.ok('GET', '/_causeway/admin/audit?action=account&limit=2');
    expect(list(first.entries).map((entry) => entry.actor)).toEqual(['@cem:north.test', '@bob:north.test']);
    const second = await net.nora.ok(
      'GET',
      `/_causeway/admin/audit?action=account&before=${String(first.before)}`,
    );
    expect(list(second.entries).map((entry) => entry.actor)).toEqual(['@ada:north.test', net.nora.userId]);
    const file = await net.nora.call('GET', '/_causeway/admin/audit/export?action=account');
    expect(file.headers['content-disposition']).toContain('audit.jsonl');
    const lines = Buffer.from(file.bytes).toString().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).actor)).toEqual([
      net.nora.userId,
      '@ada:north.test',
      '@bob:north.test',
      '@cem:north.test',
    ]);
    const verification = await net.nora.ok('GET', '/_causeway/admin/audit/verification');
    expect(verification).toMatchObject({ sound: true, entries: expect.any(Number) });
    const [newest] = await entries(net, 'action=audit');
    expect(newest).toMatchObject({
      action: 'audit.export',
      actor: net.nora.userId,
      after: { action: 'account' },
    });
    expect(at(newest, 'sequence')).toBe(verification.entries);
  });
});
