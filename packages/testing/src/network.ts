/**
 * Homeservers in one process that reach each other through their real HTTP applications, without sockets.
 * The network can be cut, and every request is recorded.
 */
import { randomBytes } from 'node:crypto';
import {
  createHomeserver,
  engineTables,
  type FederationTransport,
  type Homeserver,
  type Log,
  type Policy,
  type PolicyQuestion,
  type Profile,
  type Store,
  type TransportFailure,
  type TransportRequest,
} from '@causeway/homeserver';
import { createHttpApp, federationRoutes, type HttpApp } from '@causeway/http';
import { parseUserId, type UserId } from '@causeway/protocol';
import { openSqliteStore } from '@causeway/storage';
import { createMemoryBlobs } from './memory-blobs.ts';

export type RecordedRequest = {
  readonly from: string;
  readonly to: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly status: number | 'failed';
};

export type TestServer = {
  readonly name: string;
  readonly homeserver: Homeserver;
  readonly engine: Homeserver['engine'];
  readonly app: HttpApp;
  readonly store: Store;
  readonly profiles: Map<string, Profile>;
  /** Makes a local user. */
  user(localpart: string): UserId;
  /** Ends the engine and starts another on the same data. */
  restart(): Promise<TestServer>;
};

export type ServerOptions = {
  readonly store?: Store;
  readonly policy?: (question: PolicyQuestion) => boolean;
  readonly defaultRoomVersion?: string;
};

export class TestNetwork implements AsyncDisposable {
  readonly servers = new Map<string, TestServer>();
  readonly requests: RecordedRequest[] = [];
  readonly #cut = new Set<string>();
  /** Changes or replaces answers, to play a lying server. */
  tamper: (request: RecordedRequest, answer: string) => string = (_request, answer) => answer;

  /** Milliseconds by which an answer comes late. */
  delayAnswer: (request: RecordedRequest) => number = () => 0;

  /** Stops everything between this server and the others, or restores it. */
  cut(name: string, isCut: boolean): void {
    if (isCut) this.#cut.add(name);
    else this.#cut.delete(name);
  }

  async add(name: string, options: ServerOptions = {}): Promise<TestServer> {
    const store = options.store ?? (await openSqliteStore({ path: ':memory:', tables: engineTables }));
    const profiles = new Map<string, Profile>();
    const seed = randomBytes(32);
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
      },
    );
    const { engine } = homeserver;
    const app = await createHttpApp({ routes: federationRoutes(engine), log: engine.log });
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
      restart: async () => {
        await homeserver[Symbol.asyncDispose]();
        await app[Symbol.asyncDispose]();
        return this.#start(name, options, profiles, seed);
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
      const answer = await server.app.inject({
        method: request.method,
        url: request.path,
        headers: { host: to, ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      const recorded = { ...base, status: answer.status };
      this.requests.push(recorded);
      const delay = this.delayAnswer(recorded);
      if (delay > 0) await new Promise((resume) => setTimeout(resume, delay));
      const text = Buffer.from(answer.bytes).toString();
      const changed = this.tamper(recorded, text);
      const headers: { [name: string]: string } = {};
      for (const [key, value] of Object.entries(answer.headers)) headers[key] = String(value);
      const body = changed === text ? answer.bytes : Buffer.from(changed);
      return { kind: 'response', status: answer.status, headers, body } as const;
    };
    return {
      streamUrl: async () => ({ kind: 'failed', code: 'unreachable', reason: 'There is nothing else.' }),
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
