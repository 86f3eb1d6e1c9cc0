import type { JsonObject } from '@causeway/protocol';
import { set, withAdmin } from '@causeway/testing/admins';
import type { Person } from '@causeway/testing/client-server';
import { list } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const ADMIN = '/_causeway/admin';
const YEARS = 100_000;

const refuse = async (
  by: Person,
  [method, path, body]: readonly ['GET' | 'POST' | 'PUT' | 'DELETE', string, JsonObject?],
  expected: { readonly status: number; readonly fault: string; readonly parameters?: JsonObject },
) => {
  const { status, parameters = {}, fault } = expected;
  expect([path, await by.call(method, path, body)]).toMatchObject([
    path,
    { status, body: { errcode: expect.any(String), error: expect.any(String), fault, parameters } },
  ]);
};

/** A page says it in its own words, so the server tells which words, and what they name. */
describe('a refusal has a code and what its sentence names', () => {
  it('for invitation links, to the admin and to whoever opens one', async () => {
    await using net = await withAdmin();
    const { nora } = net;
    const path = `${ADMIN}/invitation-links`;
    const wishes: readonly [JsonObject, string, JsonObject][] = [
      [{ uses: 0 }, 'link-people', { least: 1, most: 1_000 }],
      [{ hours: YEARS }, 'link-hours', { least: 1, most: 2_160 }],
      [{ note: 'n'.repeat(201) }, 'note-long', { most: 200 }],
      [{ role: 'admin' }, 'link-no-admin', {}],
      [{ role: 'pilot' }, 'role-unknown', { role: 'pilot' }],
    ];
    for (const [wish, fault, parameters] of wishes) {
      await refuse(nora, ['POST', path, wish], { status: 400, fault, parameters });
    }
    await refuse(nora, ['DELETE', `${path}/nothing`], { status: 404, fault: 'link-unknown' });
    const { link, link_id } = await nora.ok('POST', path, {});
    const secret = String(link).split('#')[1] ?? '';
    const signUp = { secret, username: 'nora', password: 'long enough for all' };
    const links = '/_causeway/links/invitation';
    await refuse(nora, ['POST', links, signUp], {
      ...{ status: 400, fault: 'user-name-taken', parameters: { name: 'nora' } },
    });
    await refuse(nora, ['POST', links, { ...signUp, username: 'N O' }], { status: 400, fault: 'user-name' });
    await refuse(nora, ['POST', links, { ...signUp, username: 'nil', password: 'short' }], {
      ...{ status: 400, fault: 'password-short', parameters: { least: 10 } },
    });
    await refuse(nora, ['POST', links, { ...signUp, username: 'nil', display_name: 'n'.repeat(201) }], {
      ...{ status: 400, fault: 'name-long', parameters: { most: 200 } },
    });
    await nora.ok('DELETE', `${path}/${String(link_id)}`);
    await refuse(nora, ['DELETE', `${path}/${String(link_id)}`], { status: 400, fault: 'link-ended' });
    await refuse(nora, ['POST', `${links}/look`, { secret }], { status: 410, fault: 'link-withdrawn' });
    await refuse(nora, ['POST', `${links}/look`, { secret: 'x' }], { status: 404, fault: 'link-not-found' });
  });

  it('for registration tokens, and for whoever registers with one', async () => {
    await using net = await withAdmin();
    const { nora } = net;
    const path = `${ADMIN}/registration-tokens`;
    const wishes: readonly [JsonObject, string, JsonObject][] = [
      [{ token: 'with a space' }, 'token-letters', { most: 64 }],
      [{ token: 't'.repeat(65) }, 'token-letters', { most: 64 }],
      [{ uses: 0 }, 'token-people', { least: 1, most: 1_000_000 }],
      [{ expires_ts: 1 }, 'token-past', {}],
    ];
    for (const [wish, fault, parameters] of wishes) {
      await refuse(nora, ['POST', path, wish], { status: 400, fault, parameters });
    }
    await nora.ok('POST', path, { token: 'spring' });
    await refuse(nora, ['POST', path, { token: 'spring' }], { status: 400, fault: 'token-taken' });
    await nora.ok('DELETE', `${path}/spring`);
    await refuse(nora, ['DELETE', `${path}/spring`], { status: 400, fault: 'token-ended' });
    await refuse(nora, ['DELETE', `${path}/summer`], { status: 404, fault: 'token-unknown' });
  });

  it('for a signing key that was changed by somebody else', async () => {
    await using net = await withAdmin();
    const { nora } = net;
    const [current] = list((await nora.ok('GET', `${ADMIN}/signing-keys`)).keys);
    await refuse(nora, ['POST', `${ADMIN}/signing-keys`, { in_use: 'ed25519:older' }], {
      ...{ status: 409, fault: 'signing-key-changed', parameters: { key: current?.key_id ?? '' } },
    });
  });

  it('for accounts that are made, and that end', async () => {
    await using net = await withAdmin();
    const { nora } = net;
    const ada = await net.person(net.north, 'ada');
    const make = (body: JsonObject) => ['POST', `${ADMIN}/people`, body] as const;
    await refuse(nora, make({ username: 'Ada!' }), { status: 400, fault: 'user-name' });
    await refuse(nora, make({ username: 'ada' }), {
      ...{ status: 400, fault: 'user-name-taken', parameters: { name: 'ada' } },
    });
    await refuse(nora, make({ username: 'bob', role: 'pilot' }), {
      ...{ status: 400, fault: 'role-unknown', parameters: { role: 'pilot' } },
    });
    await refuse(nora, make({ username: 'bob', password: 'short' }), {
      ...{ status: 400, fault: 'password-short', parameters: { least: 10 } },
    });
    const person = `${ADMIN}/people/${ada.userId}`;
    const parameters = { person: ada.userId };
    await refuse(nora, ['POST', `${person}/reactivation`, {}], {
      ...{ status: 400, fault: 'account-open', parameters },
    });
    await nora.ok('POST', `${person}/deactivation`, {});
    await refuse(nora, ['POST', `${person}/deactivation`, {}], {
      ...{ status: 403, fault: 'account-ended-already', parameters },
    });
    await nora.ok('POST', `${person}/deactivation`, { erase: true });
    await refuse(nora, ['POST', `${person}/deactivation`, { erase: true }], {
      ...{ status: 403, fault: 'account-erased-already', parameters },
    });
    await refuse(nora, ['POST', `${person}/reactivation`, {}], {
      ...{ status: 403, fault: 'account-erased', parameters },
    });
  });

  it('for rooms', async () => {
    await using net = await withAdmin();
    const { nora } = net;
    const { room_id } = await nora.ok('POST', '/createRoom', {});
    const room = `${ADMIN}/rooms/${encodeURIComponent(String(room_id))}`;
    const elsewhere = `${ADMIN}/rooms/!nowhere:south.test`;
    const parameters = { room: '!nowhere:south.test' };
    await refuse(nora, ['GET', `${elsewhere}/members`], { status: 404, fault: 'room-not-here', parameters });
    await refuse(nora, ['POST', `${elsewhere}/removal`, {}], {
      ...{ status: 404, fault: 'room-not-here', parameters },
    });
    await refuse(nora, ['PUT', `${room}/block`, { blocked: true, reason: 'r'.repeat(501) }], {
      ...{ status: 400, fault: 'reason-long', parameters: { most: 500 } },
    });
    await refuse(nora, ['POST', `${room}/purge`, { before_ts: Date.now() + YEARS * YEARS }], {
      ...{ status: 400, fault: 'past-only' },
    });
    await refuse(nora, ['PUT', `${room}/retention`, { days: 0 }], {
      ...{ status: 400, fault: 'retention-range', parameters: { most: 36_500 } },
    });
  });

  it('for files and reports', async () => {
    await using net = await withAdmin();
    const { nora } = net;
    await refuse(nora, ['DELETE', `${ADMIN}/media/north.test/nothing`], {
      ...{ status: 404, fault: 'file-unknown' },
    });
    await refuse(nora, ['DELETE', `${ADMIN}/media/north.test/a.b`], { status: 400, fault: 'file-address' });
    await refuse(nora, ['POST', `${ADMIN}/media-cache/purge`, { before_ts: Date.now() + YEARS * YEARS }], {
      ...{ status: 400, fault: 'past-only' },
    });
    await refuse(nora, ['POST', `${ADMIN}/reports/9/quarantine`, {}], {
      status: 404,
      fault: 'report-unknown',
    });
    await refuse(nora, ['POST', `${ADMIN}/reports/nine/quarantine`, {}], {
      status: 400,
      fault: 'report-unknown',
    });
  });

  it('for people who are no admins', async () => {
    await using net = await withAdmin();
    const ada = await net.person(net.north, 'ada');
    await refuse(ada, ['GET', `${ADMIN}/people`], { status: 403, fault: 'admins-only' });
  });
});

