/** One running workspace: its data folder, ports and, once its server name is known, its homeserver. */
import { type Log, systemClock } from '@causeway/homeserver';
import { createHttpApp, openWebApp, type WorkspaceApi, workspaceRoutes } from '@causeway/http';
import type { ServerName } from '@causeway/protocol';
import {
  completeSetup,
  createPasswords,
  issueSetupToken,
  judgeSetupToken,
  isTrial,
  readSetupState,
  readStanding,
  TRIAL_SERVER_NAME,
  type WorkspaceContext,
} from '@causeway/workspace';
import type { Config } from '../config/config.ts';
import { listenForControl } from '../control/control-listener.ts';
import { prepareDataFolder } from '../data/data-folder.ts';
import { openData } from '../data/open-data.ts';
import { loadSigningKey } from '../data/signing-key-file.ts';
import { type Listeners, openListeners } from '../listeners/listeners.ts';
import { createHealth } from '../monitoring/health.ts';
import { createMeasure } from '../monitoring/measure.ts';
import { createMetrics } from '../monitoring/metrics.ts';
import { startSampler } from '../monitoring/sampler.ts';
import { version } from '../version.ts';
import { createFrontDoor } from './front-door.ts';
import { knownServerName } from './known-server-name.ts';
import { type MountedHomeserver, mountHomeserver } from './mount-homeserver.ts';
import { publicUrlOf } from './public-url.ts';

export type StartPorts = {
  readonly log: Log;
  /** Where the built web app lies. */
  readonly webAppFolder: string;
};

export interface RunningWorkspace extends AsyncDisposable {
  readonly httpPort: number;
  readonly httpsPort: number | undefined;
  /** Where people reach the web app. */
  readonly publicUrl: string;
  /** Undefined until set-up. */
  readonly serverName: ServerName | undefined;
  /** The one-time link to the set-up page, while there is no admin. */
  readonly setupLink: string | undefined;
  /** The accounts; undefined until set-up. */
  readonly context: WorkspaceContext | undefined;
  /** Answers what is open for at most `graceMs`, then ends; what was acknowledged is on disk. */
  stop(graceMs: number): Promise<void>;
}

/** After the grace time connections are broken; this long a shutdown may take when nobody waits for anything. */
export const SHUTDOWN_GRACE_MS = 15_000;

export const startWorkspace = async (config: Config, ports: StartPorts): Promise<RunningWorkspace> => {
  const { log } = ports;
  let mounted: MountedHomeserver | undefined;
  const folder = prepareDataFolder(config.dataDir);
  await using stack = new AsyncDisposableStack();
  const metrics = createMetrics(version);
  const store = stack.use(await openData(folder, { log, committed: metrics.observeCommit }));
  const signingKey = loadSigningKey(folder.signingKey);
  const serverName = await knownServerName(store, config);
  const passwords = createPasswords(config.passwordCost);
  const health = createHealth({
    store,
    clock: systemClock,
    dataFolder: folder.path,
    hasItsTables: () => store.hasItsTables(),
    longestStep: () => mounted?.homeserver.engine.outbound.longestStep(systemClock.now()) ?? 0,
  });
  const webApp = openWebApp(ports.webAppFolder);
  const frontDoor = createFrontDoor({ health, metrics, metricsToken: config.metricsToken, log });

  const measure = createMeasure(folder, store, () => mounted?.homeserver.engine);
  const sampler = stack.use(startSampler({ store, log, health, measure, totals: metrics.totals }));
  metrics.measureWith(measure, () => frontDoor.requests.waiting);
  let listeners: Listeners | undefined;
  let setupToken: string | undefined;

  const publicUrl = () => publicUrlOf(config, mounted?.context.serverName, listeners?.httpPort);
  const mount = async (name: ServerName): Promise<void> => {
    mounted = await mountHomeserver({
      ...{ config, folder, store, passwords, signingKey, log, webApp },
      meter: metrics.meter,
      overview: sampler,
      serverName: name,
      workspaceApi: api,
      publicUrl: publicUrlOf(config, name, listeners?.httpPort),
    });
    frontDoor.open(mounted.app.handle);
  };
  const api: WorkspaceApi = {
    async info() {
      const state = await readSetupState(store);
      const name = state.serverName;
      return {
        state: state.ready ? 'ready' : 'setup',
        name: state.workspaceName ?? name ?? '',
        serverName: name ?? '',
        trial: name !== undefined && isTrial(name),
        federation: name !== undefined && !isTrial(name),
      };
    },
    async setupPage(token) {
      const verdict = await store.read((reader) => judgeSetupToken(reader, token, systemClock.now()));
      if (verdict !== 'right') return verdict;
      const { serverName: fixed } = await readSetupState(store);
      return {
        suggestedServerName: fixed ?? suggestedServerName(config),
        serverNameFixed: fixed !== undefined,
      };
    },
    async completeSetup(request) {
      const result = await completeSetup({ store, clock: systemClock, passwords }, request);
      if (result.kind === 'done') {
        setupToken = undefined;
        if (mounted === undefined) await mount(result.serverName);
        log.info('set-up completed', { server_name: result.serverName });
      }
      return result;
    },
    async standing(accessToken) {
      const requester = await mounted?.accounts.authenticate(accessToken);
      if (mounted === undefined || requester === undefined) return undefined;
      return readStanding(mounted.context, requester.userId);
    },
  };

  if (serverName === undefined) {
    const { trustedProxies } = config;
    const setupApp = await createHttpApp({ routes: workspaceRoutes(api), log, webApp, trustedProxies });
    stack.use(setupApp);
    frontDoor.open(setupApp.handle);
  } else {
    await mount(serverName);
  }
  stack.defer(async () => mounted?.[Symbol.asyncDispose]());

  const opened = await openListeners(config, frontDoor.handle, log);
  listeners = opened;
  stack.defer(() => opened.destroy());
  stack.use(await listenForControl(folder.controlSocket, () => mounted, log));
  if (!(await readSetupState(store)).hasAdmin) setupToken = await issueSetupToken(store, systemClock);

  const owned = stack.move();
  let stopping: Promise<void> | undefined;
  const stop = async (graceMs: number) => {
    health.startDraining();
    const closed = opened.close();
    frontDoor.requests.startDraining();
    frontDoor.requests.endWaiting();
    await frontDoor.requests.idle(graceMs);
    opened.destroy();
    await closed;
    await owned.disposeAsync();
  };
  return {
    httpPort: opened.httpPort,
    httpsPort: opened.httpsPort,
    get publicUrl() {
      return publicUrl();
    },
    get serverName() {
      return mounted?.context.serverName;
    },
    get setupLink() {
      return setupToken === undefined ? undefined : `${publicUrl()}/setup?token=${setupToken}`;
    },
    get context() {
      return mounted?.context;
    },
    stop: (graceMs) => (stopping ??= stop(graceMs)),
    [Symbol.asyncDispose]: () => (stopping ??= stop(SHUTDOWN_GRACE_MS)),
  };
};

const suggestedServerName = (config: Config): string =>
  config.publicUrl === undefined ? TRIAL_SERVER_NAME : new URL(config.publicUrl).hostname;
