/** Builds the homeserver of a workspace, once its server name is known, and the APIs in front of it. */
import {
  createHomeserver,
  type Homeserver,
  type Log,
  type Meter,
  profileChanged,
  type Store,
  systemClock,
} from '@causeway/homeserver';
import {
  adminRoutes,
  clientRoutes,
  createFederationChecker,
  createHttpApp,
  createKeyRequests,
  createRepeatedRequests,
  type FederationChecker,
  federationCheckRoutes,
  federationRoutes,
  InboundLimits,
  type HttpApp,
  linkRoutes,
  memberRoutes,
  type OverviewSource,
  overviewRoutes,
  type WebApp,
  type WorkspaceApi,
  workspaceRoutes,
} from '@causeway/http';
import type { ServerName } from '@causeway/protocol';
import { createThumbnailer, openDiskBlobs } from '@causeway/storage';
import {
  type Accounts,
  createAccounts,
  createPolicy,
  createReports,
  createSigningKeys,
  createUserDirectory,
  followChanges,
  isTrial,
  mediaLimitsOf,
  newRoomsOf,
  noteKeyChange,
  noteRoomRemoved,
  noteModeration,
  openContext,
  type Passwords,
  SERVER_START,
  type SigningKeys,
  type WorkspaceContext,
} from '@causeway/workspace';
import type { Config } from '../config/config.ts';
import type { DataFolder } from '../data/data-folder.ts';
import { replaceSigningKey, type SigningKeySeed } from '../data/signing-key-file.ts';
import { noTransport } from './no-transport.ts';
import { openEgress } from './open-egress.ts';
import { federationAddressOf } from './public-url.ts';
import { createRateLimit } from './rate-limits.ts';

export interface MountedHomeserver extends AsyncDisposable {
  readonly homeserver: Homeserver;
  readonly accounts: Accounts;
  readonly context: WorkspaceContext;
  readonly app: HttpApp;
  readonly checker: FederationChecker;
  /** Where people reach the web app. */
  readonly publicUrl: string;
  readonly isRunning: true;
  readonly signingKeys: () => Promise<SigningKeys>;
}

export type MountParts = {
  readonly config: Config;
  readonly folder: DataFolder;
  readonly store: Store;
  readonly passwords: Passwords;
  readonly signingKey: SigningKeySeed;
  readonly log: Log;
  readonly meter: Meter;
  readonly overview: OverviewSource;
  readonly serverName: ServerName;
  readonly webApp: WebApp;
  readonly workspaceApi: WorkspaceApi;
  readonly publicUrl: string;
};

export const mountHomeserver = async (parts: MountParts): Promise<MountedHomeserver> => {
  const { config, store, log, serverName, signingKey } = parts;
  await using stack = new AsyncDisposableStack();
  const context = await openContext({ serverName, store, clock: systemClock, passwords: parts.passwords });
  const egress = isTrial(serverName) ? undefined : stack.use(openEgress(config));
  const homeserver = stack.use(
    await createHomeserver(
      {
        serverName,
        signingKey,
        signingKeyChanged: noteKeyChange(context, SERVER_START),
        roomRemoved: noteRoomRemoved(context),
        keyNotaries: () => context.settings.get('federation.notaries'),
        newRooms: () => newRoomsOf(context),
        limitEdus: config.rateLimits,
      },
      {
        store,
        blobs: await openDiskBlobs(parts.folder.media),
        thumbnailer: stack.use(createThumbnailer()),
        transport: egress ?? noTransport,
        clock: systemClock,
        directory: createUserDirectory(context),
        policy: createPolicy(context),
        log,
        meter: parts.meter,
      },
    ),
  );
  const { engine } = homeserver;
  followChanges(context, engine);
  const signingKeys = createSigningKeys(context, engine.ownKeys, {
    replace: () => replaceSigningKey(parts.folder.signingKey),
  });
  const accounts = createAccounts(context, {
    registrationMode: config.registration,
    registrationSharedSecret: config.registrationSharedSecret,
    limitLogins: config.rateLimits,
    profileChanged: (userId) => profileChanged(engine, userId),
  });
  const settings = {
    publicUrl: parts.publicUrl,
    federationAddress: federationAddressOf(config, serverName, parts.publicUrl),
    media: () => mediaLimitsOf(context),
    ...(config.rateLimits ? { limit: createRateLimit(systemClock) } : {}),
  };
  const repeated = createRepeatedRequests(engine, systemClock);
  const client = {
    engine,
    accounts,
    settings,
    reports: createReports(context),
    repeated,
    noteModeration: noteModeration(context),
  };
  const inbound = config.rateLimits ? { limits: new InboundLimits(systemClock) } : {};
  const keyRequests = createKeyRequests(systemClock);
  const checker = createFederationChecker({
    egress,
    clock: systemClock,
    ownName: serverName,
    running: {
      keyRequests,
      get signingKey() {
        return engine.signingKey;
      },
      mayExchange: async (server) => {
        const answer = await engine.policy.ask({ kind: 'exchange', server, direction: 'outbound' });
        return answer.allowed ? undefined : answer.reason;
      },
    },
  });
  const app = stack.use(
    await createHttpApp({
      routes: [
        ...workspaceRoutes(parts.workspaceApi),
        ...clientRoutes(client),
        ...memberRoutes({ ...client, workspace: context }),
        ...adminRoutes({ ...client, workspace: context, signingKeys }),
        ...linkRoutes({ ...client, workspace: context, signingKeys }),
        ...overviewRoutes({ ...client, workspace: context, signingKeys }, parts.overview),
        ...federationCheckRoutes({ ...client, workspace: context, signingKeys }, checker),
        ...(isTrial(serverName) ? [] : keyRequests.watch(federationRoutes(engine, inbound))),
      ],
      log,
      webApp: parts.webApp,
      trustedProxies: config.trustedProxies,
    }),
  );
  const owned = stack.move();
  return {
    ...{ homeserver, accounts, context, app, checker },
    publicUrl: parts.publicUrl,
    isRunning: true,
    signingKeys: async () => signingKeys,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};
