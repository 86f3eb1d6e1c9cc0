import { gunzipSync } from 'node:zlib';
import { set, withAdmin } from '@causeway/testing/admins';
import { at, list, type Organisations, roomPath, say, until } from '@causeway/testing/organisations';
import { filesOf } from '@causeway/testing/tar';
import { describe, expect, it } from 'vitest';

const SOUTH = '/_causeway/admin/organisations/south.test';

const south = ({ nora }: Organisations) => nora.ok('GET', SOUTH);

const health = (net: Organisations, wanted: string) =>
  until(`south is ${wanted}`, async () => {
    const found = await south(net);
    return found.health === wanted ? found : undefined;
  });

/** Delivered, so that nothing is under way. */
const quiet = (net: Organisations) =>
  until('everything is delivered', async () => {
    const found = await south(net);
    return found.health === 'ok' && list([found.backlog ?? null]).every((one) => one.events === 0)
      ? found
      : undefined;
  });

describe('connected organisations', () => {
  it('are listed with health, rooms, people and what went to and fro', async () => {
    await using net = await withAdmin();
    expect((await net.nora.ok('GET', '/_causeway/admin/organisations')).organisations).toEqual([]);
    const roomId = await net.sharedRoom({ name: 'Partners' });
    const other = await net.sharedRoom();
    const sid = await net.person(net.south, 'sid');
    await net.nora.ok('POST', `${roomPath(roomId)}/invite`, { user_id: sid.userId });
    await until('the invitation', async () =>
      at(await sid.ok('GET', '/sync'), 'rooms', 'invite', roomId) === undefined ? undefined : true,
    );
    await sid.ok('POST', `${roomPath(roomId)}/join`);
    await say(net.sam, roomId, 'hello');
    await say(net.nora, roomId, 'hello');
    const found = await until('both directions', async () => {
      const one = await quiet(net);
      return one.last_received_ts === undefined ? undefined : one;
    });
    expect(found).toMatchObject({
      server_name: 'south.test',
      rooms: 2,
      people: 2,
      last_delivered_ts: expect.any(Number),
      last_received_ts: expect.any(Number),
      shared_rooms: expect.arrayContaining([
        { room_id: roomId, name: 'Partners', their_members: 2, our_members: 1, others: [] },
        { room_id: other, their_members: 1, our_members: 1, others: [] },
      ]),
    });
    const [hour] = list(found.hours);
    expect(Number(hour?.delivered)).toBeGreaterThan(0);
    expect(Number(hour?.received)).toBeGreaterThan(0);
    expect(hour?.failed).toBe(0);
    const { organisations } = await net.nora.ok('GET', '/_causeway/admin/organisations');
    expect(list(organisations)).toMatchObject([
      { server_name: 'south.test', health: 'ok', rooms: 2, people: 2 },
    ]);
    expect((await net.nora.call('GET', '/_causeway/admin/organisations/nobody.test')).status).toBe(404);
    expect(
      (await net.nora.call('GET', `/_causeway/admin/organisations/${encodeURIComponent('a b')}`)).status,
    ).toBe(400);
  });

  it('that cannot be reached say since when, why and what waits, and are tried again at once', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    await say(net.nora, roomId, 'zero');
    await quiet(net);
    net.cut(true);
    await say(net.nora, roomId, 'one');
    await say(net.nora, roomId, 'two');
    const failing = await health(net, 'failing');
    expect(failing).toMatchObject({
      last_error: 'There is no such server.',
      failing_since_ts: expect.any(Number),
      next_attempt_ts: expect.any(Number),
      backlog: { events: 2, at_least: false, oldest_ts: expect.any(Number) },
    });
    expect(list(failing.hours).reduce((sum, hour) => sum + Number(hour.failed), 0)).toBeGreaterThan(0);
    net.cut(false);
    await net.nora.ok('POST', `${SOUTH}/retry`);
    expect(await quiet(net)).toMatchObject({ backlog: { events: 0 } });
    const { entries } = await net.nora.ok('GET', '/_causeway/admin/audit?action=organisation');
    expect(list(entries)).toMatchObject([{ action: 'organisation.retry', target: 'south.test' }]);
  });

  it('are blocked by a rule for their domain, by one admin at a time, and let in again', async () => {
    await using net = await withAdmin();
    await say(net.nora, await net.sharedRoom(), 'zero');
    const { rules_version: version } = await quiet(net);
    const block = (blocked: boolean, basedOn: number, url = SOUTH) =>
      net.nora.call('PUT', `${url}/block`, { blocked, version: basedOn });
    expect((await block(true, Number(version))).body).toMatchObject({
      health: 'blocked',
      blocked_by: 'south.test',
      rules_version: 1,
    });
    expect(await block(true, Number(version))).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining(`${net.nora.userId} changed "Domains"`) },
    });
    expect((await net.sam.call('POST', '/createRoom', { invite: [net.nora.userId] })).body).toMatchObject({
      errcode: 'M_FORBIDDEN',
    });
    expect((await block(true, 1, '/_causeway/admin/organisations/NORTH.test:8448')).body.error).toContain(
      'would lock out your own domain',
    );
    expect((await block(false, 1)).body).toMatchObject({ health: 'ok', rules_version: 2 });
    await set(net.nora, 'federation.rules', [{ domain: '*.test', direction: 'both', effect: 'allow' }]);
    await set(net.nora, 'federation.rules', [{ domain: 'east.test', direction: 'both', effect: 'allow' }]);
    expect((await block(false, 4)).body.error).toContain('not on it');
    const { entries } = await net.nora.ok('GET', '/_causeway/admin/audit?action=organisation');
    expect(list(entries).map((entry) => entry.action)).toEqual([
      'organisation.unblock',
      'organisation.block',
    ]);
  });

  it('are disconnected: everybody leaves, nothing new begins in either direction, and they are told why', async () => {
    await using net = await withAdmin();
    const ada = await net.person(net.north, 'ada');
    const roomId = await net.sharedRoom();
    await net.nora.ok('POST', `${roomPath(roomId)}/invite`, { user_id: ada.userId });
    await ada.ok('POST', `${roomPath(roomId)}/join`);
    const { room_id: invited } = await net.sam.ok('POST', '/createRoom', { invite: [net.nora.userId] });
    const { room_id: ours } = await net.nora.ok('POST', '/createRoom', { name: 'among ourselves' });
    const url = `${SOUTH}/disconnect`;
    const reason = 'The contract ended.';
    expect((await net.nora.ok('POST', url, { reason, version: 0 })).failures).toEqual([]);
    const members = async () =>
      list((await net.sam.ok('GET', `${roomPath(roomId)}/members?membership=join`)).chunk).map(
        (event) => event.state_key,
      );
    await until('that they left is known there', async () =>
      (await members()).every((one) => one === net.sam.userId) ? true : undefined,
    );
    expect(await net.nora.ok('GET', '/joined_rooms')).toEqual({ joined_rooms: [ours] });
    const sync = await net.nora.ok('GET', '/sync');
    expect(JSON.stringify(sync)).not.toContain(String(invited));
    const theirs = await net.sam.call('POST', '/createRoom', { invite: [net.nora.userId] });
    expect(theirs.body).toMatchObject({
      errcode: 'M_FORBIDDEN',
      error: expect.stringContaining('The contract ended.'),
    });
    const mine = await net.nora.call('POST', '/createRoom', { invite: [net.sam.userId] });
    expect(mine.body).toMatchObject({ errcode: 'M_FORBIDDEN' });
    expect(await net.nora.call('POST', url, { reason, version: 0 })).toMatchObject({ status: 409 });
    const { entries } = await net.nora.ok('GET', '/_causeway/admin/audit?target=south.test');
    expect(list(entries)).toMatchObject([
      {
        action: 'organisation.disconnect',
        after: { rooms: 1, people: 2, invitations: 1, failures: 0 },
      },
      { action: 'contact.disconnected', after: { reason } },
    ]);
    await net.nora.ok('PUT', '/_causeway/admin/contacts/south.test', { decision: 'approved', version: 1 });
    expect((await net.sam.call('POST', '/createRoom', { invite: [net.nora.userId] })).status).toBe(200);
  });

  it('are told nothing else, and what was shared with them is exported whole', async () => {
    await using net = await withAdmin();
    const { room_id } = await net.nora.ok('POST', '/createRoom', { name: 'Partners' });
    const roomId = String(room_id);
    const early = await say(net.nora, roomId, 'before they came');
    await net.nora.ok('POST', `${roomPath(roomId)}/invite`, { user_id: net.sam.userId });
    await net.sam.ok('POST', `${roomPath(roomId)}/join`);
    const file = await net.nora.ok(
      'POST',
      '/_matrix/media/v3/upload?filename=plan.pdf',
      Buffer.from('the plans'),
    );
    for (const transaction of ['f', 'again']) {
      await net.nora.ok('PUT', `${roomPath(roomId)}/send/m.room.message/${transaction}`, {
        msgtype: 'm.file',
        body: 'plan.pdf',
        url: String(file.content_uri),
      });
    }
    const during = await say(net.nora, roomId, 'while they were here');
    const theirs = await say(net.sam, roomId, 'of their own');
    await until('it arrived', async () => {
      const { chunk } = await net.nora.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=5`);
      return list(chunk).some((event) => event.event_id === theirs) ? true : undefined;
    });
    await net.sam.ok('POST', `${roomPath(roomId)}/leave`);
    await until('they left', async () => {
      const { joined = {} } = await net.nora.ok('GET', `${roomPath(roomId)}/joined_members`);
      return Object.keys(joined ?? {}).length === 1 ? true : undefined;
    });
    const late = await say(net.nora, roomId, 'after they had gone');
    const { room_id: closed } = await net.nora.ok('POST', '/createRoom', {
      creation_content: { 'm.federate': false },
    });
    const secret = await say(net.nora, String(closed), 'a secret');
    const answer = await net.nora.call('GET', `${SOUTH}/export`);
    expect(answer.headers['content-disposition']).toBe(
      'attachment; filename="shared-with-south.test.tar.gz"',
    );
    const archive = filesOf(gunzipSync(answer.bytes));
    const mediaId = String(file.content_uri).split('/').at(-1);
    const path = `files/${mediaId}`;
    expect([...archive.keys()].toSorted()).toEqual([path, 'shared/000001.jsonl']);
    expect(archive.get(path)).toBe('the plans');
    const text = archive.get('shared/000001.jsonl') ?? '';
    const lines = list(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    expect(lines[0]).toMatchObject({
      kind: 'export',
      shared_with: 'south.test',
      exported_by: net.nora.userId,
    });
    expect(lines.at(-1)).toEqual({ kind: 'end' });
    expect(lines.filter((line) => line.kind === 'room')).toMatchObject([
      { room_id: roomId, name: 'Partners' },
    ]);
    expect(lines.filter((line) => line.kind === 'file')).toMatchObject([
      { mxc: file.content_uri, name: 'plan.pdf', bytes: 9, room_id: roomId, path },
    ]);
    const events = new Map(
      lines.filter((line) => line.kind === 'event').map((line) => [line.event_id, line.sent]),
    );
    expect(events.get(early)).toBe(false);
    expect(events.get(during)).toBe(true);
    for (const absent of [theirs, late, secret]) expect(events.has(absent)).toBe(false);
    expect(text).not.toContain('a secret');
    const { entries } = await net.nora.ok('GET', '/_causeway/admin/audit?action=organisation.export');
    expect(list(entries)).toMatchObject([{ target: 'south.test' }]);
  });
});
