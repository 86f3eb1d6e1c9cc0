/** Two organisations with accounts, reaching each other in this process, as their clients see them. */
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, parseUserId } from '@causeway/protocol';
import { grantPermission } from '@causeway/workspace';
import { transportTo } from './client-network.ts';
import {
  type ClientServer,
  type ClientServerOptions,
  type Person,
  startClientServer,
} from './client-server.ts';

export interface Organisations extends AsyncDisposable {
  readonly north: ClientServer;
  readonly south: ClientServer;
  /** May take part in rooms with other organisations. */
  readonly nora: Person;
  readonly sam: Person;
  /** A further person who may. */
  person(server: ClientServer, name: string): Promise<Person>;
  /** Stops everything between the two, or restores it. */
  cut(isCut: boolean): void;
  /** A room of nora's that sam has joined by invitation; its ID. */
  sharedRoom(options?: JsonObject): Promise<string>;
}

export const startOrganisations = async (options: ClientServerOptions = {}): Promise<Organisations> => {
  const servers = new Map<string, () => ClientServer>();
  const transport = transportTo(servers);
  const north = await startClientServer({ ...options, serverName: 'north.test', transport });
  const south = await startClientServer({ ...options, serverName: 'south.test', transport });
  const cut = (isCut: boolean) => {
    servers.clear();
    if (!isCut) servers.set('north.test', () => north).set('south.test', () => south);
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
    cut,
    async sharedRoom(body = {}) {
      const { room_id } = await nora.ok('POST', '/createRoom', { ...body, invite: [sam.userId] });
      const roomId = String(room_id);
      await sam.ok('POST', `${roomPath(roomId)}/join`);
      return roomId;
    },
    [Symbol.asyncDispose]: async () => {
      await north[Symbol.asyncDispose]();
      await south[Symbol.asyncDispose]();
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
  for (let tries = 0; tries < 200; tries++) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((resume) => setTimeout(resume, 25));
  }
  throw new Error(`waited in vain for ${what}`);
};
