/** nginx and Caddy with the configuration of the guide, as processes of this suite. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { exampleIn } from './guide.ts';
import type { TlsFiles } from './workspace-pair.ts';

export type ProxySetUp = {
  readonly folder: string;
  readonly port: number;
  readonly workspacePort: number;
  readonly tls: TlsFiles;
};

export type ProxyProgram = {
  readonly name: 'nginx' | 'Caddy';
  /** The program, or why it is not there. */
  find(): { readonly path: string } | { readonly missing: string };
  /** Starts it and waits until it takes connections. */
  start(path: string, setUp: ProxySetUp): Promise<AsyncDisposable>;
};

const PAGE = 'reverse-proxy.md';

export const nginx: ProxyProgram = {
  name: 'nginx',
  find: () => findProgram(['/usr/sbin/nginx', '/usr/bin/nginx'], 'nginx-light'),
  start(path, setUp) {
    const site = adapt(exampleIn(PAGE, 'nginx'), [
      ['listen 443 ssl', `listen 127.0.0.1:${setUp.port} ssl`],
      ['/etc/letsencrypt/live/chat.example.org/fullchain.pem', setUp.tls.certFile],
      ['/etc/letsencrypt/live/chat.example.org/privkey.pem', setUp.tls.keyFile],
      ['127.0.0.1:8008', `127.0.0.1:${setUp.workspacePort}`],
    ]);
    mkdirSync(setUp.folder, { recursive: true });
    const file = join(setUp.folder, 'nginx.conf');
    // What Debian's nginx.conf has around a site, with everything below our folder.
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((kind) => `${kind}_temp_path ${join(setUp.folder, kind)};`)
      .join('\n');
    const user = process.getuid?.() === 0 ? 'user root;' : '';
    writeFileSync(
      file,
      `${user}\npid ${join(setUp.folder, 'nginx.pid')};\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${site}\n}\n`,
    );
    const args = ['-p', setUp.folder, '-c', file, '-e', 'stderr', '-g', 'daemon off;'];
    return startProcess({ path, args, port: setUp.port, environment: {} });
  },
};

export const caddy: ProxyProgram = {
  name: 'Caddy',
  find: () => findProgram(['/usr/bin/caddy', '/usr/local/bin/caddy'], 'caddy'),
  start(path, setUp) {
    const { certFile, keyFile } = setUp.tls;
    const site = adapt(exampleIn(PAGE, 'caddyfile'), [
      [
        'chat.example.org {',
        `chat.example.org:${setUp.port} {\n\tbind 127.0.0.1\n\ttls ${certFile} ${keyFile}`,
      ],
      ['127.0.0.1:8008', `127.0.0.1:${setUp.workspacePort}`],
    ]);
    mkdirSync(setUp.folder, { recursive: true });
    const file = join(setUp.folder, 'Caddyfile');
    writeFileSync(file, `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}\n`);
    const environment = { HOME: setUp.folder, XDG_DATA_HOME: setUp.folder, XDG_CONFIG_HOME: setUp.folder };
    const args = ['run', '--config', file, '--adapter', 'caddyfile'];
    return startProcess({ path, args, port: setUp.port, environment });
  },
};

/** Puts the suite's ports and files into an example; each text must be there, or the example has changed. */
const adapt = (example: string, replacements: readonly (readonly [string, string])[]): string =>
  replacements.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the example in ${PAGE} no longer has "${from}"`);
    return text.replaceAll(from, to);
  }, example);

const findProgram = (paths: readonly string[], debianPackage: string) => {
  const there = () => paths.find((path) => existsSync(path));
  if (there() === undefined && process.getuid?.() === 0) {
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: 'ignore',
      timeout: 120_000,
    });
  }
  const path = there();
  return path === undefined ? { missing: `install the Debian package ${debianPackage}` } : { path };
};

const START_LIMIT_MS = 15_000;
const POLL_MS = 20;

const startProcess = async (start: {
  readonly path: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly environment: { readonly [name: string]: string };
}): Promise<AsyncDisposable> => {
  const child = spawn(start.path, start.args, {
    env: { ...process.env, ...start.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => void child.kill('SIGTERM');
  process.once('exit', kill);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-4_000);
    });
  }
  const deadline = performance.now() + START_LIMIT_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    if (await takesConnections(start.port)) {
      return { [Symbol.asyncDispose]: () => end(child, kill) };
    }
    await wait(POLL_MS);
  }
  await end(child, kill);
  throw new Error(`${start.path} did not start:\n${output}`);
};

const end = async (child: ChildProcess, kill: () => void): Promise<void> => {
  process.off('exit', kill);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await ended;
};

const takesConnections = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
