/** What other servers read of a room's graph: single events, states, auth chains, stretches of history. */
import { type EventId, type Pdu, type ServerName, prevEventIds } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { forbidden, notFound } from '../../matrix-error.ts';
import { namelessPdu } from '../../reading/erased.ts';
import { roomByNid, rulesOf } from '../../rooms/current-state.ts';
import type { StoredEvent } from '../../rooms/event-cache.ts';
import type { RoomRow } from '../../store/schema.ts';
import type { StoreReader } from '../../store/store.ts';
import { type StateToServe, statePieces } from './graph-pieces.ts';
import { requireMembersHere, roomForServer, roomWithServer } from './room-for-server.ts';
import { ServerView } from './server-view.ts';

/** Most events of one backfill answer. */
const MAX_BACKFILL = 100;
/** Most events of one get_missing_events answer. */
const MAX_MISSING = 50;
/** Events visited in one walk, whatever the graph looks like. */
const MAX_VISITED = 1_000;

/** Another server asks something about an event of a room. */
export type AboutEvent = { readonly origin: ServerName; readonly roomId: string; readonly eventId: string };

/** One event. Soft-failed events are served, rejected and purged ones are not. */
export const serveEvent = (
  engine: Engine,
  { origin, eventId }: { readonly origin: ServerName; readonly eventId: string },
): Promise<Pdu> =>
  engine.store.read(async (reader) => {
    const event = await engine.events.byId(reader, eventId);
    const row = event && (await roomByNid(reader, event.roomNid));
    if (event === undefined || row === undefined || !isServed(event)) {
      throw notFound(`There is no event ${eventId} here.`);
    }
    const room = await roomForServer(engine, reader, row.room_id, origin);
    const view = new ServerView(engine, reader, room, origin);
    if (!(await view.maySee(event))) {
      throw forbidden(`${origin} may not see this event.`);
    }
    return view.shown(event);
  });

const isServed = ({ verdict }: StoredEvent): boolean => verdict !== 'rejected' && verdict !== 'purged';

/** The state before an event and its auth chain, as the text of a JSON object. */
export const serveState = async (engine: Engine, input: AboutEvent): Promise<AsyncIterable<string>> =>
  asObject(
    statePieces(engine, await stateBeforeEvent(engine, input), {
      chain: 'auth_chain',
      state: 'pdus',
      shape: 'pdu',
    }),
  );

/** The same as IDs. */
export const serveStateIds = async (engine: Engine, input: AboutEvent): Promise<AsyncIterable<string>> =>
  asObject(
    statePieces(engine, await stateBeforeEvent(engine, input), {
      chain: 'auth_chain_ids',
      state: 'pdu_ids',
      shape: 'id',
    }),
  );

const stateBeforeEvent = (engine: Engine, input: AboutEvent): Promise<StateToServe> =>
  engine.store.read(async (reader) => {
    const { room, event } = await eventInRoom(engine, reader, input);
    await requireMembersHere(engine, reader, room);
    return { room, root: rootBefore(event) };
  });

const asObject = async function* (members: AsyncIterable<string>): AsyncGenerator<string> {
  yield '{';
  yield* members;
  yield '}';
};

/**
 * The auth chain of an event, for another server.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1event_authroomideventid
 * @throws M_NOT_FOUND, M_FORBIDDEN
 */
export const serveEventAuth = (engine: Engine, input: AboutEvent) =>
  engine.store.read(async (reader) => {
    const { event, room } = await eventInRoom(engine, reader, input);
    const chain = await authChainOf(engine, reader, [event]);
    return { auth_chain: chain.map(({ pdu }) => namelessPdu(engine, rulesOf(room), pdu)) };
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
    return shownTo(new ServerView(engine, reader, room, input.origin), found);
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
      if (event?.roomNid === room.room_nid) from.push(...prevEventIds(event.pdu));
    }
    const found = await walkBack(engine, reader, room, {
      from: from.filter((id) => !input.latest.includes(id)),
      stop: new Set([...input.earliest, ...input.latest]),
      limit: Math.min(Math.max(input.limit, 1), MAX_MISSING),
    });
    return shownTo(new ServerView(engine, reader, room, input.origin), found.toReversed());
  });

const shownTo = async (view: ServerView, events: readonly StoredEvent[]): Promise<readonly Pdu[]> => {
  const shown: Pdu[] = [];
  for (const event of events) shown.push(await view.shown(event));
  return shown;
};

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
    if (isServed(event)) found.push(event);
    waiting.push(...prevEventIds(event.pdu));
  }
  return found;
};

/** @throws M_NOT_FOUND for an event that is known only because others refer to it */
export const rootBefore = (event: StoredEvent): Uint8Array => {
  if (event.stateBefore === null) throw notFound(`The state at ${event.eventId} is not known here.`);
  return event.stateBefore;
};

/** The auth events of these events, theirs, and so on; oldest first. */
const authChainOf = async (
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
