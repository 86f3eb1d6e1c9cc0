/** Three organisations, of which the second sends what it should not, and all that has to go on for the others. */
import { randomBytes } from 'node:crypto';
import type { FederationTransport, Log, TransportRequest } from '@causeway/homeserver';
import type { JsonObject, UserId } from '@causeway/protocol';
import { permitFederation } from '../admins.ts';
import { transportTo } from '../client-network.ts';
import {
  type ClientServer,
  openTestStore,
  type Person,
  personOf,
  startClientServer,
} from '../client-server.ts';
import { at, list, roomPath, say, until } from '../organisations.ts';
import { signedRequest } from '../signed-transaction.ts';

/** Answers in the place of south; undefined for what it answers itself, which `truth` asks. */
export type Deceit = (
  request: TransportRequest,
  truth: () => Promise<string>,
) => Promise<{ readonly status: number; readonly text: string } | undefined>;

export interface HostileGround extends AsyncDisposable {
  /** Of north, which receives; another one after every restart. */
  readonly nora: Person;
  /** Of south, in whose name everything hostile comes. */
  readonly sam: Person;
  readonly samId: UserId;
  readonly north: ClientServer;
  readonly south: ClientServer;
  /** Knows nothing of what happens, and is heard all the same. */
  readonly west: ClientServer;
  /** From now on this is asked before south is; undefined: nobody is. */
  deceive(deceit: Deceit | undefined): void;
  /** A room of nora's in which sam may do everything. */
  room(options?: JsonObject): Promise<string>;
  /** Why north dropped what came, since the last time that somebody asked. */
  dropped(): readonly string[];
  /** Everything that north took for a fault of its own, in the same way. */
  faults(): readonly string[];
  /** The transaction of south with this text as its body. */
  send(body: string | Uint8Array): Promise<{ readonly status: number; readonly body: JsonObject }>;
  /** Each hears the other there. */
  talks(roomId: string): Promise<void>;
  /** Everything that people and servers read of the room works, and everybody else is heard, too. */
  works(roomId: string): Promise<void>;
  /** North ends, and starts again on what it has kept. */
  restart(): Promise<void>;
  /** Somebody of west, which has not heard of the room, joins it and is heard there. */
  isJoined(roomId: string): Promise<void>;
}

const PAGE = 50;

