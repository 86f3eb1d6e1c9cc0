/** Builds the homeserver of a workspace, once its server name is known, and the APIs in front of it. */
import { readFileSync } from 'node:fs';
import {
  createHomeserver,
  type Homeserver,
  type Log,
  profileChanged,
  type Store,
  systemClock,
} from '@causeway/homeserver';
import {
  clientRoutes,
  createEgress,
  type Egress,
  createHttpApp,
  federationRoutes,
  type HttpApp,
  memberRoutes,
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
  createSessionCache,
  createUserDirectory,
  isTrial,
  type Passwords,
  type WorkspaceContext,
} from '@causeway/workspace';
import type { Config } from '../config/config.ts';
import type { DataFolder } from '../data/data-folder.ts';
import type { SigningKeySeed } from '../data/signing-key-file.ts';
import { version } from '../version.ts';
import { noTransport } from './no-transport.ts';
import { federationAddressOf } from './public-url.ts';
import { createRateLimit } from './rate-limits.ts';

export interface MountedHomeserver extends AsyncDisposable {
  readonly homeserver: Homeserver;
  readonly accounts: Accounts;
  readonly context: WorkspaceContext;
  readonly app: HttpApp;
}

export type MountParts = {
  readonly config: Config;
  readonly folder: DataFolder;
  readonly store: Store;
  readonly passwords: Passwords;
  readonly signingKey: SigningKeySeed;
  readonly log: Log;
  readonly serverName: ServerName;
  readonly webApp: WebApp;
  readonly workspaceApi: WorkspaceApi;
  readonly publicUrl: string;
};

/** Large enough for a recorded meeting. Files pass through as streams, so memory sets no limit; the disk is the admin's. */
const MAX_UPLOAD_BYTES = 512 * 1024 * 1024;

export const mountHomeserver = async (parts: MountParts): Promise<MountedHomeserver> => {
  const { config, store, log, serverName, signingKey } = parts;
  await using stack = new AsyncDisposableStack();
  const context: WorkspaceContext = {
    serverName,
    store,
    clock: systemClock,
    passwords: parts.passwords,
    sessionCache: createSessionCache(),
  };
  const transport = isTrial(serverName) ? noTransport : stack.use(openEgress(config));
  const homeserver = stack.use(
    await createHomeserver(
      { serverName, signingKey },
      {
        store,
        blobs: await openDiskBlobs(parts.folder.media),
        thumbnailer: stack.use(createThumbnailer()),
        transport,
        clock: systemClock,
        directory: createUserDirectory(context),
        policy: createPolicy(context),
        log,
      },
    ),
  );
  const { engine } = homeserver;
  const accounts = createAccounts(context, {
    registrationMode: config.registration,
    registrationSharedSecret: config.registrationSharedSecret,
    limitLogins: config.rateLimits,
    profileChanged: (userId) => profileChanged(engine, userId),
  });
  const settings = {
    publicUrl: parts.publicUrl,
    federationAddress: federationAddressOf(config, serverName, parts.publicUrl),
    maxUploadBytes: MAX_UPLOAD_BYTES,
    ...(config.rateLimits ? { limit: createRateLimit(systemClock) } : {}),
  };
  const client = { engine, accounts, settings, reports: createReports(context) };
  const app = stack.use(
    await createHttpApp({
      routes: [
        ...workspaceRoutes(parts.workspaceApi),
        ...clientRoutes(client),
        ...memberRoutes(client),
        ...(isTrial(serverName) ? [] : federationRoutes(engine)),
      ],
      log,
      webApp: parts.webApp,
      trustedProxies: config.trustedProxies,
    }),
  );
  const owned = stack.move();
  return { homeserver, accounts, context, app, [Symbol.asyncDispose]: () => owned.disposeAsync() };
};

const openEgress = (config: Config): Egress =>
  createEgress({
    dnsServers: config.dnsServers,
    overrides: new Map(Object.entries(config.federationOverrides)),
    allowPrivateAddresses: config.allowPrivateAddresses,
    userAgent: `Causeway/${version}`,
    ...(config.caCertFile === undefined ? {} : { extraCa: readFileSync(config.caCertFile, 'utf8') }),
  });
