/**
 * Filters: which events a client wants, and how many.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#filtering
 */
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, matchesGlob } from '@causeway/protocol';
import { MatrixError } from '../matrix-error.ts';

/**
 * Which events; undefined: any.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#filtering
 */
export type EventFilter = {
  readonly limit: number | undefined;
  readonly types: readonly string[] | undefined;
  readonly notTypes: readonly string[];
  readonly senders: ReadonlySet<string> | undefined;
  readonly notSenders: ReadonlySet<string>;
};

/**
 * Which events of which rooms; undefined: any.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#filtering
 */
export type RoomEventFilter = EventFilter & {
  readonly rooms: ReadonlySet<string> | undefined;
  readonly notRooms: ReadonlySet<string>;
  readonly lazyLoadMembers: boolean;
  readonly includeRedundantMembers: boolean;
  readonly unreadThreadNotifications: boolean;
  readonly containsUrl: boolean | undefined;
  /** Whether it lets everything through. */
  readonly open: boolean;
};

/**
 * What a sync has in it.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#filtering
 */
export type SyncFilter = {
  readonly accountData: EventFilter;
  readonly presence: EventFilter;
  readonly room: {
    readonly rooms: ReadonlySet<string> | undefined;
    readonly notRooms: ReadonlySet<string>;
    readonly includeLeave: boolean;
    readonly timeline: RoomEventFilter;
    readonly state: RoomEventFilter;
    readonly ephemeral: RoomEventFilter;
    readonly accountData: RoomEventFilter;
  };
};

/** What a filter looks at. */
export type Filterable = { readonly type: string; readonly sender?: string; readonly content: JsonObject };

/** Entries of one list of a filter. */
const MAX_LIST = 1000;

const bad = (message: string) => new MatrixError('M_BAD_JSON', message);

const section = (parent: JsonObject, name: string): JsonObject => {
  const value = parent[name];
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw bad(`"${name}" of the filter must be an object`);
  return value;
};

const strings = (value: JsonValue | undefined, name: string): readonly string[] | undefined => {
  if (value === undefined || value === null) return undefined;
  if (!isJsonArray(value)) throw bad(`"${name}" of the filter must be a list of strings`);
  if (value.length > MAX_LIST) throw bad(`"${name}" of the filter has more than ${MAX_LIST} entries`);
  return value.map((entry) => {
    if (typeof entry !== 'string') throw bad(`"${name}" of the filter must be a list of strings`);
    return entry;
  });
};

const identifiers = (object: JsonObject, name: string, sigil: string): ReadonlySet<string> | undefined => {
  const list = strings(object[name], name);
  for (const entry of list ?? []) {
    if (!entry.startsWith(sigil)) throw bad(`"${name}" of the filter has an entry without "${sigil}"`);
  }
  return list && new Set(list);
};

const boolean = (object: JsonObject, name: string): boolean | undefined => {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw bad(`"${name}" of the filter must be true or false`);
  return value;
};

const eventFilter = (object: JsonObject): EventFilter => {
  const limit = object.limit ?? undefined;
  if (limit !== undefined && (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 0)) {
    throw bad('"limit" of the filter must be a positive integer');
  }
  return {
    limit,
    types: strings(object.types, 'types'),
    notTypes: strings(object.not_types, 'not_types') ?? [],
    senders: identifiers(object, 'senders', '@'),
    notSenders: identifiers(object, 'not_senders', '@') ?? new Set(),
  };
};

/** Reads a RoomEventFilter, as `/messages` and `/context` also take it. @throws M_BAD_JSON */
export const parseRoomEventFilter = (object: JsonObject): RoomEventFilter => {
  const basis = eventFilter(object);
  const rooms = identifiers(object, 'rooms', '!');
  const notRooms = identifiers(object, 'not_rooms', '!') ?? new Set<string>();
  const containsUrl = boolean(object, 'contains_url');
  return {
    ...basis,
    rooms,
    notRooms,
    lazyLoadMembers: boolean(object, 'lazy_load_members') ?? false,
    includeRedundantMembers: boolean(object, 'include_redundant_members') ?? false,
    unreadThreadNotifications: boolean(object, 'unread_thread_notifications') ?? false,
    containsUrl,
    open:
      basis.types === undefined &&
      basis.notTypes.length === 0 &&
      basis.senders === undefined &&
      basis.notSenders.size === 0 &&
      containsUrl === undefined,
  };
};

/** Reads a filter as it is uploaded or written in the query of a sync. @throws M_BAD_JSON */
export const parseSyncFilter = (object: JsonObject): SyncFilter => {
  const room = section(object, 'room');
  strings(object.event_fields, 'event_fields');
  const format = object.event_format;
  if (format !== undefined && format !== 'client' && format !== 'federation') {
    throw bad('"event_format" of the filter must be "client" or "federation"');
  }
  return {
    accountData: eventFilter(section(object, 'account_data')),
    presence: eventFilter(section(object, 'presence')),
    room: {
      rooms: identifiers(room, 'rooms', '!'),
      notRooms: identifiers(room, 'not_rooms', '!') ?? new Set(),
      includeLeave: boolean(room, 'include_leave') ?? false,
      timeline: parseRoomEventFilter(section(room, 'timeline')),
      state: parseRoomEventFilter(section(room, 'state')),
      ephemeral: parseRoomEventFilter(section(room, 'ephemeral')),
      accountData: parseRoomEventFilter(section(room, 'account_data')),
    },
  };
};

/** Whether an event passes; one without sender passes whatever is said of senders. */
export const passesEventFilter = (filter: EventFilter, event: Filterable): boolean => {
  const matches = (pattern: string) => pattern === event.type || matchesGlob(pattern, event.type);
  if (filter.notTypes.some(matches)) return false;
  if (filter.types !== undefined && !filter.types.some(matches)) return false;
  if (event.sender === undefined) return true;
  if (filter.notSenders.has(event.sender)) return false;
  return filter.senders === undefined || filter.senders.has(event.sender);
};

/** Whether an event passes, apart from its room. */
export const passesRoomEventFilter = (filter: RoomEventFilter, event: Filterable): boolean => {
  if (filter.open) return true;
  if (filter.containsUrl !== undefined) {
    if ((typeof event.content.url === 'string') !== filter.containsUrl) return false;
  }
  return passesEventFilter(filter, event);
};

/** Whether events of a room are wanted at all. */
export const passesRoom = (
  filter: { readonly rooms: ReadonlySet<string> | undefined; readonly notRooms: ReadonlySet<string> },
  roomId: string,
): boolean => !filter.notRooms.has(roomId) && (filter.rooms === undefined || filter.rooms.has(roomId));
