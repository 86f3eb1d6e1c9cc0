/** Two organisations with accounts, reaching each other in this process, as their clients see them. */
import type { FederationTransport, TransportRequest } from '@causeway/homeserver';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, parseUserId } from '@causeway/protocol';
import { grantPermission } from '@causeway/workspace';
import { transportTo } from './client-network.ts';
import {
  type ClientServer,
  type ClientServerOptions,
  type Person,
  startClientServer,
} from './client-server.ts';

export type SentRequest = {
  readonly origin: string;
  readonly destination: string;
  readonly method: string;
  readonly path: string;
  /** Empty when there was none. */
  readonly body: string;
};

export interface Organisations extends AsyncDisposable {
  readonly north: ClientServer;
  readonly south: ClientServer;
  /** May take part in rooms with other organisations. */
  readonly nora: Person;
  readonly sam: Person;
  /** A further person who may. */
  person(server: ClientServer, name: string): Promise<Person>;
  /** Whatever a server sent to another, in order; a test may empty it. */
  readonly sent: SentRequest[];
  /** A further organisation that the others can reach. */
  further(serverName: string): Promise<ClientServer>;
  /** Stops everything between the two, or restores it. */
  cut(isCut: boolean): void;
  /** Puts a third server where the two find it; undefined takes it away. */
  reach(serverName: string, server: ClientServer | undefined): void;
  /** A room of nora's that sam has joined by invitation; its ID. */
  sharedRoom(options?: JsonObject): Promise<string>;
}

export const startOrganisations = async (
  options: ClientServerOptions & {
    readonly southRoomVersions?: readonly string[];
    /** Requests by path that no server knows, as older ones would not. */
    readonly isUnknown?: (path: string) => boolean;
  } = {},
): Promise<Organisations> => {
  const servers = new Map<string, () => ClientServer>();
  const sent: SentRequest[] = [];
  const { isUnknown = () => false } = options;
  const transportOf = (serverName: string) =>
    recording(transportTo(servers, new Map(), isUnknown), serverName, sent);
  const north = await startClientServer({
    ...options,
    serverName: 'north.test',
    transport: transportOf('north.test'),
  });
  const { southRoomVersions: roomVersions } = options;
  const south = await startClientServer({
    ...options,
    ...(roomVersions === undefined ? {} : { roomVersions }),
    serverName: 'south.test',
    transport: transportOf('south.test'),
  });
  const others = new Map<string, ClientServer>();
  const cut = (isCut: boolean) => {
    servers.clear();
    if (isCut) return;
    servers.set('north.test', () => north).set('south.test', () => south);
    for (const [name, other] of others) servers.set(name, () => other);
  };
  cut(false);
  const person = async (server: ClientServer, name: string) => {
    const made = await server.person(name);
    const userId = parseUserId(made.userId);
    if (userId !== undefined) await grantPermission(server.context, userId, 'access-federation');
    return made;
  };
  const [nora, sam] = [await person(north, 'nora'), await person(south, 'sam')];
  return {
    north,
    south,
    nora,
    sam,
    person,
    sent,
    further: async (serverName) => {
      const other = await startClientServer({ serverName, transport: transportOf(serverName) });
      others.set(serverName, other);
      servers.set(serverName, () => other);
      return other;
    },
    cut,
    reach: (serverName, server) => {
      if (server === undefined) servers.delete(serverName);
      else servers.set(serverName, () => server);
    },
    async sharedRoom(body = {}) {
      const { room_id } = await nora.ok('POST', '/createRoom', { ...body, invite: [sam.userId] });
      const roomId = String(room_id);
      await sam.ok('POST', `${roomPath(roomId)}/join`);
      return roomId;
    },
    [Symbol.asyncDispose]: async () => {
      await north[Symbol.asyncDispose]();
      await south[Symbol.asyncDispose]();
      for (const other of others.values()) await other[Symbol.asyncDispose]();
    },
  };
};

const recording = (
  transport: FederationTransport,
  origin: string,
  sent: SentRequest[],
): FederationTransport => {
  const note = ({ destination, method, path, body = '' }: TransportRequest) =>
    void sent.push({ origin, destination, method, path, body });
  return {
    ...transport,
    request: (request) => {
      note(request);
      return transport.request(request);
    },
    stream: (request) => {
      note(request);
      return transport.stream(request);
    },
  };
};

export const roomPath = (roomId: unknown): string => `/rooms/${encodeURIComponent(String(roomId))}`;

/** What stands in an answer at this path. */
export const at = (value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined =>
  path.reduce<JsonValue | undefined>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value);

export const list = (value: JsonValue | undefined): readonly JsonObject[] =>
  isJsonArray(value) ? value.filter((entry) => isJsonObject(entry)) : [];

export const say = async (person: Person, roomId: string, body: string): Promise<string> => {
  const content = { msgtype: 'm.text', body };
  const { event_id } = await person.ok(
    'PUT',
    `${roomPath(roomId)}/send/m.room.message/${crypto.randomUUID()}`,
    content,
  );
  return String(event_id);
};

/** Syncs on from a token until something is there. */
export const follow = async (person: Person) => {
  let { next_batch: since } = await person.ok('GET', '/sync');
  return async <T>(look: (response: JsonObject) => T | undefined): Promise<T> => {
    for (let tries = 0; tries < 50; tries++) {
      const response = await person.ok('GET', `/sync?since=${String(since)}&timeout=200`);
      since = response.next_batch;
      const found = look(response);
      if (found !== undefined) return found;
    }
    throw new Error('it never came');
  };
};

/** Asks until there is an answer. */
export const until = async <T>(what: string, ask: () => Promise<T | undefined>): Promise<T> => {
  for (let tries = 0; tries < 500; tries++) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((resume) => setTimeout(resume, 10));
  }
  throw new Error(`waited in vain for ${what}`);
};
