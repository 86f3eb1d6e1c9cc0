/** @see https://spec.matrix.org/v1.19/client-server-api/#relationships-api */
import type { Engine } from '../engine.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { relations } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { type ClientEvent, clientEvents } from './client-event.ts';
import { type EventRequest, openEvent } from './get-event.ts';
import { formatPageToken } from './page-token.ts';
import type { Direction } from './read-page.ts';
import { visibleEvents } from './visible-events.ts';

/** Which of the events that relate to one; undefined: of any type, from the beginning. */
export type RelationsRequest = EventRequest & {
  readonly relType: string | undefined;
  readonly eventType: string | undefined;
  readonly direction: Direction;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly limit: number;
  readonly recurse: boolean;
};

/**
 * A page of events that relate to one.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#relationships-api
 */
export type RelationsResponse = {
  readonly chunk: readonly ClientEvent[];
  readonly next_batch?: string;
  readonly prev_batch?: string;
  readonly recursion_depth?: number;
};

const MAX_DEPTH = 3;
/** Children gathered for one request; more are reached by paging. */
const MAX_CHILDREN = 5000;

/** The events that relate to one, as one user may see them. @throws M_FORBIDDEN, M_NOT_FOUND */
export const getRelations = (engine: Engine, request: RelationsRequest): Promise<RelationsResponse> =>
  engine.store.read(async (reader) => {
    const { room, viewer, event, visibility } = await openEvent(engine, reader, request);
    const children = await descendants(engine, reader, event, request.recurse ? MAX_DEPTH : 1);
    const wanted = (await visibleEvents(visibility, children.events)).filter(({ pdu, redactedBy }) => {
      if (redactedBy !== null) return false;
      return request.eventType === undefined || pdu.type === request.eventType;
    });
    const inRange = wanted
      .filter((child) => isInRange(child, request) && matchesType(children, child, request.relType))
      .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
    if (request.direction === 'b') inRange.reverse();
    const page = inRange.slice(0, request.limit);
    const last = page.at(-1)?.position;
    const more = inRange.length > page.length && last != null;
    return {
      chunk: await clientEvents(engine, reader, page, {
        viewer,
        room,
        visibility,
        withRoomId: true,
        withRelations: true,
      }),
      ...(more ? { next_batch: formatPageToken(request.direction === 'b' ? last : last + 1) } : {}),
      ...(request.from === undefined ? {} : { prev_batch: formatPageToken(request.from) }),
      ...(request.recurse ? { recursion_depth: MAX_DEPTH } : {}),
    };
  });

type Children = {
  readonly events: readonly StoredEvent[];
  /** By event number. */
  readonly relTypes: ReadonlyMap<number, string>;
};

const descendants = async (
  engine: Engine,
  reader: StoreReader,
  event: StoredEvent,
  depth: number,
): Promise<Children> => {
  const events: StoredEvent[] = [];
  const relTypes = new Map<number, string>();
  let parents: readonly StoredEvent[] = [event];
  for (let level = 0; level < depth && parents.length > 0; level++) {
    const next: StoredEvent[] = [];
    for (const parent of parents) {
      const rows = await reader.scan(relations, {
        where: { room_nid: event.roomNid, target_event_id: parent.eventId },
        limit: MAX_CHILDREN,
      });
      for (const row of rows) {
        if (relTypes.has(row.event_nid) || relTypes.size >= MAX_CHILDREN) continue;
        relTypes.set(row.event_nid, row.rel_type);
        next.push(await engine.events.byNid(reader, row.event_nid));
      }
    }
    events.push(...next);
    parents = next;
  }
  return { events, relTypes };
};

const matchesType = (children: Children, child: StoredEvent, relType: string | undefined): boolean =>
  relType === undefined || children.relTypes.get(child.eventNid) === relType;

const isInRange = ({ position }: StoredEvent, { direction, from, to }: RelationsRequest): boolean => {
  if (position === null) return false;
  if (direction === 'b')
    return (from === undefined || position < from) && (to === undefined || position >= to);
  return (from === undefined || position >= from) && (to === undefined || position < to);
};