describe('what members are refused has a code, too', () => {
  it('in rooms', async () => {
    await using net = await withAdmin();
    const { nora } = net;
    const ada = await net.person(net.north, 'ada');
    const { room_id } = await nora.ok('POST', '/createRoom', {});
    const path = `/rooms/${encodeURIComponent(String(room_id))}`;
    await refuse(ada, ['GET', `${path}/messages?dir=b`], { status: 403, fault: 'room-not-yours' });
    await refuse(ada, ['POST', `${path}/join`, {}], {
      ...{ status: 403, fault: 'room-forbids', parameters: { why: 'the sender is not invited' } },
    });
    const invite = { user_id: ada.userId };
    await nora.ok('POST', `${path}/invite`, invite);
    await ada.ok('POST', `${path}/join`);
    const parameters = { person: ada.userId };
    await refuse(nora, ['POST', `${path}/invite`, invite], {
      ...{ status: 403, fault: 'member-already', parameters },
    });
    await refuse(nora, ['POST', `${path}/unban`, invite], {
      ...{ status: 403, fault: 'member-not-banned', parameters },
    });
  });

  it('when a room is made, with the reason by its own code', async () => {
    await using net = await withAdmin();
    const { nora } = net;
    await refuse(nora, ['POST', '/createRoom', { invite: ['@nobody:north.test'] }], {
      status: 404,
      fault: 'invitee-failed',
      parameters: { who: '@nobody:north.test', because: 'user-unknown', person: '@nobody:north.test' },
    });
  });

  it('towards other organisations: of a room only where there is one', async () => {
    await using net = await withAdmin();
    const { nora, sam } = net;
    const roomId = await net.sharedRoom();
    const ada = await net.person(net.north, 'ada');
    const right = `${ADMIN}/people/${ada.userId}/permissions/access-federation`;
    await nora.ok('PUT', right, { held: false });
    await refuse(ada, ['GET', '/publicRooms?server=south.test'], { status: 403, fault: 'may-speak-outside' });
    await set(nora, 'federation.enabled', false);
    await refuse(nora, ['GET', '/publicRooms?server=south.test'], { status: 403, fault: 'exchange-off' });
    await refuse(
      nora,
      ['PUT', `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/1`, { body: 'hello' }],
      { status: 403, fault: 'exchange-off-here' },
    );
    await refuse(nora, ['PUT', '/sendToDevice/m.test/1', { messages: { [sam.userId]: { '*': {} } } }], {
      ...{ status: 403, fault: 'exchange-off' },
    });
  });
});
