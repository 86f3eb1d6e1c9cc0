/** A workspace behind the proxies of the guide, and another server that federates with it through them. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { CheckStep } from '@causeway/http';
import { createProgress } from '../../packages/server/src/progress.ts';
import { buildWebAppIfStale } from '../../packages/server/src/web-app/build-web-app.ts';
import { webAppFolder } from '../../packages/server/src/web-app/web-app-folder.ts';
import { Client, roomPath } from '../crash/client.ts';
import { findPorts } from '../processes/ports.ts';
import { Workspace } from '../processes/workspace-process.ts';
import { ask, askJson, type HttpsTarget } from './https-client.ts';
import { LeftOut, type OpsCase } from './ops-case.ts';
import { caddy, nginx, type ProxyProgram } from './proxy-process.ts';
import { type Ground, prepareGround, writeTls } from './workspace-pair.ts';

/** The name in the guide's examples. */
const NAME = 'chat.example.org';
const PEER = 'chat.birch.example';

const UPLOAD_BYTES = 100 * 1024 * 1024;
const PIECE = Buffer.alloc(1024 * 1024, 'causeway ');

type Scene = {
  readonly workspace: Workspace;
  readonly peer: Workspace;
  readonly target: HttpsTarget;
};

export const proxyCases = (own: AsyncDisposableStack): readonly OpsCase[] =>
  [nginx, caddy].flatMap((program) => casesOf(own, program));

const casesOf = (own: AsyncDisposableStack, program: ProxyProgram): readonly OpsCase[] => {
  let scene: Promise<Scene | LeftOut> | undefined;
  const steps: readonly (readonly [string, (scene: Scene) => Promise<string>])[] = [
    ['tells other servers where to come', checkDelegation],
    ['is found in order by the federation check of another server', checkDoctor],
    ['lets messages through in both directions', checkMessages],
    ['serves the web app', checkWebApp],
    ['lets a file of 100 MiB through, there and back', checkLargeFile],
    ['tells the addresses of people, and not what they claim', checkForwarded],
  ];
  return steps.map(([name, run]) => ({
    name: `proxies: ${program.name} as in the guide ${name}`,
    run: async () => {
      scene ??= openScene(own, program);
      const opened = await scene;
      return opened instanceof LeftOut ? opened : run(opened);
    },
  }));
};

/** Returns why it is left out when there is no such program. */
const openScene = async (own: AsyncDisposableStack, program: ProxyProgram): Promise<Scene | LeftOut> => {
  const found = program.find();
  if ('missing' in found) return new LeftOut(found.missing);
  await buildWebAppIfStale(
    join(webAppFolder, '..'),
    createProgress(() => {}),
  );
  const ground = await prepareGround(own, program.name.toLowerCase());
  const [http = 0, proxyPort = 0, peerHttp = 0, peerHttps = 0] = await findPorts(4);
  const overrides = { [NAME]: `127.0.0.1:${proxyPort}`, [PEER]: `127.0.0.1:${peerHttps}` };
  const workspace = await openWorkspace(
    ground,
    NAME,
    { httpPort: http, federationPort: 0, overrides },
    {
      // Plain HTTP: the certificate is the proxy's.
      CAUSEWAY_TLS_CERT: '',
      CAUSEWAY_TLS_KEY: '',
      CAUSEWAY_PUBLIC_URL: `https://${NAME}`,
      CAUSEWAY_TRUSTED_PROXIES: '127.0.0.1',
    },
  );
  const peer = await openWorkspace(ground, PEER, {
    httpPort: peerHttp,
    federationPort: peerHttps,
    overrides,
  });
  ground.stack.use(
    await program.start(found.path, {
      folder: join(ground.folder, program.name),
      port: proxyPort,
      workspacePort: http,
      tls: await writeTls(ground, `proxy-${NAME}`, NAME),
    }),
  );
  await Promise.all([workspace.start(), peer.start()]);
  return { workspace, peer, target: { name: NAME, port: proxyPort, ca: ground.ca.certPem } };
};

const openWorkspace = async (
  ground: Ground,
  name: string,
  place: Pick<Workspace['options'], 'httpPort' | 'federationPort' | 'overrides'>,
  environment: { readonly [variable: string]: string } = {},
): Promise<Workspace> =>
  ground.stack.use(
    new Workspace({
      ...{ name, serverName: name, ...place, environment },
      dataDir: join(ground.folder, name),
      logFile: join(ground.folder, `${name}.log`),
      tls: await writeTls(ground, name),
    }),
  );

const checkDelegation = async ({ target }: Scene): Promise<string> => {
  const server = await askJson(target, { path: '/.well-known/matrix/server' });
  const client = await askJson(target, { path: '/.well-known/matrix/client' });
  const told = JSON.stringify([server, client]);
  const expected = JSON.stringify([
    { 'm.server': `${NAME}:443` },
    { 'm.homeserver': { base_url: `https://${NAME}` } },
  ]);
  if (told !== expected) throw new Error(`told ${told}, not ${expected}`);
  return '';
};

