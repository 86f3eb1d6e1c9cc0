import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CausewayProcess, olderNode, temporaryFolder } from './test-support/causeway-process.ts';

const run = (args: readonly string[], environment: { readonly [name: string]: string } = {}, node?: string) =>
  new CausewayProcess(args, environment, node).ended;

const serve = (dataDir: string, environment: { readonly [name: string]: string } = {}, node?: string) =>
  new CausewayProcess(
    ['serve'],
    {
      CAUSEWAY_DATA_DIR: dataDir,
      CAUSEWAY_HTTP_PORT: '0',
      CAUSEWAY_PASSWORD_COST: 'low',
      CAUSEWAY_LOG: 'json',
      ...environment,
    },
    node,
  );

const urlOf = async (process: CausewayProcess) =>
  `http://127.0.0.1:${(await process.said(/HTTP port (\d+)/))[1]}`;

const call = async (url: string, body?: object, token?: string) => {
  const answer = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as { readonly [name: string]: unknown } };
};

const north = { CAUSEWAY_SERVER_NAME: 'north.test' };

describe('the causeway command', () => {
  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it('lists every fault of the configuration and ends with 1', async () => {
    const environment = {
      CAUSEWAY_HTTP_PORT: 'x',
      CAUSEWAY_REGISTRATION: 'y',
      CAUSEWAY_DATA_DIR: temporaryFolder(),
    };
    for (const command of ['check-config', 'serve']) {
      const { code, stderr } = await run([command], environment);
      expect(code).toBe(1);
      expect(stderr).toContain('The configuration has 2 faults:');
      expect(stderr).toContain('for example CAUSEWAY_HTTP_PORT=8008');
      expect(stderr).not.toContain('    at ');
    }
  });

  it('finds a sound configuration sound, without touching the data folder', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const { code, stdout } = await run(['check-config'], { CAUSEWAY_DATA_DIR: dataDir });
    expect(code).toBe(0);
    expect(stdout).toContain('The configuration is sound.');
    expect(existsSync(dataDir)).toBe(false);
  });

  const older = olderNode();
  it.skipIf(older === undefined)('runs when it is started by an older Node, and stops with it', async () => {
    await using process = serve(temporaryFolder(), north, older);
    expect((await fetch(`${await urlOf(process)}/health/ready`)).status).toBe(200);
    process.signal('SIGTERM');
    expect((await process.ended).code).toBe(0);
  });
});

describe('set-up', () => {
  it('happens in the browser, once, and then the homeserver is there', async () => {
    const dataDir = temporaryFolder();
    await using process = serve(dataDir);
    const url = await urlOf(process);
    const token = (await process.said(/\/setup\?token=(\S+)/))[1] ?? '';

    expect((await call(`${url}/_causeway/workspace`)).body).toMatchObject({
      state: 'setup',
      server_name: '',
    });
    expect((await call(`${url}/_matrix/client/versions`)).status).toBe(404);
    expect(await call(`${url}/_causeway/setup?token=${token}`)).toMatchObject({
      status: 200,
      body: { valid: true, suggested_server_name: 'localhost', server_name_fixed: false },
    });
    expect((await call(`${url}/_causeway/setup?token=wrong`)).status).toBe(403);

    const admin = { username: 'ada', password: 'long enough' };
    const setup = { token, workspace_name: 'Trial', admin };
    expect(await call(`${url}/_causeway/setup`, { ...setup, server_name: 'a b' })).toMatchObject({
      status: 400,
      body: { field: 'server_name' },
    });
    expect(await call(`${url}/_causeway/setup`, setup)).toMatchObject({
      status: 200,
      body: { user_id: '@ada:localhost' },
    });
    expect((await call(`${url}/_causeway/setup`, setup)).status).toBe(403);

    expect((await call(`${url}/_causeway/workspace`)).body).toEqual({
      state: 'ready',
      name: 'Trial',
      server_name: 'localhost',
      trial: true,
      federation: false,
    });
    const login = await call(`${url}/_matrix/client/v3/login`, {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'ada' },
      password: admin.password,
    });
    expect(login.status).toBe(200);
    // A trial never federates: other servers find nothing here.
    expect((await call(`${url}/_matrix/federation/v1/version`)).status).toBe(404);
    expect((await call(`${url}/_matrix/key/v2/server`)).status).toBe(404);
    const me = await call(`${url}/_causeway/me`, undefined, String(login.body.access_token));
    expect(me.body).toEqual({ user_id: '@ada:localhost', role: 'admin', permissions: ['access-federation'] });
  });

  it('keeps a configured server name for ever', async () => {
    const dataDir = temporaryFolder();
    {
      await using process = serve(dataDir, north);
      await urlOf(process);
      process.signal('SIGTERM');
      await process.ended;
    }
    const { code, stderr } = await serve(dataDir, { CAUSEWAY_SERVER_NAME: 'south.test' }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('belongs to the server name north.test, not south.test');
    expect(stderr).toContain('causeway reset --yes');
  });
});

