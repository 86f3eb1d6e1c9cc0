import { listPublicRooms } from '@causeway/homeserver';
import { isJsonArray, isJsonObject } from '@causeway/protocol';
import { numberOf, objectOf, signedRoute } from './federation-route.ts';

const MAX_LIMIT = 500;

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1publicrooms */
export const getPublicRooms = signedRoute(
  'GET',
  ['/_matrix/federation/v1/publicRooms'],
  ({ engine, request }) =>
    listPublicRooms(engine, {
      limit: Math.max(1, numberOf(request, 'limit', MAX_LIMIT)),
      since: request.query.get('since') ?? undefined,
      searchTerm: undefined,
      roomTypes: undefined,
      forOtherServer: true,
    }),
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1publicrooms */
export const postPublicRooms = signedRoute(
  'POST',
  ['/_matrix/federation/v1/publicRooms'],
  ({ engine, content }) => {
    const { limit, since, filter } = objectOf(content);
    const { generic_search_term: term, room_types: types } = isJsonObject(filter) ? filter : {};
    return listPublicRooms(engine, {
      limit: typeof limit === 'number' ? Math.max(1, limit) : MAX_LIMIT,
      since: typeof since === 'string' ? since : undefined,
      searchTerm: typeof term === 'string' ? term : undefined,
      roomTypes: isJsonArray(types)
        ? types.filter((type) => type === null || typeof type === 'string')
        : undefined,
      forOtherServer: true,
    });
  },
);
