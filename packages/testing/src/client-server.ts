/** One homeserver with accounts and the client API, called without sockets, as clients call it. */
import { randomBytes } from 'node:crypto';
import {
  type Clock,
  createHomeserver,
  type Engine,
  engineTables,
  type FederationTransport,
  type Log,
  profileChanged,
  type Store,
  systemClock,
  type Thumbnailer,
} from '@causeway/homeserver';
import {
  adminRoutes,
  type ClientSettings,
  clientRoutes,
  createHttpApp,
  createRepeatedRequests,
  federationRoutes,
  type HttpApp,
  type HttpRoute,
  linkRoutes,
  memberRoutes,
} from '@causeway/http';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  parseServerName,
} from '@causeway/protocol';
import { openSqliteStore } from '@causeway/storage';
import {
  type Accounts,
  createAccounts,
  createPasswords,
  createPolicy,
  createReports,
  createSigningKeys,
  createUserDirectory,
  followChanges,
  mediaLimitsOf,
  newRoomsOf,
  noteKeyChange,
  noteRoomRemoved,
  noteModeration,
  openContext,
  type RegistrationMode,
  SERVER_START,
  type WorkspaceContext,
  workspaceTables,
} from '@causeway/workspace';
import { createMemoryBlobs } from './memory-blobs.ts';
import { watchedApp } from './openapi/watched-app.ts';

export type ClientServerOptions = {
  readonly serverName?: string;
  readonly registration?: RegistrationMode;
  readonly sharedSecret?: string;
  readonly transport?: FederationTransport;
  readonly thumbnailer?: Thumbnailer;
  readonly settings?: Partial<ClientSettings>;
  readonly clock?: Clock;
  /** Where it says what happens; only faults of ours are printed when not given. */
  readonly log?: Log;
  /** Continues on what another server left. */
  readonly store?: Store;
  /** The room versions that it takes part in; all when not given. */
  readonly roomVersions?: readonly string[];
  /** A new one at every start when not given. */
  readonly signingKey?: { readonly seed: Uint8Array; readonly version: string };
};

export type ClientAnswer = {
  readonly status: number;
  readonly body: JsonObject;
  readonly bytes: Uint8Array;
  readonly headers: { readonly [name: string]: unknown };
};

export interface ClientServer extends AsyncDisposable {
  readonly engine: Engine;
  readonly app: HttpApp;
  /** What the application answers. */
  readonly routes: readonly HttpRoute[];
  readonly accounts: Accounts;
  readonly store: Store;
  readonly context: WorkspaceContext;
  /** Calls without an access token. */
  call(method: string, url: string, body?: JsonValue): Promise<ClientAnswer>;
  /** Registers an account and logs it in. */
  person(localpart: string): Promise<Person>;
  /** Logs an account in that `person` registered. */
  login(localpart: string): Promise<Person>;
}

/** Somebody with an account and a client. */
export interface Person {
  readonly userId: string;
  readonly deviceId: string;
  readonly accessToken: string;
  /** `path` is what follows `/_matrix/client/v3`, or a whole path that begins with `/_`. */
  call(
    method: string,
    path: string,
    body?: JsonValue | Uint8Array,
    headers?: { readonly [name: string]: string },
  ): Promise<ClientAnswer>;
  /** The same, for answers that must be 200. */
  ok(method: string, path: string, body?: JsonValue | Uint8Array): Promise<JsonObject>;
}

const noTransport: FederationTransport = {
  request: async () => ({ kind: 'failed', code: 'unreachable', reason: 'There is no network.' }),
  stream: async () => ({ kind: 'failed', code: 'unreachable', reason: 'There is no network.' }),
  streamUrl: async () => ({ kind: 'failed', code: 'unreachable', reason: 'There is no network.' }),
  [Symbol.asyncDispose]: async () => {},
};

/** Only our own faults are worth a line among the results. */
const silentLog: Log = {
  info: () => {},
  warn: () => {},
  error: (event, error) => console.error(event, error),
};

/** Lives longer than a server on it. */
export const openTestStore = (path = ':memory:'): Promise<Store> =>
  openSqliteStore({ path, tables: [...engineTables, ...workspaceTables] });

