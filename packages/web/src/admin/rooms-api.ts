/** What the pages about rooms ask of the server. */
import { isObject, type JsonObject, request, text } from '../session/matrix-request.ts';
import { ADMIN, number, objects, optionalNumber, queryOf, strings } from './answer-parts.ts';

/** What an admin did about a room. */
export type RoomStanding = {
  readonly closed: { readonly reason: string } | undefined;
  readonly removal: { readonly step: string; readonly waiting: number } | undefined;
};

export type NamedRoom = RoomStanding & {
  readonly roomId: string;
  /** Its name, its alias, the people in it, or its ID. */
  readonly name: string;
  readonly version: string;
  readonly joinRule: string;
  readonly encrypted: boolean;
  readonly federate: boolean;
};

export type ListedRoom = NamedRoom & {
  readonly joined: number;
  readonly servers: number;
  readonly newestTs: number | undefined;
};

export type RoomsPage = {
  readonly rooms: readonly ListedRoom[];
  /** Rooms that are closed or being removed, on the first page. */
  readonly closed: readonly (RoomStanding & { readonly roomId: string })[];
  readonly before: number | undefined;
};

export type Extremity = {
  readonly eventId: string;
  readonly type: string;
  readonly sender: string;
  readonly ts: number;
  readonly depth: number;
};

export type InspectedRoom = NamedRoom & {
  readonly topic: string | undefined;
  readonly creator: string | undefined;
  readonly aliases: readonly string[];
  readonly published: boolean;
  readonly historyVisibility: string;
  readonly memberships: Readonly<Record<string, number>>;
  readonly localMembers: number;
  readonly servers: readonly { readonly serverName: string; readonly joined: number }[];
  readonly extremities: readonly Extremity[];
  readonly stateEvents: number;
  readonly stateBytes: number;
  readonly timelineEvents: number;
  readonly timelineBytes: number;
  /** Whether only a part was counted. */
  readonly atLeast: boolean;
  readonly oldestTs: number | undefined;
  readonly newestTs: number | undefined;
  readonly missingParents: number;
  /** What of its state could not be verified yet, and whose keys could not be had. */
  readonly incomplete:
    | {
        readonly members: number;
        readonly others: number;
        readonly servers: readonly string[];
        /** Members who were left out at the join are fetched. */
        readonly leftOut: LeftOut | undefined;
      }
    | undefined;
  readonly retentionDays: number | undefined;
  readonly purgedBefore: number | undefined;
  readonly purge: { readonly before: number; readonly purged: number } | undefined;
};

/** From whom the members of a room are fetched, how many there are, and how often that was tried in vain. */
export type LeftOut = {
  readonly serverName: string;
  readonly total: number | undefined;
  readonly tries: number;
  readonly reason: string;
  readonly nextTs: number;
};

/** A room that is gone from this server. */
export type GoneRoom = RoomStanding & { readonly roomId: string };

export type RoomAnswer = ({ readonly here: true } & InspectedRoom) | ({ readonly here: false } & GoneRoom);

export async function fetchRooms(accessToken: string, search: string, before?: number): Promise<RoomsPage> {
  const body = await request(`${ADMIN}/rooms?${queryOf({ search, before })}`, { accessToken });
  return {
    rooms: objects(body.rooms).map((room) => ({
      ...readNamed(room),
      joined: number(room.joined),
      servers: number(room.servers),
      newestTs: optionalNumber(room.newest_ts),
    })),
    closed: objects(body.closed).map((room) => ({ roomId: text(room.room_id) ?? '', ...readStanding(room) })),
    before: optionalNumber(body.before),
  };
}

const pathOf = (roomId: string, rest = '') => `${ADMIN}/rooms/${encodeURIComponent(roomId)}${rest}`;

export const fetchRoom = async (accessToken: string, roomId: string): Promise<RoomAnswer> =>
  readRoom(await request(pathOf(roomId), { accessToken }));

export async function fetchMembers(
  accessToken: string,
  roomId: string,
  wanted: { readonly local: boolean; readonly after: number | undefined },
): Promise<{ readonly members: readonly string[]; readonly after: number | undefined }> {
  const body = await request(`${pathOf(roomId, '/members')}?${queryOf(wanted)}`, { accessToken });
  return {
    members: objects(body.members).map((member) => text(member.user_id) ?? ''),
    after: optionalNumber(body.after),
  };
}

