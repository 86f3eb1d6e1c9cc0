/** What this server knows and keeps of a room, for admins; also of a room that no admin is in. */
import { depthOf } from '@causeway/protocol';
import type { Graph } from '../engine.ts';
import { type NotYetKnown, notYetKnown } from '../federation/incomplete-states.ts';
import { retentionOf, type Retention } from '../purging/retention.ts';
import { roomById, stateEvent } from '../rooms/current-state.ts';
import {
  aliases,
  blockedRooms,
  events,
  forwardExtremities,
  historyPurges,
  lingeringEvents,
  memberships,
  missingParents,
  publishedRooms,
  type RoomRow,
  roomRemovals,
  roomServers,
  stagedPdus,
  stateNodes,
  timeline,
} from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { type NamedRoom, nameRoom } from './name-room.ts';

/** A room as those see it who look after the server, without being in it. */
export type RoomInspection = NamedRoom & {
  readonly topic: string | undefined;
  readonly creator: string | undefined;
  readonly aliases: readonly string[];
  readonly published: boolean;
  readonly memberships: { readonly [membership: string]: number };
  /** Joined members of this server. */
  readonly localMembers: number;
  /** Those with most members first. */
  readonly servers: readonly { readonly serverName: string; readonly joined: number }[];
  /** What the next event of ours builds on. */
  readonly forwardExtremities: readonly Extremity[];
  readonly state: {
    readonly events: number;
    /** Nodes of the state map, of all states that the room had. */
    readonly nodes: number;
    readonly bytes: number;
  };
  readonly timeline: {
    readonly events: number;
    /** Of the events that were counted. */
    readonly bytes: number;
    /** Whether there are more than were counted. */
    readonly atLeast: boolean;
    readonly oldestTs: number | undefined;
    readonly newestTs: number | undefined;
  };
  /** Parents of events here that are with other servers: where older history would be fetched. */
  readonly missingParents: number;
  /** Undefined when nothing is missing of its state. */
  readonly incomplete: NotYetKnown | undefined;
  /** Received and not yet judged. */
  readonly staged: number;
  readonly retention: Retention;
  readonly purge: { readonly before: number; readonly purged: number } | undefined;
} & RoomStanding;

/** An event that no other follows yet. `ts` is milliseconds since the epoch, by its server's clock. */
export type Extremity = {
  readonly eventId: string;
  readonly type: string;
  readonly sender: string;
  readonly ts: number;
  readonly depth: number;
};

/** What an admin did about a room, whether or not it is still here. */
export type RoomStanding = {
  readonly blocked: { readonly reason: string; readonly ts: number } | undefined;
  readonly removal:
    | {
        readonly step: string;
        readonly startedTs: number;
        readonly deleted: number;
        /** Events that other servers still have to get. */
        readonly waiting: number;
      }
    | undefined;
};

/** Rows counted of one thing. */
const MAX_COUNTED = 20_000;
const PAGE = 500;
const MAX_EXTREMITIES = 100;
const MEMBERSHIPS = ['join', 'invite', 'knock', 'leave', 'ban'];

type Parts = Graph & { readonly serverName: string };

/** Undefined for a room that is not here. `reader` is one snapshot. */
export const inspectRoom = async (
  parts: Parts,
  reader: StoreReader,
  roomId: string,
): Promise<RoomInspection | undefined> => {
  const room = await roomById(reader, roomId);
  if (room === undefined) return undefined;
  const { room_nid, room_id } = room;
  const content = async (type: string) => (await stateEvent(parts, reader, room, type, ''))?.pdu;
  const topic = (await content('m.room.topic'))?.content['topic'];
  const where = { room_nid };
  const purge = await reader.get(historyPurges, where);
  const own = await reader.scan(aliases, { index: 'by_room', where: { room_id } });
  return {
    ...(await nameRoom(parts, reader, room)),
    topic: typeof topic === 'string' ? topic : undefined,
    creator: (await content('m.room.create'))?.sender,
    aliases: own.map((row) => row.alias),
    published: (await reader.get(publishedRooms, where)) !== undefined,
    memberships: await countMemberships(reader, room_nid),
    localMembers: await reader.count(memberships, {
      index: 'by_membership',
      where: { room_nid, membership: 'join', local: 1 },
    }),
    servers: await serversOf(parts, reader, room_nid),
    forwardExtremities: await extremitiesOf(parts, reader, room_nid),
    state: {
      events: await parts.states.size(reader, room_nid, room.state_root),
      ...(await measureNodes(reader, room_nid)),
    },
    timeline: await measureTimeline(reader, room_nid),
    missingParents: await reader.count(missingParents, { where }),
    incomplete: await notYetKnown(parts, reader, room),
    staged: await reader.count(stagedPdus, { index: 'by_room', where: { room_id } }),
    retention: await retentionOf(reader, room_nid),
    purge: purge && { before: purge.before_ts, purged: purge.purged },
    ...(await standingOf(reader, room_id)),
  };
};

