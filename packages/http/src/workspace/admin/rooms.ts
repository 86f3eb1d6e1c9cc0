/** The rooms of this server, whether or not an admin is in them. @see docs/guide/admin/rooms-and-media.md */
import {
  inspectMembers,
  inspectRoom,
  listClosedRooms,
  type ListedRoom,
  listRooms,
  noSuchRoom,
  roomById,
  type RoomInspection,
  type RoomStanding,
  standingOf,
} from '@causeway/homeserver';
import {
  blockRoom,
  changeRetention,
  purgeRoomHistory,
  removeRoom as beginRemoval,
} from '@causeway/workspace';
import { roomIdOf } from '../../client/client-route.ts';
import {
  optionalBoolean,
  optionalInteger,
  optionalString,
  queryBoolean,
  queryChoice,
  queryInteger,
  queryString,
  requiredBoolean,
  requiredInteger,
} from '../../client/fields.ts';
import { fresh } from '../workspace-api.ts';
import { type AdminCall, adminRoute } from './admin-route.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const whole = { min: 0, max: Number.MAX_SAFE_INTEGER };
const DAY_MS = 24 * 3600 * 1000;

/** `GET /_causeway/admin/rooms?search=&before=&limit=`: newest here first; rooms that are closed come with the first page. */
export const getRooms = adminRoute('GET', '/rooms', async ({ engine, request }) => {
  const search = queryString(request, 'search');
  const before = queryInteger(request, 'before', whole);
  const page = await listRooms(engine, {
    ...(search === undefined ? {} : { search }),
    ...(before === undefined ? {} : { before }),
    limit: queryInteger(request, 'limit', { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT,
  });
  const closed = before === undefined ? await listClosedRooms(engine) : [];
  return fresh({
    rooms: page.rooms.map(listedJson),
    closed: closed.map((room) => ({ room_id: room.roomId, ...standingJson(room) })),
    ...(page.before === undefined ? {} : { before: page.before }),
  });
});

/** `GET /_causeway/admin/rooms/{roomId}`: all that is known and kept; of a room that is gone, what was done about it. */
export const getRoom = adminRoute('GET', '/rooms/:roomId', (call) => answerWithRoom(call));

/** `GET /_causeway/admin/rooms/{roomId}/members?membership=&local=&after=&limit=` */
export const getRoomMembers = adminRoute('GET', '/rooms/:roomId/members', async ({ engine, request }) => {
  const roomId = roomIdOf(request);
  const wanted = {
    membership: queryChoice(request, 'membership', ['join', 'invite', 'knock', 'leave', 'ban']) ?? 'join',
    local: queryBoolean(request, 'local'),
    after: queryInteger(request, 'after', whole) ?? 0,
    limit: queryInteger(request, 'limit', { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT,
  };
  const page = await engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw noSuchRoom(roomId);
    return inspectMembers(engine, reader, { room, ...wanted });
  });
  return fresh({
    members: page.members.map(({ userId, membership }) => ({ user_id: userId, membership })),
    ...(page.after === undefined ? {} : { after: page.after }),
  });
});

/** `POST /_causeway/admin/rooms/{roomId}/removal`: `{ "reason"?, "block"? }`. It goes on after the answer. */
export const postRoomRemoval = adminRoute('POST', '/rooms/:roomId/removal', async (call) => {
  const body = call.request.jsonObject();
  await beginRemoval(call.engine, {
    roomId: roomIdOf(call.request),
    reason: optionalString(body, 'reason') ?? '',
    block: optionalBoolean(body, 'block') ?? false,
    by: call.by,
  });
  return answerWithRoom(call);
});

/** `PUT /_causeway/admin/rooms/{roomId}/block`: `{ "blocked", "reason"? }` */
export const putRoomBlock = adminRoute('PUT', '/rooms/:roomId/block', async (call) => {
  const body = call.request.jsonObject();
  await blockRoom(call.engine, {
    roomId: roomIdOf(call.request),
    blocked: requiredBoolean(body, 'blocked'),
    reason: optionalString(body, 'reason') ?? '',
    by: call.by,
  });
  return answerWithRoom(call, true);
});

/** `POST /_causeway/admin/rooms/{roomId}/purge`: `{ "before_ts" }`. It goes on after the answer. */
export const postRoomPurge = adminRoute('POST', '/rooms/:roomId/purge', async (call) => {
  const before = requiredInteger(call.request.jsonObject(), 'before_ts');
  await purgeRoomHistory(call.engine, { roomId: roomIdOf(call.request), before, by: call.by });
  return answerWithRoom(call);
});

/** `PUT /_causeway/admin/rooms/{roomId}/retention`: `{ "days" }`; without it messages stay. */
export const putRoomRetention = adminRoute('PUT', '/rooms/:roomId/retention', async (call) => {
  const { days: given, ...rest } = call.request.jsonObject();
  const days =
    given === null || given === undefined ? undefined : optionalInteger({ ...rest, days: given }, 'days');
  await changeRetention(call.engine, { roomId: roomIdOf(call.request), days, by: call.by });
  return answerWithRoom(call);
});

/** `mayBeUnknown`: a room of which nothing is left is no mistake of who asked. */
async function answerWithRoom({ engine, request }: AdminCall, mayBeUnknown = false): Promise<object> {
  const roomId = roomIdOf(request);
  return engine.store.read(async (reader) => {
    const room = await inspectRoom(engine, reader, roomId);
    if (room !== undefined) return fresh(inspectionJson(room));
    const standing = await standingOf(reader, roomId);
    if (!mayBeUnknown && standing.blocked === undefined && standing.removal === undefined) {
      throw noSuchRoom(roomId);
    }
    return fresh({ room_id: roomId, here: false, ...standingJson(standing) });
  });
}

const standingJson = ({ blocked, removal }: RoomStanding) => ({
  ...(blocked === undefined ? {} : { blocked: { reason: blocked.reason, ts: blocked.ts } }),
  ...(removal === undefined
    ? {}
    : {
        removal: {
          step: removal.step,
          started_ts: removal.startedTs,
          deleted: removal.deleted,
          waiting: removal.waiting,
        },
      }),
});

const namedJson = (room: ListedRoom | RoomInspection) => ({
  room_id: room.roomId,
  ...(room.name === undefined ? {} : { name: room.name }),
  ...(room.canonicalAlias === undefined ? {} : { canonical_alias: room.canonicalAlias }),
  ...(room.roomType === undefined ? {} : { room_type: room.roomType }),
  room_version: room.roomVersion,
  join_rule: room.joinRule,
  history_visibility: room.historyVisibility,
  encrypted: room.encrypted,
  federate: room.federate,
  heroes: room.heroes,
  ...standingJson(room),
});

const listedJson = (room: ListedRoom) => ({
  ...namedJson(room),
  joined: room.joined,
  servers: room.servers,
  ...(room.newestTs === undefined ? {} : { newest_ts: room.newestTs }),
});

const incompleteJson = ({ leftOut, ...unverified }: NonNullable<RoomInspection['incomplete']>) => ({
  ...unverified,
  ...(leftOut === undefined
    ? {}
    : {
        left_out: {
          server_name: leftOut.server,
          total: leftOut.total,
          tries: leftOut.tries,
          reason: leftOut.reason,
          next_ts: leftOut.nextTs,
        },
      }),
});

const inspectionJson = (room: RoomInspection) => ({
  ...namedJson(room),
  here: true,
  ...(room.topic === undefined ? {} : { topic: room.topic }),
  ...(room.creator === undefined ? {} : { creator: room.creator }),
  aliases: room.aliases,
  published: room.published,
  memberships: room.memberships,
  local_members: room.localMembers,
  servers: room.servers.map(({ serverName, joined }) => ({ server_name: serverName, joined })),
  forward_extremities: room.forwardExtremities.map(({ eventId, ...rest }) => ({
    event_id: eventId,
    ...rest,
  })),
  state: room.state,
  timeline: {
    events: room.timeline.events,
    bytes: room.timeline.bytes,
    at_least: room.timeline.atLeast,
    ...(room.timeline.oldestTs === undefined ? {} : { oldest_ts: room.timeline.oldestTs }),
    ...(room.timeline.newestTs === undefined ? {} : { newest_ts: room.timeline.newestTs }),
  },
  missing_parents: room.missingParents,
  ...(room.incomplete === undefined ? {} : { incomplete: incompleteJson(room.incomplete) }),
  staged: room.staged,
  retention: {
    ...(room.retention.maxAgeMs === undefined ? {} : { days: room.retention.maxAgeMs / DAY_MS }),
    ...(room.retention.purgedBefore === undefined ? {} : { purged_before_ts: room.retention.purgedBefore }),
  },
  ...(room.purge === undefined ? {} : { purge: { before_ts: room.purge.before, purged: room.purge.purged } }),
});
