import { events } from '@causeway/homeserver';
import { at, list, roomPath, say, startOrganisations, until } from '@causeway/testing/organisations';
import { makeAdmin, withAdmin } from '@causeway/testing/admins';
import { type Person, startClientServer } from '@causeway/testing/client-server';
import { describe, expect, it } from 'vitest';

const PATH = '/_causeway/admin/signing-keys';

const keysOf = async (admin: Person) => list((await admin.ok('GET', PATH)).keys);

const rotate = async (admin: Person) => {
  const [current] = await keysOf(admin);
  return list((await admin.ok('POST', PATH, { in_use: current?.key_id ?? '' })).keys);
};

const arrived = (person: Person, roomId: string, text: string) =>
  until(`${text} at ${person.userId}`, async () => {
    const { chunk } = await person.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`);
    return list(chunk).some((event) => at(event, 'content', 'body') === text) ? true : undefined;
  });

describe('a new signing key', () => {
  it('signs from then on, and the one before is published as old', async () => {
    await using net = await withAdmin();
    const [before] = await keysOf(net.nora);
    const [now, old] = await rotate(net.nora);
    expect(now?.key_id).not.toBe(before?.key_id);
    expect(old).toMatchObject({ key_id: before?.key_id, public_key: before?.public_key });
    const { body } = await net.north.call('GET', '/_matrix/key/v2/server');
    expect(Object.keys(Object(body['verify_keys']))).toEqual([now?.key_id]);
    expect(Object.keys(Object(at(body['signatures'], 'north.test')))).toEqual([now?.key_id]);
    expect(at(body['old_verify_keys'], String(before?.key_id))).toEqual({
      key: before?.public_key,
      expired_ts: old?.expired_ts,
    });
    const roomId = String((await net.nora.ok('POST', '/createRoom', {})).room_id);
    const eventId = await say(net.nora, roomId, 'signed anew');
    const { engine } = net.north;
    const stored = await engine.store.read((reader) =>
      reader.first(events, { index: 'by_id', where: { event_id: eventId } }),
    );
    expect(stored?.json).toContain(String(now?.key_id));
    expect(stored?.json).not.toContain(String(before?.key_id));
  });

  it('is taken up by a server that shares rooms, in both directions, and what was before stays', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    await say(net.nora, roomId, 'before');
    await arrived(net.sam, roomId, 'before');
    await rotate(net.nora);
    await say(net.nora, roomId, 'after');
    await arrived(net.sam, roomId, 'after');
    await say(net.sam, roomId, 'answer');
    await arrived(net.nora, roomId, 'answer');
  });

  it('does not keep a server that comes later from what was signed with any of the earlier ones', async () => {
    await using net = await withAdmin();
    const { room_id } = await net.nora.ok('POST', '/createRoom', { preset: 'public_chat' });
    const roomId = String(room_id);
    await say(net.nora, roomId, 'first key');
    await rotate(net.nora);
    await say(net.nora, roomId, 'second key');
    await rotate(net.nora);
    await say(net.nora, roomId, 'third key');
    await net.sam.ok('POST', `/join/${encodeURIComponent(roomId)}?server_name=north.test`);
    for (const text of ['first key', 'second key', 'third key']) await arrived(net.sam, roomId, text);
  });

  it('does not make one’s own earlier events doubtful when they come back from others', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    const eventId = await say(net.nora, roomId, 'mine');
    await arrived(net.sam, roomId, 'mine');
    const before = net.north.engine.signingKey.keyId;
    await rotate(net.nora);
    const wanted = { server: net.north.engine.serverName, keyId: before };
    const use = { kind: 'event', at: Date.now() - 1000 } as const;
    expect(await net.north.engine.keys.get({ ...wanted, use })).toBeDefined();
    expect(
      await net.north.engine.keys.get({ ...wanted, use: { kind: 'event', at: Date.now() + 1000 } }),
    ).toBe(undefined);
    expect(await net.north.engine.keys.get({ ...wanted, use: { kind: 'request' } })).toBe(undefined);
    expect(eventId).toMatch(/^\$/);
  });

  it('is in the audit log with who made it', async () => {
    await using net = await withAdmin();
    const [before] = await keysOf(net.nora);
    const [now] = await rotate(net.nora);
    const { entries } = await net.nora.ok('GET', '/_causeway/admin/audit?action=signing-key');
    expect(list(entries)).toMatchObject([
      {
        action: 'signing-key.rotate',
        actor: net.nora.userId,
        target: now?.key_id,
        before: before?.key_id,
        after: now?.key_id,
      },
    ]);
  });

  it('is made once when two admins, or one twice, ask for it at the same time', async () => {
    await using net = await withAdmin();
    const [current] = await keysOf(net.nora);
    const body = { in_use: current?.key_id ?? '' };
    const answers = await Promise.all([net.nora.call('POST', PATH, body), net.nora.call('POST', PATH, body)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      errcode: 'M_CONFLICT',
      error: expect.stringContaining('by now'),
    });
    expect(await keysOf(net.nora)).toHaveLength(2);
  });

  it('loses nothing of what is written meanwhile', async () => {
    await using net = await withAdmin();
    const roomId = await net.sharedRoom();
    const texts = Array.from({ length: 30 }, (_, n) => `message ${n}`);
    await Promise.all([
      ...texts.map((text) => say(net.nora, roomId, text)),
      rotate(net.nora).then(() => rotate(net.nora)),
    ]);
    for (const text of texts) await arrived(net.sam, roomId, text);
  });
});

describe('the host’s key', () => {
  it('that is another than at the last start is taken up, and the audit log says so', async () => {
    const first = await startOrganisations();
    const before = first.north.engine.signingKey.keyId;
    await first[Symbol.asyncDispose]();
    await using again = await startClientServer({ store: first.north.store });
    const admin = await again.login('nora');
    await makeAdmin(again, admin);
    expect(await keysOf(admin)).toMatchObject([
      { key_id: again.engine.signingKey.keyId },
      { key_id: before, expired_ts: expect.any(Number) },
    ]);
    const { entries } = await admin.ok('GET', '/_causeway/admin/audit?action=signing-key');
    expect(list(entries)).toMatchObject([{ actor: 'server start', before }]);
  });

  it('that was given up, has the ID of another one, or is known to everybody is refused in words', async () => {
    const signingKey = { seed: new Uint8Array(32).fill(5), version: 'first' };
    await using server = await startClientServer({ signingKey });
    await startClientServer({ store: server.store }).then((later) => later[Symbol.asyncDispose]());
    const start = (key: typeof signingKey) => startClientServer({ store: server.store, signingKey: key });
    await expect(start(signingKey)).rejects.toThrow(
      /ed25519:first was given up on .* Put the newer key back/,
    );
    const twin = { seed: new Uint8Array(32).fill(6), version: 'first' };
    await expect(start(twin)).rejects.toThrow(/needs an ID of its own/);
    const everybodys = { seed: new Uint8Array(32), version: 'zero' };
    await expect(start(everybodys)).rejects.toThrow(/known to everybody/);
  });
});
