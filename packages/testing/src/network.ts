/**
 * Homeservers in one process that reach each other through their real HTTP applications, without sockets.
 * The network can be cut, and every request is recorded.
 */
import { randomBytes } from 'node:crypto';
import {
  createHomeserver,
  engineTables,
  type Clock,
  type FederationTransport,
  type Homeserver,
  type Log,
  type Meter,
  type Policy,
  type PolicyQuestion,
  type Profile,
  type Store,
  type TransportFailure,
  type TransportRequest,
} from '@causeway/homeserver';
import { createHttpApp, federationRoutes, type HttpApp, InboundLimits } from '@causeway/http';
import { parseUserId, type UserId } from '@causeway/protocol';
import { openSqliteStore } from '@causeway/storage';
import { createMemoryBlobs } from './memory-blobs.ts';
import { watchedApp } from './openapi/watched-app.ts';

export type RecordedRequest = {
  readonly from: string;
  readonly to: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly status: number | 'failed';
};

export type StandInAnswer = 'failed' | { readonly status: number; readonly body: object };

export type TestServer = {
  readonly name: string;
  readonly homeserver: Homeserver;
  readonly engine: Homeserver['engine'];
  readonly app: HttpApp;
  readonly store: Store;
  readonly profiles: Map<string, Profile>;
  /** Makes a local user. */
  user(localpart: string): UserId;
  /** Ends the engine and starts another on the same data, or on this store. */
  restart(store?: Store): Promise<TestServer>;
};

export type ServerOptions = {
  readonly store?: Store;
  readonly policy?: (question: PolicyQuestion) => boolean;
  readonly defaultRoomVersion?: string;
  /** Of the signing key; another one each time otherwise. */
  readonly seed?: Uint8Array;
  readonly meter?: Meter;
  readonly clock?: Clock;
  /** Limits what the others may ask of it, by this clock; without, there are no limits. */
  readonly limitInbound?: Clock;
};

export class TestNetwork implements AsyncDisposable {
  readonly servers = new Map<string, TestServer>();
  readonly requests: RecordedRequest[] = [];
  readonly #cut = new Set<string>();
  /** Changes or replaces answers, to play a lying server. */
  tamper: (request: RecordedRequest, answer: string) => string = (_request, answer) => answer;

  /** Requests that a server does not know, as an older one would not. */
  isUnknown: (request: { readonly to: string; readonly path: string }) => boolean = () => false;

  /** Answers in the place of a server, for what it does not do itself. */
  standIn: (request: TransportRequest, from: string) => Promise<StandInAnswer | undefined> = async () =>
    undefined;

  /** What is at an address outside of the network; nothing when it is undefined. */
  answerUrl: (url: string) => StandInAnswer | undefined = () => undefined;

  /** Milliseconds by which an answer comes late. */
  delayAnswer: (request: RecordedRequest) => number = () => 0;

  /** What happens elsewhere before an answer arrives. */
  beforeAnswer: (request: RecordedRequest) => Promise<void> = async () => {};

  /** No answer arrives before this. */
  hold: Promise<void> = Promise.resolve();

  /** Stops everything between this server and the others, or restores it. */
  cut(name: string, isCut: boolean): void {
    if (isCut) this.#cut.add(name);
    else this.#cut.delete(name);
  }

  async add(name: string, options: ServerOptions = {}): Promise<TestServer> {
    const store = options.store ?? (await openSqliteStore({ path: ':memory:', tables: engineTables }));
    const profiles = new Map<string, Profile>();
    const seed = options.seed ?? randomBytes(32);
    return this.#start(name, { ...options, store }, profiles, seed);
  }

