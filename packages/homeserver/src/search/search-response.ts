/** A page of search results as clients get it. @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3search */
import type { JsonObject } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { type ClientEvent, clientEvent, clientEvents, stateSectionEvent } from '../reading/client-event.ts';
import { withoutName } from '../reading/erased.ts';
import { afterStream, formatPageToken } from '../reading/page-token.ts';
import { readPage } from '../reading/read-page.ts';
import { stateEvent, stateEvents } from '../rooms/current-state.ts';
import type { StoreReader } from '../store/store.ts';
import { type Found, type Search, searchMessages } from './search-messages.ts';

/**
 * What is searched for, and how the results are told.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#server-side-search
 */
export type SearchRequest = Search & {
  /** Undefined: results stand alone. */
  readonly context:
    | { readonly before: number; readonly after: number; readonly withProfiles: boolean }
    | undefined;
  readonly groupBy: readonly ('room_id' | 'sender')[];
  readonly includeState: boolean;
};

/** One event that was found; a higher rank fits better. */
export type SearchResult = {
  readonly rank: number;
  readonly result: ClientEvent;
  readonly context?: SearchContext;
};

type SearchContext = {
  readonly start: string;
  readonly end: string;
  readonly events_before: readonly ClientEvent[];
  readonly events_after: readonly ClientEvent[];
  readonly profile_info?: { readonly [userId: string]: JsonObject };
};

type Group = { readonly order: number; readonly results: readonly string[] };

/** A page of results; `count` is about how many there are in all. */
export type SearchResponse = {
  readonly count: number;
  readonly highlights: readonly string[];
  readonly results: readonly SearchResult[];
  readonly next_batch?: string;
  readonly groups?: { readonly [key: string]: { readonly [value: string]: Group } };
  readonly state?: { readonly [roomId: string]: readonly ClientEvent[] };
};

/** @throws M_INVALID_PARAM for a token that is not ours */
export const search = async (engine: Engine, request: SearchRequest): Promise<SearchResponse> => {
  await engine.search.beforeSearch();
  return engine.store.read(async (reader) => {
    const page = await searchMessages(engine, reader, request);
    const results: SearchResult[] = [];
    for (const found of page.found) results.push(await resultOf(engine, reader, request, found));
    const groups = request.groupBy.map((key) => [key, groupsBy(key, page.found)] as const);
    return {
      count: page.count,
      highlights: page.highlights,
      results,
      ...(page.next === undefined ? {} : { next_batch: page.next }),
      ...(groups.length === 0 ? {} : { groups: Object.fromEntries(groups) }),
      ...(request.includeState ? { state: await statesOf(engine, reader, page.found) } : {}),
    };
  });
};

const shownTo = ({ reading, visibility }: Found) => ({
  viewer: reading.viewer,
  room: reading.room,
  visibility,
  withRoomId: true,
  withRelations: true,
});

const resultOf = async (
  engine: Engine,
  reader: StoreReader,
  request: SearchRequest,
  found: Found,
): Promise<SearchResult> => {
  const result = await clientEvent(engine, reader, found.event, shownTo(found));
  if (request.context === undefined) return { rank: found.rank, result };
  return { rank: found.rank, result, context: await contextOf(engine, reader, request.context, found) };
};

const contextOf = async (
  engine: Engine,
  reader: StoreReader,
  wanted: NonNullable<SearchRequest['context']>,
  found: Found,
): Promise<SearchContext> => {
  const { event, reading, visibility } = found;
  const position = event.position ?? 0;
  const around = {
    roomNid: event.roomNid,
    to: undefined,
    ceiling: afterStream(engine.notifier.stream),
    filter: undefined,
    visibility,
  };
  const before = await readPage(engine, reader, {
    ...around,
    direction: 'b',
    from: position,
    limit: wanted.before,
  });
  const after = await readPage(engine, reader, {
    ...around,
    direction: 'f',
    from: position + 1,
    limit: wanted.after,
  });
  const shown = shownTo(found);
  const profiles: { [userId: string]: JsonObject } = {};
  if (wanted.withProfiles) {
    for (const { pdu } of [...before.events, event, ...after.events]) {
      const member = await stateEvent(engine, reader, reading.room, 'm.room.member', pdu.sender);
      const { displayname, avatar_url } = member === undefined ? {} : withoutName(engine, member).pdu.content;
      profiles[pdu.sender] = {
        ...(typeof displayname === 'string' ? { displayname } : {}),
        ...(typeof avatar_url === 'string' ? { avatar_url } : {}),
      };
    }
  }
  return {
    start: formatPageToken(before.next ?? before.events.at(-1)?.position ?? position),
    end: formatPageToken(after.next ?? (after.events.at(-1)?.position ?? position) + 1),
    events_before: await clientEvents(engine, reader, before.events, shown),
    events_after: await clientEvents(engine, reader, after.events, shown),
    ...(wanted.withProfiles ? { profile_info: profiles } : {}),
  };
};

const groupsBy = (
  key: 'room_id' | 'sender',
  found: readonly Found[],
): { readonly [value: string]: Group } => {
  const groups = new Map<string, { order: number; results: string[] }>();
  for (const { event, reading } of found) {
    const value = key === 'sender' ? event.pdu.sender : reading.room.room_id;
    const group = groups.get(value) ?? { order: groups.size + 1, results: [] };
    group.results.push(event.eventId);
    groups.set(value, group);
  }
  return Object.fromEntries(groups);
};

const statesOf = async (engine: Engine, reader: StoreReader, found: readonly Found[]) => {
  const states: { [roomId: string]: readonly ClientEvent[] } = {};
  for (const { reading } of found) {
    const { room, root } = reading;
    if (states[room.room_id] !== undefined) continue;
    const events = await stateEvents(engine, reader, room, root);
    states[room.room_id] = events.map((event) => stateSectionEvent(engine, event, room.room_id));
  }
  return states;
};
