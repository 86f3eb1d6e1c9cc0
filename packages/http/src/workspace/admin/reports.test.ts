import { withAdmin } from '@causeway/testing/admins';
import type { Person } from '@causeway/testing/client-server';
import { at, list, type Organisations, roomPath, say, until } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const entries = async ({ nora }: Organisations, query: string) =>
  list((await nora.ok('GET', `/_causeway/admin/audit?${query}`)).entries);

const queue = async ({ nora }: Organisations, query = '') =>
  list((await nora.ok('GET', `/_causeway/admin/reports?${query}`)).reports);

const report = (person: Person, roomId: string, eventId: string, reason: string) =>
  person.ok('POST', `${roomPath(roomId)}/report/${encodeURIComponent(eventId)}`, { reason });

/** A room of ada and bob, in which bob says something; nora, the admin, is not in it. */
const withReport = async () => {
  const net = await withAdmin();
  const [ada, bob] = [await net.person(net.north, 'ada'), await net.person(net.north, 'bob')];
  const { room_id } = await ada.ok('POST', '/createRoom', { invite: [bob.userId] });
  const roomId = String(room_id);
  await bob.ok('POST', `${roomPath(roomId)}/join`);
  await say(ada, roomId, 'good morning');
  const eventId = await say(bob, roomId, 'something rude');
  await say(ada, roomId, 'now now');
  await report(ada, roomId, eventId, 'This is rude.');
  return { net, ada, bob, roomId, eventId };
};

