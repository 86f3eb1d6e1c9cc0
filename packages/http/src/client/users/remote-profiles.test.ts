import { systemClock } from '@causeway/homeserver';
import { roomPath, startOrganisations, until } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const profile = (of: { readonly userId: string }) => `/profile/${encodeURIComponent(of.userId)}`;
const HOUR_MS = 3_600_000;

describe('profiles of other organisations', () => {
  it('are fetched when first looked at, kept, and fetched again when looked at after 24 hours', async () => {
    let ahead = 0;
    const clock = {
      ...systemClock,
      now: () => systemClock.now() + ahead,
      schedule: systemClock.schedule.bind(systemClock),
    };
    await using net = await startOrganisations({ clock });
    const { nora, sam } = net;
    const nameOf = async () => (await nora.ok('GET', profile(sam))).displayname;
    await sam.ok('PUT', `${profile(sam)}/displayname`, { displayname: 'Sam' });
    expect(await nameOf()).toBe('Sam');
    await sam.ok('PUT', `${profile(sam)}/displayname`, { displayname: 'Samuel' });
    ahead = 23 * HOUR_MS;
    expect(await nameOf()).toBe('Sam');
    ahead = 25 * HOUR_MS;
    expect(await nameOf()).toBe('Samuel');
    net.cut(true);
    ahead = 50 * HOUR_MS;
    expect(await nameOf()).toBe('Samuel');
    net.cut(false);
  });

  it('follow every membership change in a room that is shared', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    await sam.ok('PUT', `${profile(sam)}/displayname`, { displayname: 'Sam' });
    expect((await nora.ok('GET', profile(sam))).displayname).toBe('Sam');
    await net.sharedRoom();
    await sam.ok('PUT', `${profile(sam)}/displayname`, { displayname: 'Samuel' });
    await until('the new name', async () =>
      (await nora.ok('GET', profile(sam))).displayname === 'Samuel' ? true : undefined,
    );
  });

  it('are in the invitation, and stay in the room when somebody is removed, banned or unbanned', async () => {
    await using net = await startOrganisations();
    const { nora, sam } = net;
    await sam.ok('PUT', `${profile(sam)}/displayname`, { displayname: 'Sam' });
    await nora.ok('GET', profile(sam));
    const { room_id } = await nora.ok('POST', '/createRoom', { invite: [sam.userId] });
    const member = () => nora.ok('GET', `${roomPath(room_id)}/state/m.room.member/${sam.userId}`);
    expect(await member()).toMatchObject({ membership: 'invite', displayname: 'Sam' });
    await sam.ok('POST', `${roomPath(room_id)}/join`);
    for (const [act, membership] of [
      ['kick', 'leave'],
      ['ban', 'ban'],
      ['unban', 'leave'],
    ] as const) {
      await nora.ok('POST', `${roomPath(room_id)}/${act}`, { user_id: sam.userId });
      expect(await member()).toMatchObject({ membership, displayname: 'Sam' });
    }
  });
});
