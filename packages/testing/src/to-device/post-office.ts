/** Two servers whose people send messages to each other's devices, with a wire between them that can be cut. */
import { randomBytes } from 'node:crypto';
import {
  type Clock,
  type FederationTransport,
  type Store,
  systemClock,
  type TransportRequest,
} from '@causeway/homeserver';
import { isJsonArray, isJsonObject, type JsonObject } from '@causeway/protocol';
import { permitFederation } from '../admins.ts';
import { transportTo } from '../client-network.ts';
import {
  type ClientServer,
  openTestStore,
  type Person,
  personOf,
  startClientServer,
} from '../client-server.ts';
import { impatientClock } from '../hurried-clocks.ts';

export type ServerName = 'north.test' | 'south.test';

export interface PostOffice extends AsyncDisposable {
  server(name: ServerName): ClientServer;
  /** Requests that went out, also such as did not arrive. */
  readonly sent: { readonly from: ServerName; readonly request: TransportRequest }[];
  /** Nothing arrives any more, or everything does. */
  cut(isCut: boolean): void;
  /** Answers to transactions are lost. */
  loseAnswers(isLost: boolean): void;
  /** Ends a server and starts it on the same data, or on another store. */
  restart(name: ServerName, store?: Store): Promise<ClientServer>;
}

export type PostOfficeOptions = {
  readonly stores?: { readonly [name in ServerName]?: Store };
  /** Of south. */
  readonly clock?: Clock;
};

export const openPostOffice = async ({
  stores = {},
  clock = systemClock,
}: PostOfficeOptions = {}): Promise<PostOffice> => {
  const reached = new Map<string, () => ClientServer>();
  const running = new Map<ServerName, ClientServer>();
  const sent: { readonly from: ServerName; readonly request: TransportRequest }[] = [];
  let isCut = false;
  let isLost = false;
  const wire = transportTo(reached);
  const transportOf = (from: ServerName): FederationTransport => ({
    ...wire,
    request: async (request) => {
      sent.push({ from, request });
      const failed = { kind: 'failed', code: 'unreachable', reason: 'The wire is cut.' } as const;
      if (isCut) return failed;
      const answer = await wire.request(request);
      return isLost && request.path.includes('/send/') ? failed : answer;
    },
  });
  const keys = { 'north.test': randomBytes(32), 'south.test': randomBytes(32) };
  const start = async (serverName: ServerName, store: Store): Promise<ClientServer> => {
    const server = await startClientServer({
      serverName,
      store,
      transport: transportOf(serverName),
      signingKey: { seed: keys[serverName], version: 'test' },
      clock: serverName === 'north.test' ? impatientClock : clock,
    });
    running.set(serverName, server);
    reached.set(serverName, () => server);
    return server;
  };
  const serverOf = (name: ServerName): ClientServer => {
    const server = running.get(name);
    if (server === undefined) throw new Error(`${name} does not run`);
    return server;
  };
  for (const name of ['north.test', 'south.test'] as const) {
    await start(name, stores[name] ?? (await openTestStore()));
  }
  return {
    server: serverOf,
    sent,
    cut: (cut) => {
      isCut = cut;
    },
    loseAnswers: (lost) => {
      isLost = lost;
    },
    restart: async (name, store = serverOf(name).store) => {
      const before = serverOf(name);
      await before[Symbol.asyncDispose]();
      if (before.store !== store) await before.store[Symbol.asyncDispose]();
      return start(name, store);
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of running.values()) await server[Symbol.asyncDispose]();
      for (const server of running.values()) await server.store[Symbol.asyncDispose]();
    },
  };
};

/** Somebody who may exchange with other organisations. */
export const personOn = async (server: ClientServer, name: string): Promise<Person> => {
  const person = await server.person(name);
  await permitFederation(server, person);
  return person;
};

/** The same session on a server that was started anew. */
export const again = (server: ClientServer, { userId, deviceId, accessToken }: Person): Person =>
  personOf(server.app, { user_id: userId, device_id: deviceId, access_token: accessToken });

/** A message as its device gets it. */
export type Got = { readonly sender: unknown; readonly type: unknown; readonly content: JsonObject };

export const messagesIn = (response: JsonObject): readonly Got[] => {
  const section = response['to_device'];
  const events = isJsonObject(section) && isJsonArray(section['events']) ? section['events'] : [];
  return events.filter(isJsonObject).map(({ sender, type, content }) => ({
    sender,
    type,
    content: isJsonObject(content) ? content : {},
  }));
};

/** `content` for devices of one person; the device ID may be `*`. */
export const messagesTo = (
  to: { readonly userId: string; readonly deviceId?: string },
  content: JsonObject,
): JsonObject => ({ messages: { [to.userId]: { [to.deviceId ?? '*']: content } } });

let sentSoFar = 0;

/** Sends a message under a transaction ID of its own. */
export const sendTo = (
  from: Person,
  to: { readonly userId: string; readonly deviceId?: string },
  content: JsonObject,
) => from.ok('PUT', `/sendToDevice/m.test/${++sentSoFar}`, messagesTo(to, content));