export const startHostileGround = async (): Promise<HostileGround> => {
  const servers = new Map<string, () => ClientServer>();
  const store = await openTestStore();
  const signingKey = { seed: randomBytes(32), version: 'test' };
  const drops: string[] = [];
  const faults: string[] = [];
  const log: Log = {
    info: (event, fields) => {
      if (event === 'pdu dropped') drops.push(String(fields?.['reason']));
    },
    warn: () => {},
    error: (event, error) => void faults.push(`${event}: ${String(error)}`),
  };
  let deceit: Deceit | undefined;
  const start = (serverName: string, kept: Parameters<typeof startClientServer>[0] = {}) =>
    startClientServer({
      serverName,
      transport: deceived(transportTo(servers), (request, truth) =>
        request.destination === 'south.test' ? deceit?.(request, truth) : undefined,
      ),
      ...kept,
    });
  let north = await start('north.test', { store, signingKey, log });
  const south = await start('south.test');
  const west = await start('west.test');
  servers
    .set('north.test', () => north)
    .set('south.test', () => south)
    .set('west.test', () => west);
  const person = async (server: ClientServer, name: string): Promise<Person> => {
    const made = await server.person(name);
    await permitFederation(server, made);
    return made;
  };
  let nora = await person(north, 'nora');
  const sam = await person(south, 'sam');
  const wes = await person(west, 'wes');
  const samId = sam.userId as UserId;

  const joined = async (owner: Person, guest: Person, options: JsonObject): Promise<string> => {
    const { room_id } = await owner.ok('POST', '/createRoom', { ...options, invite: [guest.userId] });
    await guest.ok('POST', `${roomPath(room_id)}/join`, {});
    return String(room_id);
  };
  const elsewhere = await joined(nora, wes, {});

  const latest = async (reader: Person, roomId: string): Promise<readonly string[]> => {
    const { chunk } = await reader.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=20`);
    return list(chunk).map(({ event_id }) => String(event_id));
  };
  const hears = async (reader: Person, roomId: string, eventId: string): Promise<void> => {
    await until(`${reader.userId} hears ${eventId}`, async () =>
      (await latest(reader, roomId)).includes(eventId) ? true : undefined,
    );
  };
  const talk = async (roomId: string, other: Person): Promise<void> => {
    await hears(other, roomId, await say(nora, roomId, 'from nora'));
    await hears(nora, roomId, await say(other, roomId, 'from elsewhere'));
  };

  /** Everything that a client asks about a room, page by page where there are pages. */
  const reads = async (roomId: string): Promise<void> => {
    const room = roomPath(roomId);
    const eventId = await say(nora, roomId, 'look around');
    const sync = await nora.ok('GET', '/sync');
    if (at(sync, 'rooms', 'join', roomId) === undefined) throw new Error(`the sync has no ${roomId}`);
    const seen = await paged(nora, room);
    if (!seen.includes(eventId)) throw new Error('the timeline lacks what was said just now');
    if (new Set(seen).size < seen.length) throw new Error('the timeline has an event twice');
    for (const path of ['state', 'members', 'joined_members', `context/${encodeURIComponent(eventId)}`]) {
      await nora.ok('GET', `${room}/${path}`);
    }
    for (const path of ['hierarchy', 'threads', `relations/${encodeURIComponent(eventId)}`]) {
      await nora.ok('GET', `/_matrix/client/v1${room}/${path}`);
    }
    await nora.ok('GET', `/_matrix/client/v1/room_summary/${encodeURIComponent(roomId)}`);
    await nora.ok('GET', `/_matrix/client/v1${room}/timestamp_to_event?ts=1&dir=f`);
    await nora.ok('POST', '/search', {
      search_categories: { room_events: { search_term: 'nora', event_context: {} } },
    });
    await nora.ok('POST', '/publicRooms', {});
    await nora.ok('POST', '/user_directory/search', { search_term: 'sam' });
  };

  /** What another server of the room asks. */
  const serves = async (roomId: string): Promise<void> => {
    const [eventId = ''] = await latest(nora, roomId);
    const [room, event] = [roomId, eventId].map(encodeURIComponent);
    for (const path of [
      `backfill/${room}?v=${event}&limit=100`,
      `state/${room}?event_id=${event}`,
      `state_ids/${room}?event_id=${event}`,
      `event_auth/${room}/${event}`,
      `event/${event}`,
      `hierarchy/${room}`,
    ]) {
      const { status } = await signedRequest(south, north, {
        method: 'GET',
        url: `/_matrix/federation/v1/${path}`,
      });
      if (status !== 200) throw new Error(`south was answered ${status} to ${path}`);
    }
  };

  return {
    get nora() {
      return nora;
    },
    get north() {
      return north;
    },
    sam,
    samId,
    south,
    west,
    deceive: (other) => {
      deceit = other;
    },
    room: (options = {}) =>
      joined(nora, sam, {
        join_rule: 'public',
        preset: 'public_chat',
        // Creators of rooms from version 12 on are above all levels, and in no list of them.
        power_level_content_override: {
          users: { [sam.userId]: 100, ...(isOld(options) ? { [nora.userId]: 100 } : {}) },
          events: { 'm.room.tombstone': 100 },
        },
        ...options,
      }),
    dropped: () => drops.splice(0),
    faults: () => faults.splice(0),
    send: async (body) => {
      const url = `/_matrix/federation/v1/send/${crypto.randomUUID()}`;
      const answer = await signedRequest(south, north, { method: 'PUT', url, body });
      return { status: answer.status, body: JSON.parse(Buffer.from(answer.bytes).toString()) };
    },
    talks: (roomId) => talk(roomId, sam),
    works: async (roomId) => {
      await talk(roomId, sam);
      await reads(roomId);
      await serves(roomId);
      await talk(elsewhere, wes);
    },
    restart: async () => {
      const { userId: user_id, deviceId: device_id, accessToken: access_token } = nora;
      await north[Symbol.asyncDispose]();
      north = await start('north.test', { store, signingKey, log });
      nora = personOf(north.app, { user_id, device_id, access_token });
    },
    isJoined: async (roomId) => {
      await wes.ok('POST', `/join/${encodeURIComponent(roomId)}?via=north.test`, {});
      await hears(nora, roomId, await say(wes, roomId, 'from wes'));
      await hears(wes, roomId, await say(nora, roomId, 'welcome'));
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of [north, south, west]) await server[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
};

const isOld = ({ room_version = '12' }: JsonObject): boolean => room_version !== '12';

const deceived = (
  transport: FederationTransport,
  deceit: (...asked: Parameters<Deceit>) => ReturnType<Deceit> | undefined,
): FederationTransport => {
  const request: FederationTransport['request'] = async (asked) => {
    const truth = async () => {
      const answer = await transport.request(asked);
      return answer.kind === 'response' ? Buffer.from(answer.body).toString() : '';
    };
    const instead = await deceit(asked, truth);
    if (instead === undefined) return transport.request(asked);
    const body = Buffer.from(instead.text);
    return { kind: 'response', status: instead.status, headers: {}, body };
  };
  return {
    ...transport,
    request,
    stream: async (asked) => {
      const answer = await request(asked);
      if (answer.kind === 'failed') return answer;
      const pieces = async function* () {
        yield answer.body;
      };
      return { ...answer, body: pieces() };
    },
  };
};

/** The whole timeline, newest first. */
const paged = async (reader: Person, room: string): Promise<readonly string[]> => {
  const seen: string[] = [];
  for (let from = ''; ; ) {
    const page = await reader.ok('GET', `${room}/messages?dir=b&limit=${PAGE}${from}`);
    seen.push(...list(page.chunk).map(({ event_id }) => String(event_id)));
    if (page.end === undefined) return seen;
    from = `&from=${encodeURIComponent(String(page.end))}`;
  }
};