export const removeRoom = async (
  accessToken: string,
  roomId: string,
  wanted: { readonly reason: string; readonly block: boolean },
): Promise<RoomAnswer> =>
  readRoom(await request(pathOf(roomId, '/removal'), { method: 'POST', accessToken, body: wanted }));

export const closeRoom = async (
  accessToken: string,
  roomId: string,
  wanted: { readonly blocked: boolean; readonly reason: string },
): Promise<RoomAnswer> =>
  readRoom(await request(pathOf(roomId, '/block'), { method: 'PUT', accessToken, body: wanted }));

export const purgeRoom = async (accessToken: string, roomId: string, before: number): Promise<RoomAnswer> =>
  readRoom(
    await request(pathOf(roomId, '/purge'), { method: 'POST', accessToken, body: { before_ts: before } }),
  );

export const changeRetention = async (
  accessToken: string,
  roomId: string,
  days: number | null,
): Promise<RoomAnswer> =>
  readRoom(await request(pathOf(roomId, '/retention'), { method: 'PUT', accessToken, body: { days } }));

const readStanding = (room: JsonObject): RoomStanding => ({
  closed: isObject(room.blocked) ? { reason: text(room.blocked.reason) ?? '' } : undefined,
  removal: isObject(room.removal)
    ? { step: text(room.removal.step) ?? '', waiting: number(room.removal.waiting) }
    : undefined,
});

const readNamed = (room: JsonObject): NamedRoom => {
  const roomId = text(room.room_id) ?? '';
  const heroes = strings(room.heroes).join(', ');
  return {
    roomId,
    name: text(room.name) || text(room.canonical_alias) || heroes || roomId,
    version: text(room.room_version) ?? '',
    joinRule: text(room.join_rule) ?? '',
    encrypted: room.encrypted === true,
    federate: room.federate === true,
    ...readStanding(room),
  };
};

const readLeftOut = (leftOut: JsonObject): LeftOut => ({
  serverName: text(leftOut.server_name) ?? '',
  total: optionalNumber(leftOut.total),
  tries: number(leftOut.tries),
  reason: text(leftOut.reason) ?? '',
  nextTs: number(leftOut.next_ts),
});

const readIncomplete = (incomplete: JsonObject): InspectedRoom['incomplete'] => ({
  members: number(incomplete.members),
  others: number(incomplete.others),
  servers: strings(incomplete.servers),
  leftOut: isObject(incomplete.left_out) ? readLeftOut(incomplete.left_out) : undefined,
});

const readRoom = (room: JsonObject): RoomAnswer => {
  if (room.here !== true) return { here: false, roomId: text(room.room_id) ?? '', ...readStanding(room) };
  const part = (name: string): JsonObject => (isObject(room[name]) ? room[name] : {});
  const [state, timeline, retention, purge] = ['state', 'timeline', 'retention', 'purge'].map(part);
  return {
    here: true,
    ...readNamed(room),
    topic: text(room.topic),
    creator: text(room.creator),
    aliases: strings(room.aliases),
    published: room.published === true,
    historyVisibility: text(room.history_visibility) ?? '',
    memberships: Object.fromEntries(
      Object.entries(part('memberships')).map(([membership, count]) => [membership, number(count)]),
    ),
    localMembers: number(room.local_members),
    servers: objects(room.servers).map((server) => ({
      serverName: text(server.server_name) ?? '',
      joined: number(server.joined),
    })),
    extremities: objects(room.forward_extremities).map((event) => ({
      eventId: text(event.event_id) ?? '',
      type: text(event.type) ?? '',
      sender: text(event.sender) ?? '',
      ts: number(event.ts),
      depth: number(event.depth),
    })),
    stateEvents: number(state?.events),
    stateBytes: number(state?.bytes),
    timelineEvents: number(timeline?.events),
    timelineBytes: number(timeline?.bytes),
    atLeast: timeline?.at_least === true,
    oldestTs: optionalNumber(timeline?.oldest_ts),
    newestTs: optionalNumber(timeline?.newest_ts),
    missingParents: number(room.missing_parents),
    incomplete: isObject(room.incomplete) ? readIncomplete(room.incomplete) : undefined,
    retentionDays: optionalNumber(retention?.days),
    purgedBefore: optionalNumber(retention?.purged_before_ts),
    purge: isObject(room.purge)
      ? { before: number(purge?.before_ts), purged: number(purge?.purged) }
      : undefined,
  };
};