  async #start(
    name: string,
    options: ServerOptions & { readonly store: Store },
    profiles: Map<string, Profile>,
    seed: Uint8Array,
  ): Promise<TestServer> {
    const { store } = options;
    const policy: Policy = {
      ask: async (question) =>
        options.policy?.(question) === false
          ? { allowed: false, reason: `Policy of ${name}: ${question.kind}.` }
          : { allowed: true },
    };
    const homeserver = await createHomeserver(
      {
        serverName: name,
        signingKey: { seed, version: 'test' },
        ...(options.defaultRoomVersion === undefined
          ? {}
          : { defaultRoomVersion: options.defaultRoomVersion }),
      },
      {
        store,
        blobs: createMemoryBlobs(),
        transport: this.#transport(name),
        directory: {
          exists: async (userId) => profiles.has(userId),
          profile: async (userId) => profiles.get(userId),
        },
        policy,
        log: testLog(name),
        ...(options.clock === undefined ? {} : { clock: options.clock }),
        ...(options.meter === undefined ? {} : { meter: options.meter }),
      },
    );
    const { engine } = homeserver;
    const { limitInbound } = options;
    const limits = limitInbound === undefined ? {} : { limits: new InboundLimits(limitInbound) };
    const routes = federationRoutes(engine, limits);
    const app = watchedApp(await createHttpApp({ routes, log: engine.log }), routes);
    const server: TestServer = {
      name,
      homeserver,
      engine,
      app,
      store,
      profiles,
      user: (localpart) => {
        const userId = parseUserId(`@${localpart}:${name}`);
        if (userId === undefined) throw new Error(`bad localpart ${localpart}`);
        profiles.set(userId, { displayname: localpart });
        return userId;
      },
      restart: async (other = store) => {
        await homeserver[Symbol.asyncDispose]();
        await app[Symbol.asyncDispose]();
        if (other !== store) await store[Symbol.asyncDispose]();
        return this.#start(name, { ...options, store: other }, profiles, seed);
      },
    };
    this.servers.set(name, server);
    return server;
  }

  #transport(from: string): FederationTransport {
    const deliver = async (request: TransportRequest) => {
      const to = request.destination;
      const server = this.servers.get(to);
      const base = { from, to, method: request.method, path: request.path, body: request.body };
      if (server === undefined || this.#cut.has(from) || this.#cut.has(to)) {
        this.requests.push({ ...base, status: 'failed' });
        const failure: TransportFailure = {
          kind: 'failed',
          code: 'unreachable',
          reason: `${to} can't be reached.`,
        };
        return failure;
      }
      const instead = await this.standIn(request, from);
      if (instead === 'failed') {
        this.requests.push({ ...base, status: 'failed' });
        return { kind: 'failed', code: 'unreachable', reason: `${to} can't be reached.` } as const;
      }
      if (instead !== undefined) {
        this.requests.push({ ...base, status: instead.status });
        const body = Buffer.from(JSON.stringify(instead.body));
        return { kind: 'response', status: instead.status, headers: {}, body } as const;
      }
      const answer = await server.app.inject({
        method: request.method,
        url: this.isUnknown({ to, path: request.path }) ? '/_matrix/federation/v0/unknown' : request.path,
        headers: { host: to, ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      const recorded = { ...base, status: answer.status };
      this.requests.push(recorded);
      const delay = this.delayAnswer(recorded);
      if (delay > 0) await new Promise((resume) => setTimeout(resume, delay));
      const { promise: aborted, resolve: abort } = Promise.withResolvers<void>();
      request.signal?.addEventListener('abort', () => abort(), { once: true });
      await Promise.race([this.beforeAnswer(recorded), aborted]);
      await Promise.race([this.hold, aborted]);
      if (request.signal?.aborted) {
        return { kind: 'failed', code: 'aborted', reason: `Nobody waits for ${to} any more.` } as const;
      }
      const text = Buffer.from(answer.bytes).toString();
      const changed = this.tamper(recorded, text);
      const headers: { [name: string]: string } = {};
      for (const [key, value] of Object.entries(answer.headers)) headers[key] = String(value);
      const body = changed === text ? answer.bytes : Buffer.from(changed);
      return { kind: 'response', status: answer.status, headers, body } as const;
    };
    return {
      streamUrl: async ({ url }) => {
        const answer = this.answerUrl(url);
        if (answer === undefined || answer === 'failed') {
          return { kind: 'failed', code: 'unreachable', reason: 'There is nothing else.' };
        }
        const bytes = Buffer.from(JSON.stringify(answer.body));
        const body = (async function* () {
          yield bytes;
        })();
        return { kind: 'response', status: answer.status, headers: {}, body };
      },
      request: deliver,
      stream: async (request) => {
        const answer = await deliver(request);
        if (answer.kind === 'failed') return answer;
        const { body } = answer;
        return {
          ...answer,
          body: (async function* () {
            yield body;
          })(),
        };
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers.values()) {
      await server.homeserver[Symbol.asyncDispose]();
      await server.app[Symbol.asyncDispose]();
      await server.store[Symbol.asyncDispose]();
    }
  }
}

/** Waits until a condition holds; fails with what was waited for. */
export const eventually = async <R>(
  what: string,
  condition: () => Promise<R | undefined | false>,
  timeoutMs = 10_000,
): Promise<R> => {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
};

const testLog = (name: string): Log => {
  if (process.env['TEST_LOG'] === undefined) return { info: () => {}, warn: () => {}, error: logError(name) };
  const line = (event: string, fields: object = {}) =>
    process.stderr.write(`${name} ${event} ${JSON.stringify(fields)}\n`);
  return { info: line, warn: line, error: logError(name) };
};

const logError =
  (name: string): Log['error'] =>
  (event, error, fields = {}) => {
    const stack = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${name} ${event} ${JSON.stringify(fields)} ${stack}\n`);
  };
