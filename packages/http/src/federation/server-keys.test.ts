import { readFileSync } from 'node:fs';
import { importVerifyKey, isJsonObject, type JsonObject, verifyJson } from '@causeway/protocol';
import { set, withAdmin } from '@causeway/testing/admins';
import { openTestStore, startClientServer } from '@causeway/testing/client-server';
import { at, list, startOrganisations } from '@causeway/testing/organisations';
import { describe, expect, it } from 'vitest';

const HOUR = 3600 * 1000;

const signedBy = (answer: JsonObject | undefined, server: string, keys: JsonObject | undefined): boolean => {
  const verify = at(keys, 'verify_keys');
  return Object.entries(isJsonObject(verify) ? verify : {}).some(([keyId, entry]) => {
    const key = importVerifyKey(String(at(entry, 'key')));
    return key !== undefined && answer !== undefined && verifyJson(answer, server, keyId, key);
  });
};

describe('GET /_matrix/key/v2/server', () => {
  it('gives the key in use, signed with itself, for more than an hour', async () => {
    await using server = await startClientServer();
    const { status, body } = await server.call('GET', '/_matrix/key/v2/server');
    expect(status).toBe(200);
    expect(body).toMatchObject({ server_name: 'north.test', old_verify_keys: {} });
    expect(Object.keys(Object(body['verify_keys']))).toHaveLength(1);
    expect(signedBy(body, 'north.test', body)).toBe(true);
    expect(Number(body['valid_until_ts'])).toBeGreaterThan(Date.now() + HOUR);
  });

  it('gives what was signed with before as old, when the host came with another key', async () => {
    const store = await openTestStore();
    const keys = async () => {
      await using server = await startClientServer({ store });
      return (await server.call('GET', '/_matrix/key/v2/server')).body;
    };
    const [first, second] = [await keys(), await keys()];
    const [keyId = '', entry] = Object.entries(Object(first['verify_keys']))[0] ?? [];
    expect(at(second, 'old_verify_keys', keyId, 'key')).toBe(Object(entry)['key']);
    expect(at(second, 'old_verify_keys', keyId, 'expired_ts')).toBeLessThanOrEqual(Date.now());
    expect(at(second, 'verify_keys', keyId)).toBe(undefined);
    await store[Symbol.asyncDispose]();
  });
});

