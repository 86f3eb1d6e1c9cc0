/** The example runs from packed tarballs, under plain Node, and a workspace joins its lobby over TLS. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ type: 'module', private: true, dependencies, overrides }),
  );
  npm(['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--omit=optional'], folder);
};

/** The published declarations are found and say something: without them the second line would be no error. */
const checkTypes = (folder: string): void => {
  const source = `import { createHomeserver } from '@causeway/homeserver';
// @ts-expect-error a server name is text
createHomeserver({ serverName: 1, signingKey: { seed: new Uint8Array(32), version: 'a' } }, {});
`;
  writeFileSync(join(folder, 'consumer.ts'), source);
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2024',
  ];
  execFileSync(join(root, 'node_modules/.bin/tsc'), [...options, 'consumer.ts'], {
    cwd: folder,
    stdio: 'pipe',
  });
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

const startHost = (folder: string, args: readonly string[]): Promise<void> =>
  new Promise((open, fail) => {
    const child = spawn(process.execPath, ['host.js', ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH },
    });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('open: #lobby')) open();
      });
    }
    child.on('exit', () => fail(new Error(output)));
  });

it('an embedded homeserver federates from packed tarballs', { timeout: 180_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-embed-'));
  installTarballs(folder);
  copyFileSync(join(import.meta.dirname, 'host.js'), join(folder, 'host.js'));
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
  const hostPort = await freePort();
  const hostTlsPort = await listenWithTls(hostPort, await certificateOf('embed.test'));
  const northPort = await freePort();
  const overrides = JSON.stringify({
    'embed.test': `127.0.0.1:${hostTlsPort}`,
    'north.test': `127.0.0.1:${northPort}`,
  });
  await startHost(folder, ['embed.test', String(hostPort), folder, overrides, caFile]);

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
  const done = await fetch(`${url}/_causeway/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(setup),
  });
  expect(done.status).toBe(200);

  const ada = await MatrixClient.signIn(url, 'ada', 'long enough');
  const lobby = await ada.join('#lobby:embed.test');
  await ada.say(lobby, 'hello');
  const answer = await ada.untilEvent(
    'the answer',
    lobby,
    (event) => event.sender === '@bot:embed.test' && event.type === 'm.room.message',
  );
  expect(answer.content.body).toBe('@ada:north.test said: hello');
});
