/** The event of a room that is closest to a moment. */
import type { ServerName, UserId } from '@causeway/protocol';
import { isJsonObject } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { roomWithServer } from '../federation/serving/room-for-server.ts';
import { ServerView } from '../federation/serving/server-view.ts';
import { path, requestRemote } from '../federation/signed-request.ts';
import { notFound } from '../matrix-error.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { otherServers } from '../rooms/servers-in-room.ts';
import { missingParents, timeline } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import type { Direction } from './read-page.ts';
import { openRoom } from './room-access.ts';
import { visibilityTest } from './visible-events.ts';
import { faultOf } from '../refusals.ts';

/** A time in milliseconds since the epoch, and whether to look before (`b`) or after it (`f`). */
export type Moment = { readonly ts: number; readonly direction: Direction };
/** The event that is closest to a moment; its time is by its server's clock. */
export type EventAtMoment = { readonly event_id: string; readonly origin_server_ts: number };

/** Events looked at around the place that the search comes to: clocks of servers differ. */
const MAX_LOOKED_AT = 200;
/** Servers asked when the place may lie in history that is not here. */
const MAX_SERVERS = 2;

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidtimestamp_to_event @throws M_NOT_FOUND, M_FORBIDDEN */
export const eventByTimestamp = async (
  engine: Engine,
  input: Moment & { readonly userId: UserId; readonly deviceId: string; readonly roomId: string },
): Promise<EventAtMoment> => {
  const { found, servers } = await engine.store.read(async (reader) => {
    const { room, viewer } = await openRoom(engine, reader, input, input.roomId);
    const visibility = await visibilityTest(engine, reader, viewer);
    const found = await nearest(engine, reader, room.room_nid, input, (event) => visibility.canSee(event));
    const isWhole =
      (await reader.first(missingParents, { where: { room_nid: room.room_nid } })) === undefined;
    return { found, servers: isWhole ? [] : await otherServers(engine, reader, room.room_nid) };
  });
  const theirs = servers.length === 0 ? undefined : await askOthers(engine, servers, input);
  const best = closer(input, found && answerOf(found), theirs);
  if (best === undefined) throw notFound(faultOf('event-at-moment'));
  return best;
};

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1timestamp_to_eventroomid @throws M_NOT_FOUND, M_FORBIDDEN */
export const serveEventByTimestamp = (
  engine: Engine,
  input: Moment & { readonly origin: ServerName; readonly roomId: string },
): Promise<EventAtMoment> =>
  engine.store.read(async (reader) => {
    const room = await roomWithServer(engine, reader, input.roomId, input.origin);
    const view = new ServerView(engine, reader, room, input.origin);
    const found = await nearest(engine, reader, room.room_nid, input, (event) => view.maySee(event));
    if (found === undefined) throw notFound(faultOf('event-at-moment'));
    return answerOf(found);
  });

const answerOf = (event: StoredEvent): EventAtMoment => ({
  event_id: event.eventId,
  origin_server_ts: event.pdu.origin_server_ts,
});

/**
 * Halves the timeline until the moment is found, as if its times rose; then looks at what is around that
 * place, because they rise only by and large.
 */
const nearest = async (
  engine: Engine,
  reader: StoreReader,
  room_nid: number,
  moment: Moment,
  maySee: (event: StoredEvent) => Promise<boolean>,
): Promise<StoredEvent | undefined> => {
  const where = { room_nid };
  const first = await reader.first(timeline, { where });
  const last = await reader.first(timeline, { where, reverse: true });
  if (first === undefined || last === undefined) return undefined;
  let [low, high] = [first.position, last.position];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = await reader.first(timeline, { where, gte: middle });
    const event = row && (await engine.events.byNid(reader, row.event_nid));
    if (row !== undefined && event !== undefined && event.pdu.origin_server_ts < moment.ts)
      low = row.position + 1;
    else high = middle;
  }
  const below = await reader.scan(timeline, { where, lt: low, reverse: true, limit: MAX_LOOKED_AT });
  const above = await reader.scan(timeline, { where, gte: low, limit: MAX_LOOKED_AT });
  let best: StoredEvent | undefined;
  for (const { event_nid } of [...below, ...above]) {
    const event = await engine.events.byNid(reader, event_nid);
    if (!isOnSide(moment, event.pdu.origin_server_ts) || !(await maySee(event))) continue;
    if (best === undefined || distance(moment, event) < distance(moment, best)) best = event;
  }
  return best;
};

const isOnSide = ({ ts, direction }: Moment, at: number): boolean =>
  direction === 'f' ? at >= ts : at <= ts;

const distance = ({ ts }: Moment, event: StoredEvent): number => Math.abs(event.pdu.origin_server_ts - ts);

const closer = (
  { ts }: Moment,
  ours: EventAtMoment | undefined,
  theirs: EventAtMoment | undefined,
): EventAtMoment | undefined => {
  if (ours === undefined || theirs === undefined) return ours ?? theirs;
  return Math.abs(theirs.origin_server_ts - ts) < Math.abs(ours.origin_server_ts - ts) ? theirs : ours;
};

/** A client then asks for the context of the event, which fetches it. */
const askOthers = async (
  engine: Engine,
  servers: readonly ServerName[],
  { roomId, ts, direction }: Moment & { readonly roomId: string },
): Promise<EventAtMoment | undefined> => {
  for (const destination of servers.slice(0, MAX_SERVERS)) {
    const answer = await requestRemote(engine, {
      destination,
      method: 'GET',
      path: `${path`/_matrix/federation/v1/timestamp_to_event/${roomId}`}?ts=${ts}&dir=${direction}`,
    });
    const body = answer.kind === 'ok' && isJsonObject(answer.body) ? answer.body : {};
    const { event_id, origin_server_ts: at } = body;
    if (typeof event_id === 'string' && event_id.length <= 255 && typeof at === 'number') {
      if (isOnSide({ ts, direction }, at)) return { event_id, origin_server_ts: at };
    }
  }
  return undefined;
};
