import { chmodSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Config } from './config/config.ts';
import { readConfig } from './config/read-config.ts';
import { sendCommand } from './control/send-command.ts';
import { dataFolderAt } from './data/data-folder.ts';
import { loadSigningKey, replaceSigningKey } from './data/signing-key-file.ts';
import { silentLog } from './log/create-log.ts';
import { CausewayProcess, temporaryFolder } from './test-support/causeway-process.ts';
import { startWorkspace } from './workspace/start-workspace.ts';

const environment = (dataDir: string) => ({
  CAUSEWAY_DATA_DIR: dataDir,
  CAUSEWAY_HTTP_PORT: '0',
  CAUSEWAY_PASSWORD_COST: 'low',
  CAUSEWAY_LOG: 'json',
  CAUSEWAY_SERVER_NAME: 'north.test',
});

const configOf = (dataDir: string): Config => {
  const read = readConfig(environment(dataDir), dataDir);
  if (!read.ok) throw new Error('the configuration has faults');
  return read.config;
};

/** In this process. */
const start = (dataDir: string) =>
  startWorkspace(configOf(dataDir), { log: silentLog, webAppFolder: join(dataDir, 'web') });

/** What `causeway signing-key …` does, whether a workspace runs or not. */
const command = (dataDir: string, kind: 'signing-key-rotate' | 'signing-key-list') =>
  sendCommand(configOf(dataDir), { kind });

const serve = (dataDir: string) => new CausewayProcess(['serve'], environment(dataDir));

type Keys = { readonly current: readonly string[]; readonly old: readonly string[] };

const portOf = async (process: CausewayProcess) => Number((await process.said(/HTTP port (\d+)/))[1]);

const publishedAt = async (port: number): Promise<Keys> => {
  const answer = await fetch(`http://127.0.0.1:${port}/_matrix/key/v2/server`);
  const body = (await answer.json()) as { readonly verify_keys: object; readonly old_verify_keys: object };
  return { current: Object.keys(body.verify_keys), old: Object.keys(body.old_verify_keys).toSorted() };
};

const keyInFile = (dataDir: string): string =>
  `ed25519:${readFileSync(dataFolderAt(dataDir).signingKey, 'utf8').split(' ')[1]}`;

const rotated = /signs with (ed25519:\w+) from now on/;

/** What the command sends, without waiting for an answer. */
const askToRotate = (dataDir: string): void => {
  const outgoing = request({
    socketPath: dataFolderAt(dataDir).controlSocket,
    path: '/',
    method: 'POST',
  });
  outgoing.on('error', () => {});
  outgoing.end(JSON.stringify({ kind: 'signing-key-rotate' }));
};

describe('causeway signing-key rotate', () => {
  it('makes a running server sign with a new key, which it still does after a restart', async () => {
    const dataDir = temporaryFolder();
    const running = await start(dataDir);
    const before = await publishedAt(running.httpPort);
    const made = rotated.exec(await command(dataDir, 'signing-key-rotate'))?.[1];
    const expected = { current: [made], old: before.current };
    expect(await publishedAt(running.httpPort)).toEqual(expected);
    await running[Symbol.asyncDispose]();
    await using again = await start(dataDir);
    expect(await publishedAt(again.httpPort)).toEqual(expected);
    const [first, second] = (await command(dataDir, 'signing-key-list')).split('\n');
    expect(first).toMatch(new RegExp(`^${made}\\tin use\\tsince `));
    expect(second).toMatch(new RegExp(`^${before.current[0]}\\tgiven up `));
  });

  it('works on a server that does not run, also before its key was ever published', async () => {
    const dataDir = temporaryFolder();
    const { version } = loadSigningKey(dataFolderAt(dataDir).signingKey);
    const first = rotated.exec(await command(dataDir, 'signing-key-rotate'))?.[1];
    const second = rotated.exec(await command(dataDir, 'signing-key-rotate'))?.[1];
    await using running = await start(dataDir);
    const keys = await publishedAt(running.httpPort);
    expect(keys.current).toEqual([second]);
    expect(keys.old).toEqual([first, `ed25519:${version}`].toSorted());
  });

  it('is refused with the way out when others can read the key, and nothing changes', async () => {
    const dataDir = temporaryFolder();
    await using running = await start(dataDir);
    const before = await publishedAt(running.httpPort);
    chmodSync(join(dataDir, 'signing.key'), 0o640);
    await expect(command(dataDir, 'signing-key-rotate')).rejects.toThrow(
      /can be read by others \(mode 640\).*chmod 600/s,
    );
    expect(await publishedAt(running.httpPort)).toEqual(before);
  });

  it('is finished at the next start when the process ended after it had replaced the file', async () => {
    const dataDir = temporaryFolder();
    const running = await start(dataDir);
    const before = await publishedAt(running.httpPort);
    await running[Symbol.asyncDispose]();
    const { version } = replaceSigningKey(dataFolderAt(dataDir).signingKey);
    await using again = await start(dataDir);
    expect(await publishedAt(again.httpPort)).toEqual({
      current: [`ed25519:${version}`],
      old: before.current,
    });
  });

  it('leaves one key in use and all others published, whenever the process is killed', async () => {
    const dataDir = temporaryFolder();
    const everSeen = new Set<string>();
    const crash = async (delayMs: number) => {
      await using running = serve(dataDir);
      const { current, old } = await publishedAt(await portOf(running));
      expect(current).toEqual([keyInFile(dataDir)]);
      expect([...current, ...old]).toEqual(expect.arrayContaining([...everSeen]));
      for (const keyId of [...current, ...old]) everSeen.add(keyId);
      askToRotate(dataDir);
      await wait(delayMs);
    };
    for (const delayMs of [3, 10, 40]) await crash(delayMs);
    await using last = await start(dataDir);
    const { current, old } = await publishedAt(last.httpPort);
    expect(current).toEqual([keyInFile(dataDir)]);
    expect([...current, ...old]).toEqual(expect.arrayContaining([...everSeen]));
    expect(old.length).toBeGreaterThan(0);
  }, 120_000);
});
