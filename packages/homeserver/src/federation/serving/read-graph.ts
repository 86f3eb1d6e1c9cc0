/** What other servers read of a room's graph: single events, states, auth chains, stretches of history. */
import type { EventId, Pdu, ServerName } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { forbidden, notFound } from '../../matrix-error.ts';
import { roomByNid, stateEvents } from '../../rooms/current-state.ts';
import type { StoredEvent } from '../../rooms/event-cache.ts';
import type { RoomRow } from '../../store/schema.ts';
import type { StoreReader } from '../../store/store.ts';
import { eventsForServer, mayServerSee, roomForServer, roomWithServer } from './room-for-server.ts';

/** Most events of one backfill answer. */
const MAX_BACKFILL = 100;
/** Most events of one get_missing_events answer. */
const MAX_MISSING = 50;
/** Events visited in one walk, whatever the graph looks like. */
const MAX_VISITED = 1_000;

export type AboutEvent = { readonly origin: ServerName; readonly roomId: string; readonly eventId: string };

/** One event. Soft-failed events are served, rejected ones are not. */
export const serveEvent = (
  engine: Engine,
  { origin, eventId }: { readonly origin: ServerName; readonly eventId: string },
): Promise<Pdu> =>
  engine.store.read(async (reader) => {
    const event = await engine.events.byId(reader, eventId);
    const row = event && (await roomByNid(reader, event.roomNid));
    if (event === undefined || row === undefined || event.verdict === 'rejected') {
      throw notFound(`There is no event ${eventId} here.`);
    }
    const room = await roomForServer(engine, reader, row.room_id, origin);
    if (!(await mayServerSee(engine, reader, room, event, origin))) {
      throw forbidden(`${origin} may not see this event.`);
    }
    return event.pdu;
  });

/** The state before an event and its auth chain. */
export const serveState = (engine: Engine, input: AboutEvent) =>
  engine.store.read(async (reader) => {
    const { room, event } = await eventInRoom(engine, reader, input);
    const state = await stateBefore(engine, reader, room, event);
    const chain = await authChainOf(engine, reader, state);
    return { pdus: state.map((entry) => entry.pdu), auth_chain: chain.map((entry) => entry.pdu) };
  });

export const serveStateIds = (engine: Engine, input: AboutEvent) =>
  engine.store.read(async (reader) => {
    const { room, event } = await eventInRoom(engine, reader, input);
    const state = await stateBefore(engine, reader, room, event);
    const chain = await authChainOf(engine, reader, state);
    return {
      pdu_ids: state.map((entry) => entry.eventId),
      auth_chain_ids: chain.map((entry) => entry.eventId),
    };
  });

export const serveEventAuth = (engine: Engine, input: AboutEvent) =>
  engine.store.read(async (reader) => {
    const { event } = await eventInRoom(engine, reader, input);
    return { auth_chain: (await authChainOf(engine, reader, [event])).map((entry) => entry.pdu) };
  });

/** The given events and what came before them, newest first. */
export const serveBackfill = (
  engine: Engine,
  input: {
    readonly origin: ServerName;
    readonly roomId: string;
    readonly from: readonly string[];
    readonly limit: number;
  },
): Promise<readonly Pdu[]> =>
  engine.store.read(async (reader) => {
    const room = await roomWithServer(engine, reader, input.roomId, input.origin);
    const limit = Math.min(Math.max(input.limit, 1), MAX_BACKFILL);
    const found = await walkBack(engine, reader, room, { from: input.from, stop: new Set(), limit });
    return eventsForServer(engine, reader, room, found, input.origin);
  });

/** Events between `latest` (not among them) and `earliest`, oldest first. */
export const serveMissingEvents = (
  engine: Engine,
  input: {
    readonly origin: ServerName;
    readonly roomId: string;
    readonly latest: readonly string[];
    readonly earliest: readonly string[];
    readonly limit: number;
  },
): Promise<readonly Pdu[]> =>
  engine.store.read(async (reader) => {
    const room = await roomWithServer(engine, reader, input.roomId, input.origin);
    const from: EventId[] = [];
    for (const id of input.latest) {
      const event = await engine.events.byId(reader, id);
      if (event?.roomNid === room.room_nid) from.push(...event.pdu.prev_events);
    }
    const found = await walkBack(engine, reader, room, {
      from: from.filter((id) => !input.latest.includes(id)),
      stop: new Set([...input.earliest, ...input.latest]),
      limit: Math.min(Math.max(input.limit, 1), MAX_MISSING),
    });
    return eventsForServer(engine, reader, room, found.toReversed(), input.origin);
  });

/** Breadth first from the given events towards the room's beginning. */
const walkBack = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  {
    from,
    stop,
    limit,
  }: { readonly from: readonly string[]; readonly stop: ReadonlySet<string>; readonly limit: number },
): Promise<readonly StoredEvent[]> => {
  const found: StoredEvent[] = [];
  const seen = new Set<string>();
  const waiting = [...from];
  for (let next = 0; next < waiting.length && found.length < limit && next < MAX_VISITED; next++) {
    const id = waiting[next] ?? '';
    if (seen.has(id) || stop.has(id)) continue;
    seen.add(id);
    const event = await engine.events.byId(reader, id);
    if (event === undefined || event.roomNid !== room.room_nid || event.outlier) continue;
    if (event.verdict !== 'rejected') found.push(event);
    waiting.push(...event.pdu.prev_events);
  }
  return found;
};

export const stateBefore = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  event: StoredEvent,
): Promise<readonly StoredEvent[]> => {
  if (event.stateBefore === null) throw notFound(`The state at ${event.eventId} is not known here.`);
  return stateEvents(engine, reader, room, event.stateBefore);
};

/** The auth events of these events, theirs, and so on; oldest first. */
export const authChainOf = async (
  engine: Engine,
  reader: StoreReader,
  roots: readonly StoredEvent[],
): Promise<readonly StoredEvent[]> => {
  const seen = new Set<number>();
  const waiting = roots.flatMap((event) => event.authNids);
  for (let nid = waiting.pop(); nid !== undefined; nid = waiting.pop()) {
    if (seen.has(nid)) continue;
    seen.add(nid);
    waiting.push(...(await engine.events.byNid(reader, nid)).authNids);
  }
  return engine.events.many(
    reader,
    [...seen].sort((a, b) => a - b),
  );
};

const eventInRoom = async (engine: Engine, reader: StoreReader, input: AboutEvent) => {
  const room = await roomWithServer(engine, reader, input.roomId, input.origin);
  const event = await engine.events.byId(reader, input.eventId);
  if (event === undefined || event.roomNid !== room.room_nid) {
    throw notFound(`There is no event ${input.eventId} in this room.`);
  }
  return { room, event };
};