export const startClientServer = async (options: ClientServerOptions = {}): Promise<ClientServer> => {
  const { log = silentLog } = options;
  const serverName = parseServerName(options.serverName ?? 'north.test');
  if (serverName === undefined) throw new Error('not a server name');
  const store = options.store ?? (await openTestStore());
  const context = await openContext({
    serverName,
    store,
    clock: options.clock ?? systemClock,
    passwords: createPasswords('low'),
  });
  const homeserver = await createHomeserver(
    {
      serverName,
      signingKey: options.signingKey ?? { seed: randomBytes(32), version: randomBytes(4).toString('hex') },
      signingKeyChanged: noteKeyChange(context, SERVER_START),
      roomRemoved: noteRoomRemoved(context),
      keyNotaries: () => context.settings.get('federation.notaries'),
      ...(options.roomVersions === undefined
        ? { newRooms: () => newRoomsOf(context) }
        : { roomVersions: options.roomVersions }),
    },
    {
      store,
      blobs: createMemoryBlobs(),
      ...(options.thumbnailer === undefined ? {} : { thumbnailer: options.thumbnailer }),
      transport: options.transport ?? noTransport,
      clock: context.clock,
      directory: createUserDirectory(context),
      policy: createPolicy(context),
      log,
    },
  );
  const { engine } = homeserver;
  followChanges(context, engine);
  const signingKeys = createSigningKeys(context, engine.ownKeys, {
    replace: () => ({ seed: randomBytes(32), version: randomBytes(4).toString('hex'), undo: () => {} }),
  });
  const accounts = createAccounts(context, {
    registrationMode: options.registration ?? 'open',
    registrationSharedSecret: options.sharedSecret,
    limitLogins: false,
    profileChanged: (userId) => profileChanged(engine, userId),
  });
  const settings = {
    publicUrl: `https://${serverName}`,
    federationAddress: `${serverName}:443`,
    media: () => mediaLimitsOf(context),
    ...options.settings,
  };
  const repeated = createRepeatedRequests(engine, context.clock);
  const client = {
    engine,
    accounts,
    settings,
    reports: createReports(context),
    repeated,
    noteModeration: noteModeration(context),
  };
  const routes = [
    ...clientRoutes(client),
    ...memberRoutes({ ...client, workspace: context }),
    ...adminRoutes({ ...client, workspace: context, signingKeys }),
    ...linkRoutes({ ...client, workspace: context, signingKeys }),
    ...federationRoutes(engine),
  ];
  const app = watchedApp(await createHttpApp({ routes, log }), routes);
  const call = (method: string, url: string, body?: JsonValue, headers = {}) =>
    callApp(app, { method, url, body, headers });
  return {
    engine,
    app,
    routes,
    accounts,
    store,
    context,
    call,
    async person(localpart) {
      const { body } = await call('POST', '/_matrix/client/v3/register', {
        username: localpart,
        password: `password of ${localpart}`,
        auth: { type: 'm.login.dummy' },
      });
      return personOf(app, body);
    },
    async login(localpart) {
      const { body } = await call('POST', '/_matrix/client/v3/login', {
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: localpart },
        password: `password of ${localpart}`,
      });
      return personOf(app, body);
    },
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]();
      await homeserver[Symbol.asyncDispose]();
    },
  };
};

/** Somebody who got this answer to a login or a registration. */
export const personOf = (app: HttpApp, session: JsonObject): Person => {
  const { user_id: userId, device_id: deviceId, access_token: accessToken } = session;
  if (typeof userId !== 'string' || typeof deviceId !== 'string' || typeof accessToken !== 'string') {
    throw new Error(`this is no session: ${JSON.stringify(session)}`);
  }
  const callAs: Person['call'] = (method, path, body, headers = {}) =>
    callApp(app, {
      method,
      url: path.startsWith('/_') ? path : `/_matrix/client/v3${path}`,
      body,
      headers: { authorization: `Bearer ${accessToken}`, ...headers },
    });
  return {
    userId,
    deviceId,
    accessToken,
    call: callAs,
    async ok(method, path, body) {
      const answer = await callAs(method, path, body);
      if (answer.status !== 200) {
        throw new Error(`${method} ${path} was answered ${answer.status} ${JSON.stringify(answer.body)}`);
      }
      return answer.body;
    },
  };
};

const callApp = async (
  app: HttpApp,
  request: {
    readonly method: string;
    readonly url: string;
    readonly body?: JsonValue | Uint8Array;
    readonly headers: { readonly [name: string]: string };
  },
): Promise<ClientAnswer> => {
  const { method, url, body, headers } = request;
  const answer = await app.inject({
    method,
    url,
    headers,
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
  });
  const parsed = parseJson(answer.bytes);
  const value = parsed.ok ? parsed.value : {};
  return {
    status: answer.status,
    body: isJsonObject(value) ? value : { list: value },
    bytes: answer.bytes,
    headers: answer.headers,
  };
};
