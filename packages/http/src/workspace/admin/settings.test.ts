import { readFileSync } from 'node:fs';
import { makeAdmin, set, settingOf, withAdmin } from '@causeway/testing/admins';
import { list, startOrganisations } from '@causeway/testing/organisations';
import { openContext } from '@causeway/workspace';
import { describe, expect, it } from 'vitest';
import { adminOperations } from './admin-routes.ts';

describe('settings', () => {
  it('say what they are, what they do and that nobody changed them', async () => {
    await using net = await withAdmin();
    expect(await settingOf(net.nora, 'federation.enabled')).toMatchObject({
      label: 'Federation',
      value: true,
      default: true,
      is_default: true,
      version: 0,
      control: { kind: 'switch' },
      sentence: expect.stringContaining('other organisations'),
      takes_effect: expect.any(String),
    });
  });

  it('say who changed them when, and go back to their default', async () => {
    await using net = await withAdmin();
    const key = 'rooms.default-history';
    expect((await set(net.nora, key, 'joined')).status).toBe(200);
    const changed = { value: 'joined', is_default: false, version: 1, changed_by: net.nora.userId };
    expect(await settingOf(net.nora, key)).toMatchObject({ ...changed, changed_ts: expect.any(Number) });
    await set(net.nora, key, null);
    expect(await settingOf(net.nora, key)).toMatchObject({ value: 'shared', is_default: true, version: 2 });
    const { entries } = await net.nora.ok('GET', '/_causeway/admin/audit?action=setting');
    expect(list(entries)).toMatchObject([
      { action: 'setting.change', target: key, before: 'joined', after: 'shared' },
      { actor: net.nora.userId, address: '127.0.0.1', target: key, before: 'shared', after: 'joined' },
    ]);
  });

  it('are not changed by the second of two admins who saw the same version', async () => {
    await using net = await withAdmin();
    const url = '/_causeway/admin/settings/media.max-upload-mib';
    await net.nora.ok('PUT', url, { value: 10, version: 0 });
    expect(await net.nora.call('PUT', url, { value: 20, version: 0 })).toMatchObject({
      status: 409,
      body: {
        errcode: 'M_CONFLICT',
        error: expect.stringMatching(/^@nora:north\.test changed "Largest file" on \d{4}-\d\d-\d\d at/),
        changed_by: net.nora.userId,
        version: 1,
        // For a page that says it in its own words.
        fault: 'setting-changed',
        parameters: { who: net.nora.userId, setting: 'media.max-upload-mib', ts: expect.any(Number) },
      },
    });
    expect(await settingOf(net.nora, 'media.max-upload-mib')).toMatchObject({ value: 10 });
    const { entries } = await net.nora.ok('GET', '/_causeway/admin/audit?action=setting');
    expect(list(entries)).toHaveLength(1);
  });

  it.each([
    ['federation.enabled', 'yes', 'on (true) or off (false)'],
    ['rooms.default-version', '9', 'must be one of'],
    ['media.max-upload-mib', 0, 'from 1 to'],
    ['media.max-upload-mib', 1.5, 'whole number'],
    ['media.refused-types', ['exe'], '"exe" is not a kind of file'],
    ['federation.notaries', ['https://a.test/'], 'is not the name of a server'],
    ['federation.notaries', ['NORTH.test'], 'is this server'],
    ['federation.notaries', ['a.test', 'b.test', 'c.test', 'd.test', 'e.test', 'f.test'], 'at most 5'],
    ['federation.rules', [{ domain: 'a.test:8448', direction: 'both', effect: 'deny' }], 'without the port'],
    [
      'federation.rules',
      [{ domain: '*.test', direction: 'inbound', effect: 'deny' }],
      'lock out your own domain',
    ],
    [
      'federation.rules',
      [{ domain: 'NORTH.test', direction: 'both', effect: 'deny' }],
      'lock out your own domain',
    ],
    ['federation.rules', [{ domain: '*', direction: 'both', effect: 'deny' }], 'is not a rule'],
    ['federation.rules', [{ domain: 'bücher.test', direction: 'both', effect: 'deny' }], 'xn--'],
    [
      'federation.rules',
      [{ domain: 'a.test', direction: 'up', effect: 'deny' }],
      'inbound, outbound or both',
    ],
  ])('refuse for %s the value %j in words', async (key, value, words) => {
    await using net = await withAdmin();
    const answer = await set(net.nora, key, value);
    expect(answer).toMatchObject({ status: 400, body: { fault: expect.any(String) } });
    expect(JSON.stringify(answer.body)).toContain(words.replaceAll('"', '\\"'));
    expect(await settingOf(net.nora, key)).toMatchObject({ version: 0 });
  });

  it('take effect on uploads and new rooms at once', async () => {
    await using net = await withAdmin();
    const upload = (type: string, bytes = 10) =>
      net.sam.call('POST', '/_matrix/media/v3/upload', new Uint8Array(bytes), { 'content-type': type });
    await makeAdmin(net.south, net.sam);
    expect((await upload('video/mp4')).status).toBe(200);
    await set(net.sam, 'media.refused-types', ['video/*', 'image/svg+xml']);
    expect((await upload('VIDEO/mp4; codecs=x')).body).toMatchObject({
      errcode: 'M_FORBIDDEN',
      error: 'Files of the kind video/mp4 can not be sent in this workspace.',
    });
    const config = () => net.sam.ok('GET', '/_matrix/client/v1/media/config');
    expect((await config())['org.causeway.refused_types']).toEqual(['video/*', 'image/svg+xml']);
    expect((await upload('image/png')).status).toBe(200);
    await set(net.sam, 'media.refused-types', null);
    expect(Object.keys(await config())).toEqual(['m.upload.size']);
    expect((await upload('video/mp4')).status).toBe(200);
    await set(net.sam, 'media.max-upload-mib', 1);
    expect((await upload('image/png', 1024 * 1024 + 1)).status).toBe(413);
    await set(net.sam, 'rooms.default-version', '11');
    await set(net.sam, 'rooms.default-history', 'joined');
    const { room_id } = await net.sam.ok('POST', '/createRoom', {});
    const state = async (type: string) => net.sam.ok('GET', `/rooms/${String(room_id)}/state/${type}`);
    expect(await state('m.room.create')).toMatchObject({ room_version: '11' });
    expect(await state('m.room.history_visibility')).toEqual({ history_visibility: 'joined' });
  });

  it('are kept over a restart', async () => {
    await using net = await withAdmin();
    await set(net.nora, 'federation.enabled', false);
    const again = await openContext(net.north.context);
    expect(again.settings.get('federation.enabled')).toBe(false);
  });
});

describe('the endpoints for admins', () => {
  it('are in docs/configuration.md', () => {
    const docs = readFileSync(new URL('../../../../../docs/configuration.md', import.meta.url), 'utf8');
    for (const { method, paths } of adminOperations) expect(docs).toContain(`| \`${method} ${paths[0]}\` |`);
  });

  it('are closed to everybody else', async () => {
    await using net = await startOrganisations();
    expect(adminOperations.length).toBeGreaterThan(0);
    for (const { method, paths } of adminOperations) {
      const url = (paths[0] ?? '').replaceAll(/:[a-zA-Z]+/g, 'x');
      expect(url).toMatch(/^\/_causeway\/admin\//);
      expect((await net.north.call(method, url)).status, url).toBe(401);
      expect((await net.nora.call(method, url)).body, url).toMatchObject({ errcode: 'M_FORBIDDEN' });
    }
  });
});
