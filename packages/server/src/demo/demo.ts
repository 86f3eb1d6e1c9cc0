/** `causeway demo`: two workspaces on this machine that talk to each other. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { complain, say } from '../console.ts';
import { silentLog } from '../log/create-log.ts';
import { createProgress, type Progress } from '../progress.ts';
import { listenForStopSignals } from '../stop-signals.ts';
import { buildWebAppIfStale } from '../web-app/build-web-app.ts';
import { webAppFolder } from '../web-app/web-app-folder.ts';
import { checkExchange } from './check-exchange.ts';
import { DEMO_PASSWORD } from './demo-people.ts';
import { type Demo, startDemo } from './start-demo.ts';

export type DemoOptions = {
  readonly check?: boolean;
  readonly json?: boolean;
  readonly ports?: readonly [number, number];
  readonly data?: string;
  /** Further servers that the two can reach, as `host:port`. */
  readonly peers?: { readonly [serverName: string]: string };
  /** PEM file of the authority of the peers' certificates. */
  readonly peersCa?: string;
};

export const demo = async (options: DemoOptions): Promise<void> => {
  // Whoever reads the JSON line wants nothing else on stdout.
  const progress = createProgress(options.json === true ? complain : say);
  if (options.check === true) return check(options, progress);
  await buildWebAppIfStale(join(webAppFolder, '..'), progress);
  const dataDir = resolve(options.data ?? '.demo');
  const stopSignals = listenForStopSignals();
  const peers = {
    addresses: options.peers ?? {},
    caPem: options.peersCa === undefined ? '' : readFileSync(options.peersCa, 'utf8'),
  };
  const running = await startDemo({ dataDir, ports: options.ports, progress, peers });
  if (options.json === true) say(JSON.stringify(readiness(running)));
  else describe(running, dataDir);
  await stopSignals.stopWhenAsked((graceMs) => running.stop(graceMs), silentLog);
};

/** In a folder of its own, so that it always starts from nothing and disturbs no demo that runs. */
const check = async (options: DemoOptions, progress: Progress): Promise<void> => {
  const dataDir =
    options.data === undefined ? mkdtempSync(join(tmpdir(), 'causeway-demo-')) : resolve(options.data);
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
  try {
    const running = await startDemo({ dataDir, ports: options.ports ?? [0, 0], progress });
    try {
      const steps = await checkExchange(running, progress);
      await progress.step('stopping both', () => running.stop(1_000));
      (options.json === true ? complain : say)(`All ${steps} steps of the exchange work (${seconds()} s).`);
    } finally {
      await running.stop(0);
    }
  } catch (error) {
    complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
    complain(`The exchange does not work (${seconds()} s).`);
    process.exitCode = 1;
  } finally {
    if (options.data === undefined) rmSync(dataDir, { recursive: true, force: true });
  }
  process.exit(process.exitCode ?? 0);
};

const readiness = ({ workspaces, channel }: Demo) => ({
  ready: true,
  workspaces: workspaces.map(({ place, url, running }) => ({
    name: place.name,
    url,
    federation_address: `127.0.0.1:${running.httpsPort}`,
    server_name: place.serverName,
    users: place.people.map(({ username }) => ({
      user_id: `@${username}:${place.serverName}`,
      username,
      password: DEMO_PASSWORD,
    })),
  })),
  channel: { room_id: channel.roomId, alias: channel.alias, name: channel.name },
});

const describe = ({ workspaces, channel }: Demo, dataDir: string): void => {
  say('');
  for (const { place, url } of workspaces) {
    say(`${place.name} (${place.serverName})   ${url}`);
    for (const { username } of place.people) say(`    sign in as  ${username}   password  ${DEMO_PASSWORD}`);
  }
  say('');
  say(
    `Both share the channel ${channel.name}, ${channel.alias}. Open the two addresses in two browser windows.`,
  );
  say(`Data is kept in ${dataDir}. Ctrl-C stops the demo.`);
};
