import {
  MatrixError,
  parseRoomEventFilter,
  SEARCH_KEYS,
  type SearchRequest,
  search,
} from '@causeway/homeserver';
import { isJsonObject, type JsonObject } from '@causeway/protocol';
import { type Call, route, v3 } from '../client-route.ts';
import {
  optionalBoolean,
  optionalChoice,
  optionalInteger,
  optionalList,
  optionalObject,
  optionalStrings,
  queryString,
  requiredString,
} from '../fields.ts';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;
const DEFAULT_CONTEXT = 5;
const MAX_CONTEXT = 20;

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3search */
export const postSearch = route('POST', v3('/search'), async (call) => {
  const categories = optionalObject(call.request.jsonObject(), 'search_categories');
  if (categories === undefined) {
    throw new MatrixError('M_MISSING_PARAM', '"search_categories" is missing.');
  }
  const wanted = optionalObject(categories, 'room_events');
  if (wanted === undefined) return { search_categories: {} };
  return { search_categories: { room_events: await search(call.engine, readSearch(call, wanted)) } };
});

const readSearch = ({ request, userId, deviceId }: Call, wanted: JsonObject): SearchRequest => {
  const filter = parseRoomEventFilter(optionalObject(wanted, 'filter') ?? {});
  const keys = optionalStrings(wanted, 'keys');
  const from = queryString(request, 'next_batch');
  return {
    userId,
    deviceId,
    term: requiredString(wanted, 'search_term'),
    keys: keys === undefined ? SEARCH_KEYS : SEARCH_KEYS.filter((key) => keys.includes(key)),
    filter,
    orderBy: optionalChoice(wanted, 'order_by', ['recent', 'rank']) ?? 'rank',
    limit: Math.max(1, Math.min(filter.limit ?? DEFAULT_LIMIT, MAX_LIMIT)),
    from: from === '' ? undefined : from,
    context: contextOf(wanted),
    groupBy: groupsOf(wanted),
    includeState: optionalBoolean(wanted, 'include_state') ?? false,
  };
};

const contextOf = (wanted: JsonObject): SearchRequest['context'] => {
  const context = optionalObject(wanted, 'event_context');
  if (context === undefined) return undefined;
  const count = (name: string) =>
    Math.max(0, Math.min(optionalInteger(context, name) ?? DEFAULT_CONTEXT, MAX_CONTEXT));
  return {
    before: count('before_limit'),
    after: count('after_limit'),
    withProfiles: optionalBoolean(context, 'include_profile') ?? false,
  };
};

const groupsOf = (wanted: JsonObject): SearchRequest['groupBy'] => {
  const listed = optionalList(optionalObject(wanted, 'groupings') ?? {}, 'group_by') ?? [];
  const keys = listed.map((entry) => (isJsonObject(entry) ? entry.key : undefined));
  return (['room_id', 'sender'] as const).filter((key) => keys.includes(key));
};