describe('reports over the endpoints for admins', () => {
  it('are a queue with who, what and why; that they were made is in the audit log', async () => {
    const { net, ada, bob, roomId, eventId } = await withReport();
    await using _net = net;
    await bob.ok('POST', `${roomPath(roomId)}/report`, { reason: 'odd room' });
    await bob.ok('POST', `/users/${ada.userId}/report`, { reason: 'odd person' });
    expect(await queue(net)).toMatchObject([
      { kind: 'user', reporter: bob.userId, user_id: ada.userId, reason: 'odd person' },
      { kind: 'room', room_id: roomId },
      {
        kind: 'event',
        reporter: ada.userId,
        user_id: bob.userId,
        room_id: roomId,
        event_id: eventId,
        note: '',
      },
    ]);
    const first = await net.nora.ok('GET', '/_causeway/admin/reports?limit=2');
    expect(await queue(net, `before=${String(first.before)}`)).toHaveLength(1);
    const noted = await entries(net, 'action=report.add');
    expect(noted).toMatchObject([
      { actor: bob.userId, after: { kind: 'user', userId: ada.userId } },
      { actor: bob.userId, after: { kind: 'room', roomId } },
      {
        actor: ada.userId,
        address: '127.0.0.1',
        after: { kind: 'event', roomId, eventId, userId: bob.userId },
      },
    ]);
    expect(JSON.stringify(noted)).not.toContain('rude');
  });

  it('show the message with what was said around it, and who looked is written down', async () => {
    const { net, bob, eventId, roomId } = await withReport();
    await using _net = net;
    const [{ report_id } = {}] = await queue(net);
    const url = `/_causeway/admin/reports/${String(report_id)}/message`;
    const shown = await net.nora.ok('GET', url);
    expect(shown).toMatchObject({
      here: true,
      message: {
        event_id: eventId,
        sender: bob.userId,
        content: { body: 'something rude' },
        redacted: false,
      },
    });
    expect(list(shown.before).at(-1)).toMatchObject({ content: { body: 'good morning' } });
    // With what it took the place of, so that it can be said in words.
    expect(list(shown.before).at(-2)).toMatchObject({
      type: 'm.room.member',
      state_key: bob.userId,
      content: { membership: 'join' },
      prev_content: { membership: 'invite' },
    });
    expect(list(shown.after)).toMatchObject([{ content: { body: 'now now' } }]);
    const [looked] = await entries(net, 'action=report.open');
    expect(looked).toMatchObject({
      actor: net.nora.userId,
      target: `report ${String(report_id)}`,
      after: { room: roomId },
    });
    expect((await net.nora.call('GET', '/_causeway/admin/reports/99/message')).status).toBe(404);
    expect((await net.nora.call('GET', '/_causeway/admin/reports/x/message')).status).toBe(400);
    expect((await bob.call('GET', url)).status).toBe(403);
  });

  it('are marked as handled with a note, and opened again', async () => {
    const { net } = await withReport();
    await using _net = net;
    const [{ report_id } = {}] = await queue(net, 'open=true');
    const url = `/_causeway/admin/reports/${String(report_id)}`;
    expect(await net.nora.ok('PUT', url, { handled: true, note: 'Talked to bob.' })).toMatchObject({
      handled_by: net.nora.userId,
      handled_ts: expect.any(Number),
      note: 'Talked to bob.',
    });
    expect(await queue(net, 'open=true')).toEqual([]);
    expect(await queue(net)).toHaveLength(1);
    await net.nora.ok('PUT', url, { handled: false });
    expect(await queue(net, 'open=true')).toHaveLength(1);
    expect((await net.nora.call('PUT', url, { handled: true, note: 'x'.repeat(3_000) })).status).toBe(400);
    expect((await net.nora.call('PUT', '/_causeway/admin/reports/7', { handled: true })).status).toBe(404);
    expect((await entries(net, 'action=report')).map((entry) => entry.action)).toEqual([
      'report.reopen',
      'report.handle',
      'report.add',
    ]);
  });

  it('let an admin delete the message where they are a moderator, and nowhere else', async () => {
    const { net, ada, bob, roomId, eventId } = await withReport();
    await using _net = net;
    const [{ report_id } = {}] = await queue(net);
    const remove = () => net.nora.call('POST', `/_causeway/admin/reports/${String(report_id)}/deletion`);
    expect(await remove()).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } });
    await ada.ok('POST', `${roomPath(roomId)}/invite`, { user_id: net.nora.userId });
    await net.nora.ok('POST', `${roomPath(roomId)}/join`);
    expect((await remove()).status).toBe(403);
    const levels = await ada.ok('GET', `${roomPath(roomId)}/state/m.room.power_levels`);
    const users = { ...(levels.users as object), [net.nora.userId]: 50 };
    await ada.ok('PUT', `${roomPath(roomId)}/state/m.room.power_levels`, { ...levels, users });
    expect((await remove()).status).toBe(200);
    const event = await bob.ok('GET', `${roomPath(roomId)}/event/${encodeURIComponent(eventId)}`);
    expect(at(event, 'unsigned', 'redacted_because', 'sender')).toBe(net.nora.userId);
    expect(at(event, 'content', 'body')).toBeUndefined();
    const [newest] = await entries(net, 'action=report.delete-message');
    expect(newest).toMatchObject({ actor: net.nora.userId, after: { room: roomId, event: eventId } });
  });

  it('let an admin withdraw the files of the message', async () => {
    const { net, ada, bob, roomId } = await withReport();
    await using _net = net;
    const { body } = await bob.call('POST', '/_matrix/media/v3/upload', Buffer.from('ugly'));
    const url = String(body.content_uri);
    const { event_id } = await bob.ok('PUT', `${roomPath(roomId)}/send/m.room.message/f`, {
      msgtype: 'm.file',
      body: 'file',
      url,
    });
    await report(ada, roomId, String(event_id), 'ugly file');
    const [{ report_id } = {}] = await queue(net);
    const path = `/_causeway/admin/reports/${String(report_id)}/quarantine`;
    expect(await net.nora.ok('POST', path)).toEqual({ files: 1 });
    const download = `/_matrix/client/v1/media/download/${url.slice('mxc://'.length)}`;
    expect((await ada.call('GET', download)).body.errcode).toBe('CAUSEWAY_QUARANTINED');
    expect(await entries(net, 'action=file')).toMatchObject([{ action: 'file.quarantine', target: url }]);
  });

  it('of a message that was purged say that it is gone', async () => {
    const { net, roomId } = await withReport();
    await using _net = net;
    const [{ report_id } = {}] = await queue(net);
    await until('it is gone', async () => {
      await net.nora.ok('POST', `/_causeway/admin/rooms/${encodeURIComponent(roomId)}/purge`, {
        before_ts: Date.now(),
      });
      const shown = await net.nora.ok('GET', `/_causeway/admin/reports/${String(report_id)}/message`);
      return shown.here === false ? true : undefined;
    });
    const path = `/_causeway/admin/reports/${String(report_id)}/quarantine`;
    expect((await net.nora.call('POST', path)).status).toBe(404);
  });
});