describe('a notary', () => {
  it('passes on what a server says, with its own signature, and says it of a server that is gone', async () => {
    await using net = await startOrganisations();
    const query = () => net.north.call('GET', '/_matrix/key/v2/query/south.test');
    const south = (await net.south.call('GET', '/_matrix/key/v2/server')).body;
    const north = (await net.north.call('GET', '/_matrix/key/v2/server')).body;
    const [answer] = list((await query()).body['server_keys']);
    expect(answer).toMatchObject({ server_name: 'south.test', verify_keys: south['verify_keys'] });
    expect(signedBy(answer, 'south.test', south)).toBe(true);
    expect(signedBy(answer, 'north.test', north)).toBe(true);
    net.cut(true);
    const far = Date.now() + 48 * HOUR;
    const { body } = await net.north.call('POST', '/_matrix/key/v2/query', {
      server_keys: { 'south.test': { 'ed25519:unknown': { minimum_valid_until_ts: far } }, 'gone.test': {} },
    });
    expect(list(body['server_keys'])).toMatchObject([{ server_name: 'south.test' }]);
  });

  it('asks a server once, and again only for what it does not have', async () => {
    await using net = await startOrganisations();
    const asks = () => net.sent.filter(({ path }) => path === '/_matrix/key/v2/server').length;
    const query = (until: number) =>
      net.north.call('GET', `/_matrix/key/v2/query/south.test?minimum_valid_until_ts=${until}`);
    for (let n = 0; n < 4; n++) await query(Date.now());
    expect(asks()).toBe(1);
    await query(Date.now() + 48 * HOUR);
    expect(asks()).toBe(2);
  });

  it('tells of its own keys and asks nobody', async () => {
    await using net = await startOrganisations();
    const { body } = await net.north.call('POST', '/_matrix/key/v2/query', {
      server_keys: { 'north.test': {} },
    });
    expect(list(body['server_keys'])).toMatchObject([{ server_name: 'north.test' }]);
    expect(net.sent).toEqual([]);
    const nobody = await net.north.call('POST', '/_matrix/key/v2/query', { server_keys: {} });
    expect(nobody).toMatchObject({ status: 200, body: { server_keys: [] } });
  });

  it('gives the answer of a key that the server says nothing of any more', async () => {
    await using net = await startOrganisations();
    await using before = await startClientServer({ serverName: 'far.test' });
    await using after = await startClientServer({ serverName: 'far.test' });
    net.reach('far.test', before);
    await net.north.call('GET', '/_matrix/key/v2/query/far.test');
    net.reach('far.test', after);
    const first = before.engine.signingKey.keyId;
    const { body } = await net.north.call('POST', '/_matrix/key/v2/query', {
      server_keys: { 'far.test': { [first]: { minimum_valid_until_ts: Date.now() + 240 * HOUR } } },
    });
    const keyIds = list(body['server_keys']).map((answer) => Object.keys(Object(answer['verify_keys'])));
    expect(keyIds).toEqual([[after.engine.signingKey.keyId], [first]]);
  });

  it.each([
    ['GET', '/_matrix/key/v2/query/not%20a%20name', undefined],
    ['GET', '/_matrix/key/v2/query/a.test?minimum_valid_until_ts=soon', undefined],
    ['POST', '/_matrix/key/v2/query', { server_keys: [] }],
    ['POST', '/_matrix/key/v2/query', { server_keys: { 'a.test': 'all' } }],
    ['POST', '/_matrix/key/v2/query', { server_keys: { 'a.test': { k: { minimum_valid_until_ts: 'x' } } } }],
    [
      'POST',
      '/_matrix/key/v2/query',
      { server_keys: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`s${n}.test`, {}])) },
    ],
  ])('refuses %s %s with %j', async (method, url, body) => {
    await using net = await startOrganisations();
    const answer = await net.north.call(method, url, body);
    expect(answer).toMatchObject({ status: 400, body: { errcode: 'M_INVALID_PARAM' } });
    expect(net.sent).toEqual([]);
  });

  it('that an admin names is asked for the key of a server that does not answer, from then on', async () => {
    await using net = await withAdmin();
    await using far = await startClientServer({ serverName: 'far.test' });
    const { keyId, publicKey } = far.engine.signingKey;
    const ask = async () => {
      const at = Date.now() - HOUR;
      const key = await net.north.engine.keys.get({
        server: far.engine.serverName,
        keyId,
        use: { kind: 'event', at },
      });
      return key?.base64;
    };
    net.reach('far.test', far);
    await net.south.call('GET', '/_matrix/key/v2/query/far.test');
    net.reach('far.test', undefined);
    expect((await set(net.nora, 'federation.notaries', ['South.test'])).status).toBe(200);
    net.sent.length = 0;
    expect(await ask()).toBe(publicKey);
    expect(net.sent.map(({ destination, method, path }) => `${destination} ${method} ${path}`)).toEqual([
      'far.test GET /_matrix/key/v2/server',
      'south.test POST /_matrix/key/v2/query',
      'south.test GET /_matrix/key/v2/server',
    ]);
  });

  it('is asked by nobody before an admin names one', async () => {
    await using net = await startOrganisations();
    await using far = await startClientServer({ serverName: 'far.test' });
    const { keyId } = far.engine.signingKey;
    const use = { kind: 'request' } as const;
    expect(await net.north.engine.keys.get({ server: far.engine.serverName, keyId, use })).toBe(undefined);
    expect(net.sent.map(({ destination }) => destination)).toEqual(['far.test']);
  });
});

describe('GET /_matrix/federation/v1/version', () => {
  it('says the version of the package', async () => {
    await using server = await startClientServer();
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const { body } = await server.call('GET', '/_matrix/federation/v1/version');
    expect(body).toEqual({ server: { name: 'Causeway', version } });
  });
});
