/**
 * What a container is, without images: a folder as its root, in namespaces of its own. In the place of the base image
 * stands this machine's system, read-only, with users, settings and `/usr/local/bin` of its own, and the Node that runs
 * this in the place of the image's.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** `root` is what processes see as `/`; but for `bin`, which they see as `/usr/local/bin`. */
export type ContainerRoot = { readonly root: string; readonly bin: string };

export type Surroundings = {
  readonly env: { readonly [name: string]: string };
  readonly workdir: string;
  /** A number, as in a USER instruction. */
  readonly user: string;
};

const LINKS = ['bin', 'sbin', 'lib', 'lib32', 'lib64'];
const FOLDERS = [
  'dev',
  'home',
  'opt',
  'proc',
  'root',
  'root/.npm',
  'run',
  'srv',
  'usr',
  'var/lib',
  'var/tmp',
];

/** Of this machine's `/etc`, what a slim image has as well; its users are not among them. */
const SETTINGS = [
  ...[
    'alternatives',
    'ca-certificates.conf',
    'debian_version',
    'default',
    'host.conf',
    'hosts',
    'ld.so.cache',
  ],
  ...['ld.so.conf', 'ld.so.conf.d', 'login.defs', 'nsswitch.conf', 'pam.conf', 'pam.d', 'resolv.conf'],
  ...['security', 'services', 'skel', 'ssl', 'subgid', 'subuid'],
];

/** As in the image: root, and an ordinary user of its own. */
const USERS = {
  passwd: 'root:x:0:0:root:/root:/bin/bash\nnode:x:1000:1000::/home/node:/bin/bash\n',
  group: 'root:x:0:\nnode:x:1000:\n',
  shadow: 'root:*:19000:0:99999:7:::\nnode:!:19000:0:99999:7:::\n',
  gshadow: 'root:*::\nnode:!::\n',
} as const;

/** Why this machine can not; undefined when it can. */
export const whyNoContainer = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'only root can make containers';
  try {
    execFileSync('unshare', ['--mount', '--pid', '--net', '--fork', 'ip', 'link', 'set', 'lo', 'up']);
    execFileSync('nsenter', ['--version']);
  } catch {
    return 'there are no namespaces here, or no unshare, nsenter or ip';
  }
  return LINKS.some((name) => existsSync(`/${name}`) && !lstatSync(`/${name}`).isSymbolicLink())
    ? 'this system keeps programs outside /usr'
    : undefined;
};

export const makeRoot = (folder: string): ContainerRoot => {
  const [root, bin] = [join(folder, 'root'), join(folder, 'bin')];
  for (const name of FOLDERS) mkdirSync(join(root, name), { recursive: true });
  mkdirSync(bin);
  execFileSync('install', ['-d', '-m', '1777', join(root, 'tmp')]);
  for (const name of LINKS) {
    if (existsSync(`/${name}`)) symlinkSync(readlinkSync(`/${name}`), join(root, name));
  }
  mkdirSync(join(root, 'etc'));
  for (const name of SETTINGS) {
    const from = join('/etc', name);
    const options = { recursive: true, verbatimSymlinks: true };
    if (existsSync(from)) cpSync(realpathSync(from), join(root, 'etc', name), options);
  }
  for (const [name, text] of Object.entries(USERS)) {
    writeFileSync(join(root, 'etc', name), text, { mode: name.endsWith('shadow') ? 0o640 : 0o644 });
  }
  copyFileSync(process.execPath, join(bin, 'node'));
  symlinkSync(npmOfThisMachine(), join(bin, 'npm'));
  return { root, bin };
};

const npmOfThisMachine = (): string => {
  for (const folder of ['/usr/local/bin', '/usr/bin']) {
    const path = join(folder, 'npm');
    if (existsSync(path)) return realpathSync(path);
  }
  throw new Error('there is no npm below /usr');
};

/** What npm is told on this machine, for a build that fetches packages: from where, and whom it trusts. */
export const npmSurroundings = ({ root }: ContainerRoot): { readonly [name: string]: string } => {
  const env: { [name: string]: string } = {
    npm_config_registry: npmSetting('registry'),
    npm_config_prefer_offline: 'true',
  };
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']) {
    const value = process.env[name];
    if (value) env[name] = value;
  }
  for (const name of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']) {
    const file = process.env[name];
    if (!file || !existsSync(file)) continue;
    copyFileSync(file, join(root, 'etc', name));
    env[name] = join('/etc', name);
  }
  return env;
};

