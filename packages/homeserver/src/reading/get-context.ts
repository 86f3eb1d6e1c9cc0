/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidcontexteventid */
import type { Engine } from '../engine.ts';
import { stateEvents } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import type { RoomEventFilter } from '../sync/filter.ts';
import { passesRoomEventFilter } from '../sync/filter.ts';
import { type ClientEvent, clientEvent, clientEvents, stateSectionEvent } from './client-event.ts';
import { type EventRequest, openEvent } from './get-event.ts';
import { fetchHistory, hasUnfetchedHistory } from './older-history.ts';
import { afterStream, formatPageToken } from './page-token.ts';
import { readPage } from './read-page.ts';

/** An event, and how much around it. */
export type ContextRequest = EventRequest & {
  /** Events around it, before and after together. */
  readonly limit: number;
  readonly filter: RoomEventFilter | undefined;
};

/**
 * The event with what is around it.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidcontexteventid
 */
export type ContextResponse = {
  readonly start: string;
  readonly end: string;
  readonly event: ClientEvent;
  readonly events_before: readonly ClientEvent[];
  readonly events_after: readonly ClientEvent[];
  readonly state: readonly ClientEvent[];
};

/**
 * An event with what is around it, as one user may see it. History that is not here is fetched from other servers.
 *
 * @throws M_FORBIDDEN, M_NOT_FOUND
 */
export const getContext = async (engine: Engine, request: ContextRequest): Promise<ContextResponse> => {
  const first = await readContext(engine, request);
  if (first.unfetchedBelow === undefined) return first.response;
  const added = await fetchHistory(engine, request.roomId, first.unfetchedBelow, request.limit);
  return added === 0 ? first.response : (await readContext(engine, request)).response;
};

const readContext = async (engine: Engine, request: ContextRequest) => {
  const ceiling = afterStream(engine.notifier.stream);
  return engine.store.read(async (reader) => {
    const { room, viewer, event, visibility } = await openEvent(engine, reader, request);
    const position = event.position ?? 0;
    const { filter } = request;
    const half = Math.floor(request.limit / 2);
    const around = { roomNid: room.room_nid, to: undefined, ceiling, filter, visibility };
    const before = await readPage(engine, reader, { ...around, direction: 'b', from: position, limit: half });
    const after = await readPage(engine, reader, {
      ...around,
      direction: 'f',
      from: position + 1,
      limit: request.limit - half,
    });
    const shown = { viewer, room, visibility, withRoomId: true, withRelations: true };
    const last = after.events.at(-1) ?? event;
    const senders = new Set([...before.events, event, ...after.events].map(({ pdu }) => pdu.sender));
    const state = (await stateAfter(engine, reader, room, last)).filter(
      ({ pdu }) =>
        (filter?.lazyLoadMembers !== true ||
          pdu.type !== 'm.room.member' ||
          [...senders].some((sender) => sender === pdu.state_key)) &&
        (filter === undefined || passesRoomEventFilter({ ...filter, containsUrl: undefined }, pdu)),
    );
    const unfetched = await hasUnfetchedHistory(engine, reader, room.room_nid, {
      from: position + 1,
      page: before,
    });
    return {
      response: {
        start: formatPageToken(before.next ?? before.events.at(-1)?.position ?? position),
        end: formatPageToken(after.next ?? (last.position ?? position) + 1),
        event: await clientEvent(engine, reader, event, shown),
        events_before: await clientEvents(engine, reader, before.events, shown),
        events_after: await clientEvents(engine, reader, after.events, shown),
        state: state.map((one) => stateSectionEvent(engine, one, room.room_id)),
      },
      unfetchedBelow: unfetched ? position + 1 : undefined,
    };
  });
};

const stateAfter = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  event: StoredEvent,
): Promise<readonly StoredEvent[]> => {
  if (event.stateBefore === null) return [];
  const before = await stateEvents(engine, reader, room, event.stateBefore);
  if (event.stateKeyNid === null) return before;
  return [...before.filter((one) => one.stateKeyNid !== event.stateKeyNid), event];
};