describe('a running workspace', () => {
  it('lets no second process use its data folder', async () => {
    const dataDir = temporaryFolder();
    await using process = serve(dataDir, north);
    await urlOf(process);
    const { code, stderr } = await serve(dataDir, north).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`the data folder ${dataDir} is in use by another running Causeway`);
    expect(stderr).not.toContain('    at ');
  });

  it('takes commands, as it does when it is stopped', async () => {
    const dataDir = temporaryFolder();
    const environment = { ...north, CAUSEWAY_DATA_DIR: dataDir, CAUSEWAY_PASSWORD_COST: 'low' };
    await using process = serve(dataDir, north);
    const url = await urlOf(process);
    expect(await run(['user', 'add', 'nils', '--password', 'long enough'], environment)).toMatchObject({
      code: 0,
      stdout: 'Made @nils:north.test.\n',
    });
    expect(await run(['user', 'grant', 'nils', 'access-federation'], environment)).toMatchObject({ code: 0 });
    expect(await run(['user', 'grant', 'eve', 'access-federation'], environment)).toMatchObject({ code: 1 });
    expect(await run(['user', 'grant', 'nils', 'fly'], environment)).toMatchObject({ code: 1 });
    expect((await call(`${url}/_causeway/workspace`)).body).toMatchObject({
      state: 'ready',
      federation: true,
    });
    process.signal('SIGTERM');
    await process.ended;
    expect(await run(['user', 'list'], environment)).toMatchObject({
      code: 0,
      stdout: '@nils:north.test\tuser\taccess-federation\n',
    });
  });

  it('has people before its first start, when its name is configured', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const unnamed = { CAUSEWAY_DATA_DIR: dataDir, CAUSEWAY_PASSWORD_COST: 'low' };
    const { code, stderr } = await run(['user', 'add', 'ada'], unnamed);
    expect(code).toBe(1);
    expect(stderr).toContain('There is no workspace in');
    const added = await run(['user', 'add', 'ada', '--admin'], { ...unnamed, ...north });
    expect(added.code).toBe(0);
    const password = /Password: (\S+)/.exec(added.stdout)?.[1];
    await using process = serve(dataDir, north);
    const login = await call(`${await urlOf(process)}/_matrix/client/v3/login`, {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'ada' },
      password,
    });
    expect(login).toMatchObject({ status: 200, body: { user_id: '@ada:north.test' } });
  });

  it('lets people register with a token', async () => {
    const dataDir = temporaryFolder();
    const environment = { ...north, CAUSEWAY_REGISTRATION: 'token' };
    await using process = serve(dataDir, environment);
    const url = `${await urlOf(process)}/_matrix/client/v3/register`;
    const made = await run(['registration-token', '--uses', '1'], {
      ...environment,
      CAUSEWAY_DATA_DIR: dataDir,
    });
    const token = made.stdout.trim();
    const register = (username: string, given: string) =>
      call(url, { username, password: 'p', auth: { type: 'm.login.registration_token', token: given } });
    expect((await register('eve', 'wrong')).status).not.toBe(200);
    expect((await register('ada', token)).status).toBe(200);
    expect((await register('eve', token)).status).not.toBe(200);
  });

  it('ends at once at the second signal', async () => {
    await using process = serve(temporaryFolder(), north);
    await urlOf(process);
    process.signal('SIGTERM');
    process.signal('SIGINT');
    expect([0, 1]).toContain((await process.ended).code);
  });

  it('ends within 5 s of SIGTERM, also while somebody waits in a sync', async () => {
    const environment = { ...north, CAUSEWAY_REGISTRATION: 'open' };
    await using process = serve(temporaryFolder(), environment);
    const url = await urlOf(process);
    const registered = await call(`${url}/_matrix/client/v3/register`, {
      username: 'ada',
      password: 'p',
      auth: { type: 'm.login.dummy' },
    });
    expect(registered.status).toBe(200);
    const token = String(registered.body.access_token);
    const first = await call(`${url}/_matrix/client/v3/sync?timeout=0`, undefined, token);
    const waiting = call(
      `${url}/_matrix/client/v3/sync?timeout=30000&since=${first.body.next_batch}`,
      undefined,
      token,
    );
    const broken = expect(waiting).rejects.toThrow();
    await new Promise((done) => setTimeout(done, 200));
    const start = performance.now();
    process.signal('SIGTERM');
    expect((await process.ended).code).toBe(0);
    expect(performance.now() - start).toBeLessThan(5_000);
    await broken;
  });

  it('refuses a signing key that others can read', async () => {
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'signing.key'), 'ed25519 a AAAA', { mode: 0o644 });
    const { code, stderr } = await serve(dataDir, north).ended;
    expect(code).toBe(1);
    expect(stderr).toContain('chmod 600');
  });

  it('is deleted by reset, and only then when one says so', async () => {
    const dataDir = temporaryFolder();
    const environment = { CAUSEWAY_DATA_DIR: dataDir };
    {
      await using process = serve(dataDir, north);
      await urlOf(process);
      expect(await run(['reset', '--yes'], environment)).toMatchObject({ code: 1 });
      process.signal('SIGTERM');
      await process.ended;
    }
    expect(await run(['reset'], environment)).toMatchObject({ code: 1 });
    expect(existsSync(join(dataDir, 'signing.key'))).toBe(true);
    expect(await run(['reset', '--yes'], environment)).toMatchObject({ code: 0 });
    expect(existsSync(join(dataDir, 'signing.key'))).toBe(false);
    expect(existsSync(join(dataDir, 'causeway.db'))).toBe(false);
  });
});
