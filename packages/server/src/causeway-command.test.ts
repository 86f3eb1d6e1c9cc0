import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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
    expect(me.body).toEqual({
      user_id: '@ada:localhost',
      role: 'admin',
      permissions: expect.arrayContaining(['access-federation']),
    });
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
      stdout: expect.stringMatching(/^@nils:north\.test\tuser\taccess-federation,/),
    });
  });

  it('has its accounts looked after at the command line, running and stopped', async () => {
    const dataDir = temporaryFolder();
    const environment = { ...north, CAUSEWAY_DATA_DIR: dataDir, CAUSEWAY_PASSWORD_COST: 'low' };
    const causeway = (line: string) => run(line.split(' '), environment);
    const said = async (line: string) => {
      const { code, stdout, stderr } = await causeway(line);
      expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
      return stdout;
    };
    await said('user add root --admin --password long-enough');
    let url = '';
    const send = (path: string, body: object) => call(`${url}${path}`, body);
    const login = (user: string, password: string) =>
      send('/_matrix/client/v3/login', {
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user },
        password,
      });
    {
      await using process = serve(dataDir, north);
      url = await urlOf(process);
      await said('user add nils --role guest --password long-enough');
      const secret = /#(\S+)/.exec(await said('user reset-password nils'))?.[1];
      expect(
        await send('/_causeway/links/password', { secret, password: 'a new one of them' }),
      ).toMatchObject({
        status: 200,
      });
      const { body } = await login('nils', 'a new one of them');
      const token = String(body.access_token);
      const me = () => call(`${url}/_causeway/me`, undefined, token);
      expect((await me()).body).toMatchObject({ role: 'guest' });
      expect(await said('user role nils user')).toBe('@nils:north.test now has the role user.\n');
      expect((await me()).body).toMatchObject({ role: 'user' });
      expect((await causeway('user role root user')).stderr).toContain('This is the only admin.');
      expect((await causeway('user deactivate root')).stderr).toContain('This is the only admin.');
      expect((await causeway('user role nils pilot')).stderr).toContain('There is no role pilot.');
      expect((await causeway('user deactivate nils --erase')).stderr).toContain('--erase --yes');
      await said('user deactivate nils');
      expect((await me()).status).toBe(401);
      expect((await call(`${url}/_matrix/client/v3/sync`, undefined, token)).status).toBe(401);
      await said('user reactivate nils');
      await said('user reset-password nils --password third-one-of-them');
      expect((await login('nils', 'third-one-of-them')).status).toBe(200);
      const invitation = /#(\S+)/.exec(await said('user invite --uses 2 --days 1'))?.[1];
      const eve = { secret: invitation, username: 'eve', password: 'long enough' };
      expect((await send('/_causeway/links/invitation', eve)).status).toBe(200);
      process.signal('SIGTERM');
      await process.ended;
    }
    expect(await said('user deactivate eve --erase --yes')).toContain('at the next start');
    expect(await said('user sign-out nils')).toContain('signed out everywhere');
    expect(await said('user list')).toMatch(
      /^@eve:north\.test\terased\t.*\n@nils:north\.test\tuser\t.*\t0 sessions\tseen 20.*\n@root:/,
    );
    const token = (await said('registration-token --uses 1 --days 2')).trim();
    expect(await said('registration-token list')).toContain(`${token}\topen\tused 0 of 1\tuntil 20`);
    await said(`registration-token withdraw ${token}`);
    expect(await said('registration-token list')).toContain(`${token}\twithdrawn`);
    expect((await causeway(`registration-token withdraw ${token}`)).code).toBe(1);
  }, 60_000);

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

describe('causeway audit verify', () => {
  it('ends with 0 for a sound log, and with 1 and the entry that was changed', async () => {
    const dataDir = temporaryFolder();
    const environment = { ...north, CAUSEWAY_DATA_DIR: dataDir, CAUSEWAY_PASSWORD_COST: 'low' };
    for (const name of ['ada', 'bob', 'cem']) await run(['user', 'add', name], environment);
    const sound = await run(['audit', 'verify'], environment);
    expect(sound).toMatchObject({ code: 0, stdout: expect.stringContaining('sound: 3 entries') });
    const database = new DatabaseSync(join(dataDir, 'causeway.db'));
    database.exec("UPDATE workspace_audit SET target = '@eve:north.test' WHERE sequence = 2");
    database.close();
    const broken = await run(['audit', 'verify'], environment);
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain('broken at entry 2: it was changed after it was written');
  });
});

describe('causeway room inspect', () => {
  it('shows a room while the workspace runs and when it does not', async () => {
    const dataDir = temporaryFolder();
    const environment = { ...north, CAUSEWAY_DATA_DIR: dataDir, CAUSEWAY_PASSWORD_COST: 'low' };
    await run(['user', 'add', 'ada', '--password', 'a long password', '--admin'], environment);
    let roomId = '';
    {
      await using process = serve(dataDir, north);
      const url = await urlOf(process);
      const { body } = await call(`${url}/_matrix/client/v3/login`, {
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: 'ada' },
        password: 'a long password',
      });
      const wanted = { name: 'Harbour', room_alias_name: 'harbour' };
      const made = await call(`${url}/_matrix/client/v3/createRoom`, wanted, String(body.access_token));
      roomId = String(made.body.room_id);
      const running = await run(['room', 'inspect', roomId], environment);
      expect(running).toMatchObject({ code: 0, stdout: expect.stringContaining('name\tHarbour') });
      // What a repair does is tested with two servers, in packages/testing.
      const itself = await run(
        ['room', 'repair', '#harbour:north.test', '--from', 'north.test'],
        environment,
      );
      expect(itself).toMatchObject({ code: 1, stderr: expect.stringContaining('from another server') });
      const entries = await call(`${url}/_causeway/admin/audit`, undefined, String(body.access_token));
      expect(JSON.stringify(entries.body)).toContain('room.repair');
      process.signal('SIGTERM');
      await process.ended;
    }
    const stopped = await run(['room', 'inspect', '#harbour:north.test'], environment);
    expect(stopped.code).toBe(0);
    for (const line of [
      `room\t${roomId}`,
      'version\t12',
      'servers\tnorth.test (1)',
      'members\t1 joined (1 of',
    ])
      expect(stopped.stdout).toContain(line);
    expect(stopped.stdout).toMatch(/^extremity\t\$\S+ m\.room\.\S+ of @ada:north\.test/m);
    const repaired = await run(['room', 'repair', roomId, '--from', 'birch.test'], environment);
    expect(repaired).toMatchObject({ code: 1, stderr: expect.stringContaining('Start the workspace first') });
    const nameless = await run(['room', 'repair', roomId], environment);
    expect(nameless).toMatchObject({ code: 1, stderr: expect.stringContaining('--from') });
    const missing = await run(['room', 'inspect', '!none:north.test'], environment);
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('This server is not in !none'),
    });
  }, 60_000);
});
