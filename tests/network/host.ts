/** One server of the network: a real engine on a memory store, asked through its real federation routes. */
import { Readable } from 'node:stream';
import {
  createHomeserver,
  createMemoryStore,
  type Engine,
  engineTables,
  type FederationTransport,
  type Homeserver,
  isServerInRoom,
  MatrixError,
  roomById,
  stateEvent,
  type TransportRequest,
} from '@causeway/homeserver';
import { Answer, errorAnswer, federationRoutes, HttpRequest, type HttpRoute } from '@causeway/http';
import { parseServerName, parseUserId, type ServerName, type UserId } from '@causeway/protocol';
import { createMemoryBlobs } from '../../packages/testing/src/memory-blobs.ts';
import type { Random } from '../../packages/testing/src/random.ts';
import type { FakeClock } from './fake-clock.ts';

export type Reply = {
  readonly status: number;
  readonly body: Uint8Array;
  /** A state that is not the room's: whoever believes it can't agree with the others by itself. */
  readonly isFalseState?: boolean;
};

/** What a liar does instead of answering, and with what it sends. */
export type Lies = {
  readonly answer: (request: TransportRequest, to: ServerName, truth: () => Promise<Reply>) => Promise<Reply>;
  readonly send: (request: TransportRequest) => TransportRequest;
};

export type Host = {
  readonly name: ServerName;
  readonly homeserver: Homeserver;
  readonly engine: Engine;
  readonly users: readonly UserId[];
  readonly handle: (request: TransportRequest) => Promise<Reply>;
  /** Faults of ours that the engine logged. */
  readonly faults: string[];
  lies: Lies | undefined;
  /** It believed a false state, or one of somebody who did. */
  misled: boolean;
};

export const startHost = async (
  name: string,
  parts: {
    readonly random: Random;
    readonly clock: FakeClock;
    readonly transport: (name: ServerName) => FederationTransport;
    readonly users: number;
    readonly trace: boolean;
  },
): Promise<Host> => {
  const serverName = parseServerName(name);
  if (serverName === undefined) throw new Error(`${name} is not a server name`);
  const users = Array.from({ length: parts.users }, (_, index) => parseUserId(`@u${index}:${name}`)).filter(
    (userId) => userId !== undefined,
  );
  const known = new Set<string>(users);
  const faults: string[] = [];
  const line = (event: string, fields: object = {}) => {
    if (parts.trace) console.log(`${parts.clock.now() % 1e8} ${name} ${event} ${JSON.stringify(fields)}`);
  };
  const homeserver = await createHomeserver(
    {
      serverName: name,
      signingKey: {
        seed: Uint8Array.from({ length: 32 }, () => parts.random.below(256)),
        version: 'net',
      },
    },
    {
      store: createMemoryStore(engineTables),
      blobs: createMemoryBlobs(),
      transport: parts.transport(serverName),
      clock: parts.clock,
      directory: {
        exists: async (userId) => known.has(userId),
        profile: async (userId) => (known.has(userId) ? {} : undefined),
      },
      // Only the graph counts here.
      policy: {
        ask: async ({ kind }) =>
          kind === 'exchange-ephemeral' ? { allowed: false, reason: 'not here' } : { allowed: true },
      },
      log: {
        info: line,
        warn: line,
        error: (event, error, fields) => {
          const stack = error instanceof Error ? error.stack : String(error);
          faults.push(`${name}: ${event} ${JSON.stringify(fields ?? {})} ${stack}`);
        },
      },
    },
  );
  const { engine } = homeserver;
  const handle = dispatcher(federationRoutes(engine), faults);
  return { name: serverName, homeserver, engine, users, handle, faults, lies: undefined, misled: false };
};

/** What the HTTP application does for a federation request, without the HTTP. */
const dispatcher = (routes: readonly HttpRoute[], faults: string[]) => {
  const table = routes.flatMap((route) => route.paths.map((path) => ({ route, parts: path.split('/') })));
  return async (request: TransportRequest): Promise<Reply> => {
    const parts = (request.path.split('?')[0] ?? '').split('/');
    for (const { route, parts: pattern } of table) {
      const params = route.method === request.method ? paramsOf(pattern, parts) : undefined;
      if (params === undefined) continue;
      return replyOf(await answerOf(route, request, params, faults));
    }
    return { status: 404, body: Buffer.from('{"errcode":"M_UNRECOGNIZED"}') };
  };
};

const paramsOf = (pattern: readonly string[], parts: readonly string[]) => {
  if (pattern.length !== parts.length) return undefined;
  const params: { [name: string]: string } = {};
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index] ?? '';
    if (wanted.startsWith(':')) params[wanted.slice(1)] = decodeURIComponent(part);
    else if (wanted !== part) return undefined;
  }
  return params;
};

const never = new AbortController().signal;
const nothing = Readable.from([]);

const answerOf = async (
  route: HttpRoute,
  { method, path, headers = {}, body }: TransportRequest,
  params: { readonly [name: string]: string },
  faults: string[],
): Promise<object> => {
  const { authorization } = headers;
  const request = new HttpRequest({
    method,
    uri: path,
    headers,
    authorization: authorization === undefined ? [] : [authorization],
    remoteAddress: '127.0.0.1',
    params,
    body: body === undefined ? new Uint8Array() : Buffer.from(body),
    stream: nothing,
    signal: never,
  });
  try {
    return await route.handle(request);
  } catch (error) {
    if (error instanceof MatrixError) return errorAnswer(error);
    faults.push(`${path}: ${error instanceof Error ? error.stack : String(error)}`);
    return new Answer(500, { errcode: 'M_UNKNOWN' });
  }
};

const replyOf = async (result: object): Promise<Reply> => {
  const answer = result instanceof Answer ? result : new Answer(200, result);
  const { status, body } = answer;
  if (body instanceof Readable) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(Buffer.from(chunk));
    return { status, body: Buffer.concat(chunks) };
  }
  return { status, body: body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body ?? {})) };
};

/** Whether a server is in a room as it sees it itself. */
export const isInRoom = ({ engine, name }: Host, roomId: string): Promise<boolean> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    return room !== undefined && (await isServerInRoom(engine, reader, room.room_nid, name));
  });

/** Whether one of its users is in a room as it sees it itself. */
export const isMember = ({ engine }: Host, roomId: string, userId: string): Promise<boolean> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const member = room && (await stateEvent(engine, reader, room, 'm.room.member', userId));
    return member?.pdu.content['membership'] === 'join';
  });