const npmSetting = (name: string): string =>
  execFileSync('npm', ['config', 'get', name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** In the new namespaces: the root put together, then into it. */
const ENTER = `set -e
mount --make-rprivate /
mount --bind /usr "$ROOT/usr"
mount -o remount,bind,ro "$ROOT/usr"
mount --bind "$BIN" "$ROOT/usr/local/bin"
mount --rbind /dev "$ROOT/dev"
mount -t proc proc "$ROOT/proc"
if [ -n "$CACHE" ]; then mount --bind "$CACHE" "$ROOT/root/.npm"; fi
if [ -n "$ALONE" ]; then ip link set lo up; fi
exec chroot --userspec="$USERSPEC" --groups= "$ROOT" /usr/bin/env -i -C "$WORKDIR" "$@"`;

const MOST_KEPT = 6_000;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) kill(child);
});

export type Started = {
  readonly child: ChildProcess;
  /** The end of what it wrote so far. */
  output(): string;
};

/** As process 1 of the container; it ends with this process. `alone`: without the machine's network. */
export const startIn = (
  { root, bin }: ContainerRoot,
  command: readonly string[],
  { env, workdir, user }: Surroundings,
  { alone }: { readonly alone: boolean },
): Started => {
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', ...(alone ? ['--net'] : [])];
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const child = spawn('unshare', [...namespaces, 'sh', '-c', ENTER, 'sh', ...variables, ...command], {
    env: {
      PATH: process.env['PATH'] ?? '',
      ROOT: root,
      BIN: bin,
      CACHE: alone ? '' : npmSetting('cache'),
      ALONE: alone ? 'yes' : '',
      USERSPEC: `${user}:${groupOf(root, user)}`,
      WORKDIR: workdir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-MOST_KEPT);
    });
  }
  running.add(child);
  child.once('close', () => running.delete(child));
  return { child, output: () => output };
};

/** Until it ends. @throws with what it wrote when it fails */
export const runIn = async (
  container: ContainerRoot,
  command: readonly string[],
  surroundings: Surroundings,
): Promise<void> => {
  const { child, output } = startIn(container, command, surroundings, { alone: false });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command.join(' ')}\nended with ${String(code)}\n${output()}`);
};

/** The first process, as this machine numbers it. @throws when it has ended */
export const firstProcessOf = ({ child }: Pick<Started, 'child'>): number => {
  const { pid = 0 } = child;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  if (children === '') throw new Error('the container has ended');
  return Number(children.split(' ')[0]);
};

/** With the first process all others of a container end. Another user's does not end with the one that made it. */
export const kill = (child: ChildProcess): void => {
  try {
    process.kill(firstProcessOf({ child }), 'SIGKILL');
  } catch {
    // It has ended, or not begun.
  }
  child.kill('SIGKILL');
};

/** One more process beside the first; its exit status and what it wrote. */
export const enter = (
  process1: number,
  command: readonly string[],
  { env, user }: Surroundings,
  { root }: ContainerRoot,
): { readonly code: number; readonly output: string } => {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const into = ['--target', String(process1), '--mount', '--net', '--pid', '--root', '--wd'];
  const as = ['--setuid', user, '--setgid', groupOf(root, user)];
  try {
    const output = execFileSync('nsenter', [...into, ...as, '/usr/bin/env', '-i', ...variables, ...command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { code: 0, output };
  } catch (error) {
    const { status, stdout, stderr } = Object(error);
    return { code: Number(status ?? 1), output: `${String(stdout)}${String(stderr)}` };
  }
};

const passwdLine = (root: string, user: string): readonly string[] =>
  readFileSync(join(root, 'etc/passwd'), 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, , uid]) => uid === user) ?? [];

/** Without an entry it is root's, as in a container. */
const groupOf = (root: string, user: string): string => passwdLine(root, user)[3] ?? '0';

export const homeOf = (root: string, user: string): string => passwdLine(root, user)[5] ?? '/';
