/** Every server that shares a room with us or that something was sent to, for the people who look after this one. */
import { type ServerName, serverNameOf } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { notFound } from '../matrix-error.ts';
import { stateEvent } from '../rooms/current-state.ts';
import { otherServers } from '../rooms/servers-in-room.ts';
import { destinations, memberships, outbox, type RoomRow, roomServers, rooms } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import type { DestinationRow } from './destination.ts';
import { SetMembers } from './destination-sets.ts';
import { type WaitingEdus, waitingEdus } from './edu-backlog.ts';
import { type ExchangeHour, hoursOf } from './exchange-hours.ts';
import { type SetAside, setAsideFor } from './set-aside.ts';
import { faultOf } from '../refusals.ts';

/** A server that shares rooms with this one. Times are milliseconds since the epoch. */
export type ConnectedServer = {
  readonly serverName: ServerName;
  /** Rooms in which it has members now. */
  readonly rooms: number;
  /** Its people in them. */
  readonly people: number;
  /** When it last took something from us, and when something last came from it, in milliseconds. */
  readonly lastDeliveredTs?: number;
  readonly lastReceivedTs?: number;
  /** Set while it cannot be reached. */
  readonly failingSinceTs?: number;
  /** In words. */
  readonly lastError?: string;
  readonly nextAttemptTs?: number;
  readonly backlog: Backlog;
  /** Single events that it refuses, while it takes others. */
  readonly setAside?: SetAside;
  /** The last week, oldest first. */
  readonly hours: readonly ExchangeHour[];
};

export type Backlog = {
  /** Events that it does not have yet. */
  readonly events: number;
  /** Messages for devices, and changes of devices, that it does not have yet. */
  readonly edus: number;
  /** There may be more: not all were looked at. */
  readonly atLeast: boolean;
  /** When the oldest of all of them was made. */
  readonly oldestTs?: number;
};

/** A room that this server shares with another. */
export type SharedRoom = {
  readonly roomId: string;
  readonly name?: string;
  readonly theirMembers: number;
  readonly ourMembers: number;
  /** Further organisations in it. */
  readonly others: readonly ServerName[];
};

/** Outbox rows that are looked at: a server that is away for months must not stop the page. */
const MAX_BACKLOG_ROWS = 50_000;
const PAGE = 1_000;

/** All of them, in the order of their names. */
export const connectedServers = (engine: Engine): Promise<readonly ConnectedServer[]> =>
  engine.store.read(async (reader) => {
    const own = await engine.names.serverNid(reader, engine.serverName);
    const known = new Map((await reader.scan(destinations, {})).map((row) => [row.server_nid, row]));
    const inRooms = await roomsByServer(reader, own);
    const nids = [...new Set([...known.keys(), ...inRooms.keys()])].filter((nid) => nid !== own);
    const shared = new Set([...inRooms].flatMap(([nid, roomNids]) => (nid === own ? [] : roomNids)));
    const people = await peopleByServer(engine, reader, shared);
    const backlogs = await backlogsOf(engine, reader, [...known.values()]);
    const found: ConnectedServer[] = [];
    for (const nid of nids) {
      const serverName = await engine.names.serverName(reader, nid);
      found.push({
        ...(await exchangeWith(reader, serverName, nid, known.get(nid))),
        rooms: inRooms.get(nid)?.length ?? 0,
        people: people.get(serverName)?.size ?? 0,
        backlog: backlogs.get(nid) ?? NOTHING_WAITS,
      });
    }
    return found.toSorted((a, b) => (a.serverName < b.serverName ? -1 : 1));
  });

/** One of them, with the rooms shared with it. @throws M_NOT_FOUND for one never heard of */
export const connectedServer = (
  engine: Engine,
  serverName: ServerName,
): Promise<ConnectedServer & { readonly sharedRooms: readonly SharedRoom[] }> =>
  engine.store.read(async (reader) => {
    const nid = await engine.names.serverNid(reader, serverName);
    const row = nid === undefined ? undefined : await reader.get(destinations, { server_nid: nid });
    const inRooms = nid === undefined ? [] : await roomsShared(engine, reader, nid);
    if (nid === undefined || (row === undefined && inRooms.length === 0)) {
      throw notFound(faultOf('nothing-shared', { server: serverName }));
    }
    const people = await peopleByServer(engine, reader, inRooms);
    const backlogs = await backlogsOf(engine, reader, row === undefined ? [] : [row]);
    const sharedRooms: SharedRoom[] = [];
    for (const room_nid of inRooms) {
      const room = await reader.get(rooms, { room_nid });
      if (room !== undefined) sharedRooms.push(await sharedRoom(engine, reader, room, nid));
    }
    return {
      ...(await exchangeWith(reader, serverName, nid, row)),
      rooms: inRooms.length,
      people: people.get(serverName)?.size ?? 0,
      backlog: backlogs.get(nid) ?? NOTHING_WAITS,
      sharedRooms,
    };
  });

/** The rooms in which both a server and we have members now. */
export const roomsShared = async (
  engine: Engine,
  reader: StoreReader,
  server_nid: number,
): Promise<readonly number[]> => {
  const own = await engine.names.serverNid(reader, engine.serverName);
  const found: number[] = [];
  for (const { room_nid } of await reader.scan(roomServers, { index: 'by_server', where: { server_nid } })) {
    const ours = own === undefined ? undefined : await reader.get(roomServers, { room_nid, server_nid: own });
    if (ours !== undefined) found.push(room_nid);
  }
  return found;
};

