import {
  getFilter,
  invalidParam,
  parseSyncFilter,
  parseSyncToken,
  type SyncFilter,
  sync,
} from '@causeway/homeserver';
import { isJsonObject } from '@causeway/protocol';
import { readJson } from '../../read-json.ts';
import { accessTokenOf, authenticate, type Call, route, v3 } from '../client-route.ts';
import { queryBoolean, queryChoice, queryInteger, queryString } from '../fields.ts';

/** What clients of MSC4222 send and expect before the specification took it over. */
const UNSTABLE_STATE_AFTER = 'org.matrix.msc4222.use_state_after';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync */
export const getSync = route('GET', v3('/sync'), async (call) => {
  const { engine, request } = call;
  const setPresence = queryChoice(request, 'set_presence', ['offline', 'online', 'unavailable']);
  const since = queryString(request, 'since');
  const unstable = queryBoolean(request, UNSTABLE_STATE_AFTER);
  const response = await sync(engine, {
    userId: call.userId,
    deviceId: call.deviceId,
    filter: await filterOf(call),
    since: since === undefined || since === '' ? undefined : parseSyncToken(since),
    fullState: queryBoolean(request, 'full_state'),
    stateAfter: unstable || queryBoolean(request, 'use_state_after'),
    timeoutMs: queryInteger(request, 'timeout', { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0,
    setPresence,
    signal: request.signal,
    goesOn: async () => (await call.accounts.authenticate(accessTokenOf(request) ?? '')) !== undefined,
  });
  // It may have waited for long: whoever was signed out meanwhile gets nothing of what came since.
  await authenticate(call.accounts, request);
  return unstable ? withUnstableNames(response) : response;
});

const filterOf = async ({ engine, userId, request }: Call): Promise<SyncFilter> => {
  const text = queryString(request, 'filter');
  if (text === undefined || text === '') return parseSyncFilter({});
  if (!text.startsWith('{')) return parseSyncFilter(await getFilter(engine, userId, text));
  const filter = readJson(Buffer.from(text));
  if (!isJsonObject(filter)) throw invalidParam('"filter" must be a filter ID or a JSON object.');
  return parseSyncFilter(filter);
};

type Sections = { readonly [roomId: string]: { readonly state_after?: object } };

const withUnstableNames = (response: Awaited<ReturnType<typeof sync>>): object => {
  const rename = (sections: Sections = {}) =>
    Object.fromEntries(
      Object.entries(sections).map(([roomId, room]) => [
        roomId,
        { ...room, 'org.matrix.msc4222.state_after': room.state_after },
      ]),
    );
  const { rooms } = response;
  if (rooms === undefined) return response;
  return {
    ...response,
    rooms: { ...rooms, join: rename(rooms.join), leave: rename(rooms.leave) },
  };
};