/** Of a room that may be gone, or that nobody here was ever in. */
export const standingOf = async (reader: StoreReader, room_id: string): Promise<RoomStanding> => {
  const blocked = await reader.get(blockedRooms, { room_id });
  const removal = await reader.get(roomRemovals, { room_id });
  return {
    blocked: blocked && { reason: blocked.reason, ts: blocked.blocked_ts },
    removal: removal && {
      step: removal.step,
      startedTs: removal.started_ts,
      deleted: removal.deleted,
      waiting: await reader.count(lingeringEvents, { where: { room_id } }),
    },
  };
};

const countMemberships = async (
  reader: StoreReader,
  room_nid: number,
): Promise<{ readonly [membership: string]: number }> => {
  const counts: { [membership: string]: number } = {};
  for (const membership of MEMBERSHIPS) {
    counts[membership] = await reader.count(memberships, {
      index: 'by_membership',
      where: { room_nid, membership },
    });
  }
  return counts;
};

const serversOf = async (parts: Parts, reader: StoreReader, room_nid: number) => {
  const rows = await reader.scan(roomServers, { where: { room_nid } });
  const found: { serverName: string; joined: number }[] = [];
  for (const { server_nid, joined } of rows) {
    found.push({ serverName: await parts.names.serverName(reader, server_nid), joined });
  }
  return found.sort((a, b) => b.joined - a.joined);
};

const extremitiesOf = async (
  parts: Parts,
  reader: StoreReader,
  room_nid: number,
): Promise<readonly Extremity[]> => {
  const rows = await reader.scan(forwardExtremities, { where: { room_nid }, limit: MAX_EXTREMITIES });
  const found: Extremity[] = [];
  for (const { event_nid } of rows) {
    const { eventId, pdu } = await parts.events.byNid(reader, event_nid);
    const { type, sender, origin_server_ts: ts } = pdu;
    found.push({ eventId, type, sender, ts, depth: Number(depthOf(pdu)) });
  }
  return found;
};

const measureNodes = async (reader: StoreReader, room_nid: number) => {
  let nodes = 0;
  let bytes = 0;
  for (let after: Uint8Array = new Uint8Array(); nodes < MAX_COUNTED; ) {
    const rows = await reader.scan(stateNodes, { where: { room_nid }, gt: after, limit: PAGE });
    for (const row of rows) bytes += row.body.length + row.hash.length;
    nodes += rows.length;
    const last = rows.at(-1);
    if (rows.length < PAGE || last === undefined) break;
    after = last.hash;
  }
  return { nodes, bytes };
};

const measureTimeline = async (reader: StoreReader, room_nid: number) => {
  const where = { room_nid };
  let bytes = 0;
  let counted = 0;
  let isEnd = false;
  for (let below = Number.MAX_SAFE_INTEGER; counted < MAX_COUNTED && !isEnd; ) {
    const rows = await reader.scan(timeline, { where, lt: below, reverse: true, limit: PAGE });
    for (const { event_nid } of rows) bytes += (await reader.get(events, { event_nid }))?.json.length ?? 0;
    counted += rows.length;
    below = rows.at(-1)?.position ?? below;
    isEnd = rows.length < PAGE;
  }
  const tsOf = async (reverse: boolean) => {
    const row = await reader.first(timeline, { where, reverse });
    return row && (await reader.get(events, { event_nid: row.event_nid }))?.origin_server_ts;
  };
  return {
    events: isEnd ? counted : await reader.count(timeline, { where }),
    bytes,
    atLeast: !isEnd,
    oldestTs: await tsOf(false),
    newestTs: await tsOf(true),
  };
};

/** Somebody and their membership in a room; `local`: of this server. */
export type InspectedMember = {
  readonly userId: string;
  readonly membership: string;
  readonly local: boolean;
};

/** Members of one kind, page by page, in the order in which they were first seen here. */
export const inspectMembers = async (
  parts: Parts,
  reader: StoreReader,
  {
    room,
    membership,
    local,
    after,
    limit,
  }: {
    readonly room: RoomRow;
    readonly membership: string;
    readonly local: boolean;
    readonly after: number;
    readonly limit: number;
  },
): Promise<{ readonly members: readonly InspectedMember[]; readonly after: number | undefined }> => {
  const where = { room_nid: room.room_nid, membership, local: Number(local) };
  const rows = await reader.scan(memberships, { index: 'by_membership', where, gt: after, limit });
  const members: InspectedMember[] = [];
  for (const row of rows) {
    members.push({ userId: await parts.names.userId(reader, row.user_nid), membership, local });
  }
  return { members, after: rows.length < limit ? undefined : rows.at(-1)?.user_nid };
};