const checkDoctor = async ({ peer, workspace }: Scene): Promise<string> => {
  for (const [asker, server] of [
    [peer, NAME],
    [workspace, NAME],
  ] as const) {
    const { code, output } = await asker.run(['doctor', server, '--json']);
    if (code !== 0) throw new Error(output);
    const { steps } = JSON.parse(output.slice(output.indexOf('{\n'))) as {
      readonly steps: readonly CheckStep[];
    };
    const trouble = steps.find(({ id, status }) => status !== 'ok' && (id !== 'inbound' || asker === peer));
    if (trouble !== undefined) throw new Error(`${trouble.id}: ${trouble.summary}\n${output}`);
  }
  return '';
};

const checkMessages = async ({ workspace, peer }: Scene): Promise<string> => {
  const ada = await Client.register(workspace, 'ada');
  const bob = await Client.register(peer, 'bob');
  for (const [place, name] of [
    [workspace, 'ada'],
    [peer, 'bob'],
  ] as const) {
    const { code, output } = await place.run(['user', 'grant', name, 'access-federation']);
    if (code !== 0) throw new Error(output);
  }
  const { room_id: roomId } = await ada.ok('POST', 'v3/createRoom', {
    preset: 'private_chat',
    invite: [bob.userId],
  });
  const room = String(roomId);
  await bob.ok('POST', `v3/join/${encodeURIComponent(room)}?via=${NAME}`, {});
  await say(ada, room, 'from behind the proxy');
  await untilSeen(bob, room, 'from behind the proxy');
  await say(bob, room, 'through the proxy');
  await untilSeen(ada, room, 'through the proxy');
  return '';
};

const say = (who: Client, roomId: string, body: string) =>
  who.ok('PUT', roomPath(roomId, `send/m.room.message/${encodeURIComponent(body)}`), {
    msgtype: 'm.text',
    body,
  });

const SEEN_LIMIT_MS = 15_000;
const POLL_MS = 50;

const untilSeen = async (who: Client, roomId: string, body: string): Promise<void> => {
  const deadline = performance.now() + SEEN_LIMIT_MS;
  while (performance.now() < deadline) {
    const messages = await who.ok('GET', roomPath(roomId, 'messages?dir=b&limit=10'));
    if (JSON.stringify(messages).includes(JSON.stringify(body))) return;
    await wait(POLL_MS);
  }
  throw new Error(`${who.userId} does not see "${body}"`);
};

const checkWebApp = async ({ target }: Scene): Promise<string> => {
  const page = await ask(target, { path: '/' });
  const script = /<script[^>]+src="([^"]+)"/.exec(page.text)?.[1];
  if (page.status !== 200 || !page.contentType.startsWith('text/html') || script === undefined) {
    throw new Error(`the page is ${page.status} ${page.contentType} ${page.text.slice(0, 300)}`);
  }
  const loaded = await ask(target, { path: new URL(script, `https://${NAME}/`).pathname });
  if (loaded.status !== 200 || !loaded.contentType.includes('javascript') || loaded.bytes < 1_000) {
    throw new Error(`${script} is ${loaded.status} ${loaded.contentType} with ${loaded.bytes} bytes`);
  }
  return '';
};

const PASSWORD = 'a password for tests';

const signIn = async (target: HttpsTarget, user: string, from: string, claim: string): Promise<string> => {
  const { access_token: token } = await askJson(target, {
    method: 'POST',
    path: '/_matrix/client/v3/login',
    from,
    headers: { 'x-forwarded-for': claim },
    body: JSON.stringify({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password: PASSWORD,
    }),
  });
  return String(token);
};

const checkLargeFile = async ({ workspace, target }: Scene): Promise<string> => {
  await Client.register(workspace, 'uploader');
  const token = await signIn(target, 'uploader', '127.0.0.1', '');
  const hash = createHash('sha256');
  function* pieces() {
    for (let sent = 0; sent < UPLOAD_BYTES; sent += PIECE.length) {
      hash.update(PIECE);
      yield PIECE;
    }
  }
  const authorization = `Bearer ${token}`;
  const began = performance.now();
  const { content_uri: uri } = await askJson(target, {
    method: 'POST',
    path: '/_matrix/media/v3/upload?filename=large.bin',
    headers: {
      authorization,
      'content-type': 'application/octet-stream',
      'content-length': String(UPLOAD_BYTES),
    },
    body: Readable.from(pieces()),
  });
  const up = (performance.now() - began) / 1000;
  const sha256 = hash.digest('hex');
  const path = `/_matrix/client/v1/media/download/${String(uri).slice('mxc://'.length)}`;
  const file = await ask(target, { path, headers: { authorization } });
  if (file.status !== 200 || file.bytes !== UPLOAD_BYTES || file.sha256 !== sha256) {
    throw new Error(`the file came back with ${file.status}, ${file.bytes} bytes`);
  }
  return `up in ${up.toFixed(1)} s`;
};

const checkForwarded = async ({ workspace, target }: Scene): Promise<string> => {
  await Client.register(workspace, 'traveller');
  const from = '127.0.0.77';
  const token = await signIn(target, 'traveller', from, '203.0.113.99');
  const { devices } = await askJson(target, {
    path: '/_matrix/client/v3/devices',
    headers: { authorization: `Bearer ${token}` },
  });
  const seen = JSON.stringify(devices);
  if (!seen.includes(`"last_seen_ip":"${from}"`) || seen.includes('203.0.113.99')) {
    throw new Error(`the session is said to come from elsewhere than ${from}: ${seen}`);
  }
  return '';
};