/** What a room is called, as far as it says so itself. */
export const nameOfRoom = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
): Promise<string | undefined> => {
  const named = (await stateEvent(engine, reader, room, 'm.room.name', ''))?.pdu.content['name'];
  if (typeof named === 'string' && named.trim() !== '') return named;
  const alias = (await stateEvent(engine, reader, room, 'm.room.canonical_alias', ''))?.pdu.content['alias'];
  return typeof alias === 'string' ? alias : undefined;
};

const NOTHING_WAITS: Backlog = { events: 0, edus: 0, atLeast: false };

const exchangeWith = async (
  reader: StoreReader,
  serverName: ServerName,
  nid: number,
  row: DestinationRow | undefined,
): Promise<Omit<ConnectedServer, 'rooms' | 'people' | 'backlog'>> => {
  const { hours, lastReceivedTs } = await hoursOf(reader, nid);
  const failing = row !== undefined && row.first_failure_ts !== null;
  const setAside = await setAsideFor(reader, nid);
  return {
    serverName,
    ...(row?.last_success_ts == null ? {} : { lastDeliveredTs: row.last_success_ts }),
    ...(lastReceivedTs === undefined ? {} : { lastReceivedTs }),
    ...(failing ? { failingSinceTs: row.first_failure_ts ?? 0, nextAttemptTs: row.next_attempt_ts } : {}),
    ...(failing && row.last_error !== null ? { lastError: row.last_error } : {}),
    ...(setAside === undefined ? {} : { setAside }),
    hours,
  };
};

/** Rooms that we have left do not count: nothing is heard of them any more. */
const roomsByServer = async (
  reader: StoreReader,
  own: number | undefined,
): Promise<ReadonlyMap<number, readonly number[]>> => {
  const rows = await reader.scan(roomServers, {});
  const ours = new Set(rows.flatMap((row) => (row.server_nid === own ? [row.room_nid] : [])));
  const found = new Map<number, number[]>();
  for (const row of rows) {
    if (!ours.has(row.room_nid)) continue;
    const listed = found.get(row.server_nid);
    if (listed === undefined) found.set(row.server_nid, [row.room_nid]);
    else listed.push(row.room_nid);
  }
  return found;
};

/** Joined people of other servers in some rooms, each counted once. */
const peopleByServer = async (
  engine: Engine,
  reader: StoreReader,
  roomNids: Iterable<number>,
): Promise<ReadonlyMap<string, ReadonlySet<number>>> => {
  const found = new Map<string, Set<number>>();
  for (const room_nid of roomNids) {
    for (let after = 0; ; ) {
      const rows = await reader.scan(memberships, {
        index: 'by_membership',
        where: { room_nid, membership: 'join', local: 0 },
        gt: after,
        limit: PAGE,
      });
      for (const { user_nid } of rows) {
        const server = serverNameOf(await engine.names.userId(reader, user_nid));
        const people = found.get(server);
        if (people === undefined) found.set(server, new Set([user_nid]));
        else people.add(user_nid);
      }
      after = rows.at(-1)?.user_nid ?? after;
      if (rows.length < PAGE) break;
    }
  }
  return found;
};

/** One walk over the outbox for all of them, and one over the log of EDUs. */
const backlogsOf = async (
  engine: Engine,
  reader: StoreReader,
  rows: readonly DestinationRow[],
): Promise<ReadonlyMap<number, Backlog>> => {
  const cursors = new Map(rows.map((row) => [row.server_nid, row.cursor]));
  const waiting = new Map<number, { events: number; oldestTs: number }>();
  const members = new SetMembers(reader);
  let seen = 0;
  for (let after = Math.min(...cursors.values()); Number.isFinite(after); ) {
    const page = await reader.scan(outbox, { gt: after, limit: PAGE });
    for (const { position, event_nid, destination_set } of page) {
      for (const nid of await members.of(destination_set)) {
        if (position <= (cursors.get(nid) ?? Number.POSITIVE_INFINITY)) continue;
        const found = waiting.get(nid);
        if (found !== undefined) found.events++;
        else {
          const { pdu } = await engine.events.byNid(reader, event_nid);
          waiting.set(nid, { events: 1, oldestTs: pdu.origin_server_ts });
        }
      }
      after = position;
    }
    seen += page.length;
    if (page.length < PAGE || seen >= MAX_BACKLOG_ROWS) break;
  }
  const edus = await waitingEdus(reader, new Set(cursors.keys()));
  const atLeast = seen >= MAX_BACKLOG_ROWS || edus.atLeast;
  return new Map(
    [...cursors.keys()].map((nid) => [nid, backlogOf(waiting.get(nid), edus.waiting.get(nid), atLeast)]),
  );
};

const backlogOf = (
  events: { readonly events: number; readonly oldestTs: number } | undefined,
  edus: WaitingEdus | undefined,
  atLeast: boolean,
): Backlog =>
  events === undefined && edus === undefined
    ? NOTHING_WAITS
    : {
        events: events?.events ?? 0,
        edus: edus?.edus ?? 0,
        atLeast,
        oldestTs: Math.min(
          events?.oldestTs ?? Number.POSITIVE_INFINITY,
          edus?.oldestTs ?? Number.POSITIVE_INFINITY,
        ),
      };

const sharedRoom = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  nid: number,
): Promise<SharedRoom> => {
  const { room_nid } = room;
  const joined = async (server_nid: number | undefined) =>
    server_nid === undefined ? 0 : ((await reader.get(roomServers, { room_nid, server_nid }))?.joined ?? 0);
  const name = await nameOfRoom(engine, reader, room);
  const theirName = await engine.names.serverName(reader, nid);
  return {
    roomId: room.room_id,
    ...(name === undefined ? {} : { name }),
    theirMembers: await joined(nid),
    ourMembers: await joined(await engine.names.serverNid(reader, engine.serverName)),
    others: (await otherServers(engine, reader, room_nid)).filter((other) => other !== theirName),
  };
};
