/**
 * A real Synapse, started as a child process, to talk with over real federation.
 *
 * `npm run test:interop` needs Python 3 with `venv`; Synapse itself is installed into `.cache/synapse-venv`
 * at the first start (some minutes, then never again). Without Python the caller gets `unavailable` with
 * the reason, and leaves its suite out.
 *
 * ```ts
 * const ca = await createCertificateAuthority();
 * const synapse = await startSynapse({ ports: { federation: 18448, client: 18008 }, ca, dataDir });
 * const alice = await synapse.registerUser('alice', 'secret');
 * const room = await alice.createRoom({ preset: 'public_chat' });
 * await synapse.stop();
 * ```
 *
 * Things to know: its name is `localhost:PORT`, so ports are fixed before it is configured and a peer has to
 * be called `localhost:PORT` too, with a certificate of the same authority. It serves at most 20 events per
 * `get_missing_events` and catches up from the newest events of a room, so 30 missed messages take several
 * rounds. Its default room version is 11. Its log is copied to `artifacts/interop` when it can't start, and
 * by `keepLog`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { signingKeyFromSeed } from '@causeway/protocol';
import { type CertificateAuthority, issueCertificate } from '@causeway/server/demo-certificates';
import { MatrixClient, request, text } from './matrix-client.ts';
import { requestOverTls } from './request-over-tls.ts';
import {
  CONFIGURATION_FILE,
  configureSynapse,
  LOG_FILE,
  newSigningKey,
  type SynapsePorts,
} from './synapse-configuration.ts';
import { prepareSynapse } from './synapse-environment.ts';

export type SynapseOptions = {
  readonly ports: SynapsePorts;
  /** Signs the certificate for `localhost`, and is the only one Synapse trusts. */
  readonly ca: CertificateAuthority;
  /** Made if need be. A folder of an earlier run is not used again. */
  readonly dataDir: string;
};

export type Synapse = AsyncDisposable & {
  readonly serverName: string;
  /** Of the client API, without a slash at the end. */
  readonly baseUrl: string;
  /** Makes an account and signs it in. */
  registerUser(name: string, password: string, options?: { readonly admin?: boolean }): Promise<MatrixClient>;
  /** Ends the process; its data stays. */
  stop(): Promise<void>;
  /** Stops and starts with the same data. */
  restart(): Promise<void>;
  /** Starts again what was stopped. */
  start(): Promise<void>;
  /** Starts again with other values of its configuration. */
  reconfigure(change: { readonly [name: string]: unknown }): Promise<void>;
  /** Starts again with a new signing key; the one before is published as old. */
  rotateKey(): Promise<void>;
  /** Lets it fetch a key of a server, as a notary that is asked for it does. */
  fetchKey(key: { readonly serverName: string; readonly keyId: string }): Promise<void>;
  /** Copies the log to `artifacts/interop/<label>.log` and returns that path. */
  keepLog(label: string): Promise<string>;
};

const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;
const ASK_EVERY_MS = 100;

const ARTIFACTS = fileURLToPath(new URL('../../artifacts/interop', import.meta.url));

export class SynapseUnavailableError extends Error {
  override readonly name = 'SynapseUnavailableError';
}

