/** The examples run from packed tarballs, under plain Node, and a workspace joins their rooms over TLS. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, expect, it } from 'vitest';
import { createCertificateAuthority, issueCertificate } from '../../packages/server/src/demo/certificates.ts';
import { freePort } from '../../packages/server/src/demo/free-port.ts';
import { MatrixClient } from '../../packages/server/src/demo/matrix-client.ts';
import { CausewayProcess } from '../../packages/server/src/test-support/causeway-process.ts';

const root = resolve(import.meta.dirname, '../..');
const packed = ['protocol', 'homeserver', 'workspace', 'storage', 'http'];
const frameworks = ['fastify', 'express'];
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/**
 * Installs the tarballs into a folder outside the repository. What they depend on is taken from the
 * repository's own installation, so that the test asks no registry.
 */
const installTarballs = (folder: string): void => {
  const npm = (args: readonly string[], cwd: string) =>
    execFileSync('npm', [...args], { cwd, encoding: 'utf8', stdio: 'pipe' });
  npm(['run', 'build', '--', ...packed], root);
  const names = packed.map((name) => join(root, 'packages', name));
  npm(['pack', '--pack-destination', folder, ...names], root);
  const overrides: { [name: string]: string } = {};
  const dependencies: { [name: string]: string } = {};
  for (const name of packed) {
    dependencies[`@causeway/${name}`] = `file:./causeway-${name}-0.1.0.tgz`;
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    for (const dependency of Object.keys(manifest.dependencies ?? {})) {
      if (!dependency.startsWith('@causeway/'))
        overrides[dependency] = `file:${join(root, 'node_modules', dependency)}`;
    }
  }
  // Those that are put into an existing application have its framework.
  for (const framework of frameworks)
    dependencies[framework] = `file:${join(root, 'node_modules', framework)}`;
  delete overrides['fastify'];
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ type: 'module', private: true, dependencies, overrides }),
  );
  npm(['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--omit=optional'], folder);
};

/**
 * A program in TypeScript that is strict and checks the declarations of what it uses: each of ours has to be whole. It has
 * the homeserver as the examples have it, and mistakes in it are found, so the declarations also say something.
 */
const checkTypes = (folder: string): void => {
  copyFileSync(join(import.meta.dirname, 'consumer.ts'), join(folder, 'consumer.ts'));
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--noUncheckedIndexedAccess',
    '--exactOptionalPropertyTypes',
    '--skipLibCheck',
    'false',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext.disposable,esnext.iterator',
    '--types',
    'node',
    '--typeRoots',
    join(root, 'node_modules/@types'),
  ];
  const { stdout, status } = spawnSync(join(root, 'node_modules/.bin/tsc'), [...options, 'consumer.ts'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([0, '']);
};

/** The proxy with TLS that stands before the host. */
const listenWithTls = async (
  target: number,
  tls: { readonly cert: string; readonly key: string },
): Promise<number> => {
  const server = createServer(tls, (client) => {
    const host = connect(target, '127.0.0.1');
    client.pipe(host).pipe(client);
    for (const socket of [client, host]) socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  server.unref();
  return (server.address() as AddressInfo).port;
};

/** Resolves once the program says that its room is open. */
const startHost = (folder: string, program: string, args: readonly string[]): Promise<void> =>
  new Promise((open, fail) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH },
    });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('open: #')) open();
      });
    }
    child.on('exit', () => fail(new Error(output)));
  });

const post = async (url: string, body: object): Promise<unknown> => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return answer.json();
};

it('embedded homeservers federate from packed tarballs', { timeout: 180_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-embed-'));
  installTarballs(folder);
  checkTypes(folder);

  const ca = await createCertificateAuthority();
  const certificateOf = async (name: string) => {
    const { certPem, keyPem } = await issueCertificate(ca, [name]);
    return { cert: certPem, key: keyPem };
  };
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const caFile = write('ca.pem', ca.certPem);
  const northPort = await freePort();
  const overridesOf: { [serverName: string]: string } = { 'north.test': `127.0.0.1:${northPort}` };
  const hosts: { readonly name: string; readonly port: number }[] = [];
  for (const name of ['embed', ...frameworks]) {
    const port = await freePort();
    const tlsPort = await listenWithTls(port, await certificateOf(`${name}.test`));
    overridesOf[`${name}.test`] = `127.0.0.1:${tlsPort}`;
    hosts.push({ name, port });
  }
  const overrides = JSON.stringify(overridesOf);
  for (const { name, port } of hosts) {
    const program = `${name}.js`;
    copyFileSync(join(root, 'examples', name, 'host.js'), join(folder, program));
    const data = join(folder, name);
    mkdirSync(data);
    await startHost(folder, program, [`${name}.test`, String(port), data, overrides, caFile]);
  }

  const north = await certificateOf('north.test');
  await using workspace = new CausewayProcess(['serve'], {
    CAUSEWAY_SERVER_NAME: 'north.test',
    CAUSEWAY_DATA_DIR: join(folder, 'north'),
    CAUSEWAY_HTTP_PORT: '0',
    CAUSEWAY_FEDERATION_PORT: String(northPort),
    CAUSEWAY_TLS_CERT: write('north-cert.pem', north.cert),
    CAUSEWAY_TLS_KEY: write('north-key.pem', north.key),
    CAUSEWAY_CA_CERT: caFile,
    CAUSEWAY_FEDERATION_OVERRIDES: overrides,
    CAUSEWAY_PASSWORD_COST: 'low',
  });
  const url = `http://127.0.0.1:${(await workspace.said(/HTTP port (\d+)/))[1]}`;
  const token = (await workspace.said(/\/setup\?token=(\S+)/))[1];
  const setup = { token, workspace_name: 'North', admin: { username: 'ada', password: 'long enough' } };
  await post(`${url}/_causeway/setup`, setup);

  const ada = await MatrixClient.signIn(url, 'ada', 'long enough');
  const lobby = await ada.join('#lobby:embed.test');
  await ada.say(lobby, 'hello');
  const answer = await ada.untilEvent(
    'the answer',
    lobby,
    (event) => event.sender === '@bot:embed.test' && event.type === 'm.room.message',
  );
  expect(answer.content.body).toBe('@ada:north.test said: hello');

  for (const { name, port } of hosts.filter((host) => frameworks.includes(host.name))) {
    const orders = await ada.join(`#orders:${name}.test`);
    const shop = await fetch(`http://127.0.0.1:${port}/`);
    expect(await shop.json()).toEqual({ shop: 'open' });
    expect(await post(`http://127.0.0.1:${port}/orders`, { item: 'tea' })).toEqual({
      told: expect.stringMatching(/^\$/),
    });
    const told = await ada.untilEvent(
      'the order',
      orders,
      (event) => event.sender === `@shop:${name}.test` && event.type === 'm.room.message',
    );
    expect(told.content.body).toBe('ordered: tea');
    const unknown = await fetch(`http://127.0.0.1:${port}/_matrix/federation/v1/no-such-thing`);
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { errcode: 'M_UNRECOGNIZED' }]);
    expect((await fetch(`http://127.0.0.1:${port}/no-such-thing`)).status).toBe(404);
  }
});
