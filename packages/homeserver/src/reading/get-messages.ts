/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmessages */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { stateEvent } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import type { RoomEventFilter } from '../sync/filter.ts';
import { ignoredUsers } from '../users/ignored-users.ts';
import { type ClientEvent, clientEvents, stateSectionEvent } from './client-event.ts';
import { fetchHistory, hasUnfetchedHistory } from './older-history.ts';
import { afterStream, formatPageToken } from './page-token.ts';
import { type Direction, type Page, readPage } from './read-page.ts';
import { openRoom } from './room-access.ts';
import { visibilityTest } from './visible-events.ts';

/**
 * Which part of a room's timeline is read: from a position to one, as {@link parsePageToken} has them, by
 * direction `b` or `f`.
 */
export type MessagesRequest = {
  readonly userId: UserId;
  readonly deviceId: string;
  readonly roomId: string;
  readonly direction: Direction;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly limit: number;
  readonly filter: RoomEventFilter | undefined;
};

/**
 * A page of the timeline; without `end` there is no more.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmessages
 */
export type MessagesResponse = {
  readonly start: string;
  readonly end?: string;
  readonly chunk: readonly ClientEvent[];
  readonly state?: readonly ClientEvent[];
};

/** Rounds of asking other servers for one request. */
const MAX_FETCHES = 3;

/**
 * A page of a room's timeline as one user may see it. History that is not here is fetched from other servers.
 *
 * @throws M_FORBIDDEN
 */
export const getMessages = async (engine: Engine, request: MessagesRequest): Promise<MessagesResponse> => {
  for (let fetches = 0; ; fetches++) {
    const { response, unfetchedBelow } = await readMessages(engine, request);
    if (unfetchedBelow === undefined || fetches === MAX_FETCHES) return response;
    if ((await fetchHistory(engine, request.roomId, unfetchedBelow, request.limit)) === 0) return response;
  }
};

type Read = {
  readonly response: MessagesResponse;
  /** Set when the page touches history that other servers have and we have not. */
  readonly unfetchedBelow: number | undefined;
};

const readMessages = async (engine: Engine, request: MessagesRequest): Promise<Read> => {
  const ceiling = afterStream(engine.notifier.stream);
  return engine.store.read(async (reader) => {
    const { room, viewer } = await openRoom(engine, reader, request, request.roomId);
    const visibility = await visibilityTest(engine, reader, viewer);
    const { direction, to, limit, filter } = request;
    const from = request.from ?? (direction === 'b' ? ceiling : Number.MIN_SAFE_INTEGER);
    const page = await readPage(engine, reader, {
      roomNid: room.room_nid,
      direction,
      from,
      to,
      ceiling,
      limit,
      filter,
      visibility,
      ignored:
        viewer.userNid === undefined
          ? undefined
          : await ignoredUsers(engine, reader, viewer.userId, viewer.userNid),
    });
    const shown = { viewer, room, visibility, withRoomId: true, withRelations: true };
    const state = await sendersOf(engine, reader, room, page.events, filter);
    const unfetched =
      direction === 'b' && (await hasUnfetchedHistory(engine, reader, room.room_nid, { from, page }));
    const end =
      pageEnd(direction, from, page) ?? (unfetched ? (page.events.at(-1)?.position ?? from) : undefined);
    return {
      response: {
        start: formatPageToken(from),
        ...(end === undefined ? {} : { end: formatPageToken(end) }),
        chunk: await clientEvents(engine, reader, page.events, shown),
        ...(state.length === 0 ? {} : { state }),
      },
      unfetchedBelow: unfetched ? from : undefined,
    };
  });
};

/** A forward page that reached the present has an end too, so that a client can go on from it later. */
const pageEnd = (direction: Direction, from: number, page: Page): number | undefined => {
  if (page.next !== undefined) return page.next;
  const last = page.events.at(-1)?.position;
  return direction === 'f' && last != null && last + 1 > from ? last + 1 : undefined;
};

/** With lazy loading: the member events of those who speak on the page, as they were then. */
const sendersOf = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  events: readonly StoredEvent[],
  filter: RoomEventFilter | undefined,
): Promise<readonly ClientEvent[]> => {
  const root = events[0]?.stateBefore;
  if (filter?.lazyLoadMembers !== true || root == null) return [];
  const members: ClientEvent[] = [];
  for (const sender of new Set(events.map((event) => event.pdu.sender))) {
    const member =
      (await stateEvent(engine, reader, room, 'm.room.member', sender, root)) ??
      (await stateEvent(engine, reader, room, 'm.room.member', sender));
    if (member !== undefined) members.push(stateSectionEvent(engine, member, room.room_id));
  }
  return members;
};