export const startSynapse = async ({ ports, ca, dataDir }: SynapseOptions): Promise<Synapse> => {
  const environment = await prepareSynapse();
  if (environment.kind === 'unavailable') throw new SynapseUnavailableError(environment.reason);
  const folder = resolve(dataDir);
  await mkdir(folder, { recursive: true });
  const { serverName, sharedSecret, files } = configureSynapse({
    ports,
    folder,
    certificate: await issueCertificate(ca, ['localhost', '127.0.0.1', '::1']),
    caPem: ca.certPem,
  });
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), content, { mode: 0o600, flag: 'wx' });
  }
  const baseUrl = `http://127.0.0.1:${ports.client}`;
  const keepLog = (label: string) => copyLog(folder, label);
  let child: ChildProcess | undefined;

  const start = async () => {
    if (child !== undefined) return;
    child = launch(environment.python, folder);
    try {
      await untilReady(child, baseUrl);
    } catch (error) {
      const log = await keepLog(`synapse-${ports.federation}-start`);
      await stop();
      throw new Error(`${serverName} did not start; its log is ${log}`, { cause: error });
    }
  };
  const stop = async () => {
    const ending = child;
    child = undefined;
    if (ending !== undefined) await end(ending);
  };
  await start();
  const reconfigure = async (change: object) => {
    await stop();
    const path = join(folder, CONFIGURATION_FILE);
    const configuration: object = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...configuration, ...change }, undefined, 2));
    await start();
  };
  const oldKeys: { [keyId: string]: object } = {};

  return {
    serverName,
    reconfigure,
    rotateKey: async () => {
      await stop();
      const path = join(folder, 'signing.key');
      const [, version = '', seed = ''] = (await readFile(path, 'utf8')).trim().split(' ');
      const { keyId, publicKey } = signingKeyFromSeed(Buffer.from(seed, 'base64'), version);
      oldKeys[keyId] = { key: publicKey, expired_ts: Date.now() };
      await writeFile(path, newSigningKey());
      await reconfigure({ old_signing_keys: oldKeys });
    },
    fetchKey: async ({ serverName: other, keyId }) => {
      const wish = { minimum_valid_until_ts: Date.now() };
      const query = JSON.stringify({ server_keys: { [other]: { [keyId]: wish } } });
      const url = `https://localhost:${ports.federation}/_matrix/key/v2/query`;
      const answer = await requestOverTls('POST', url, { body: query, caPem: ca.certPem });
      if (!answer.includes('verify_keys'))
        throw new Error(`${serverName} knows no keys of ${other}: ${answer}`);
    },
    baseUrl,
    start,
    stop,
    keepLog,
    restart: async () => {
      await stop();
      await start();
    },
    registerUser: (name, password, options = {}) =>
      register({ baseUrl, sharedSecret, name, password, admin: options.admin ?? false }),
    [Symbol.asyncDispose]: stop,
  };
};

const launch = (python: string, folder: string): ChildProcess => {
  const { PATH, HOME, LANG } = process.env;
  const child = spawn(python, ['-m', 'synapse.app.homeserver', '-c', join(folder, CONFIGURATION_FILE)], {
    cwd: folder,
    // No proxy settings: everything is on loopback.
    env: { PATH, HOME, LANG, PYTHONUNBUFFERED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.resume();
  let said = '';
  child.stderr?.on('data', (piece: Buffer) => {
    said = `${said}${piece.toString()}`.slice(-4_000);
  });
  // Not left behind when the tests end without stopping it.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  // A configuration it refuses is only told on standard error.
  child.once('exit', (code) => {
    if (code) process.stderr.write(`Synapse ended with code ${code}: ${said}\n`);
  });
  return child;
};

const untilReady = async (child: ChildProcess, baseUrl: string): Promise<void> => {
  const end = Date.now() + READY_LIMIT_MS;
  while (Date.now() < end) {
    if (hasEnded(child)) throw new Error(`the process ended with code ${child.exitCode}`);
    const response = await fetch(`${baseUrl}/health`).catch(() => undefined);
    if (response?.ok) return;
    await wait(ASK_EVERY_MS);
  }
  throw new Error(`it was not ready after ${READY_LIMIT_MS} ms`);
};

const end = async (child: ChildProcess): Promise<void> => {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(kill);
};

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const copyLog = async (folder: string, label: string): Promise<string> => {
  await mkdir(ARTIFACTS, { recursive: true });
  const target = join(ARTIFACTS, `${label}.log`);
  await copyFile(join(folder, LOG_FILE), target).catch(() => writeFile(target, 'There was no log.\n'));
  return target;
};

/** @see https://element-hq.github.io/synapse/latest/admin_api/register_api.html */
const register = async (options: {
  readonly baseUrl: string;
  readonly sharedSecret: string;
  readonly name: string;
  readonly password: string;
  readonly admin: boolean;
}): Promise<MatrixClient> => {
  const { baseUrl, sharedSecret, name, password, admin } = options;
  const url = `${baseUrl}/_synapse/admin/v1/register`;
  const nonce = text(await request({ method: 'GET', url }), 'nonce');
  const mac = createHmac('sha1', sharedSecret)
    .update([nonce, name, password, admin ? 'admin' : 'notadmin'].join('\0'))
    .digest('hex');
  const body = { nonce, username: name, password, admin, mac };
  const account = await request({ method: 'POST', url, body });
  return new MatrixClient(baseUrl, text(account, 'user_id'), text(account, 'access_token'));
};
