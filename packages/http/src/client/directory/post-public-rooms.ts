import { invalidParam } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';
import { optionalInteger, optionalList, optionalObject, optionalString } from '../fields.ts';
import { publicRoomsOf } from './get-public-rooms.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3publicrooms */
export const postPublicRooms = route('POST', v3('/publicRooms'), async (call) => {
  const body = call.request.jsonObject();
  const limit = optionalInteger(body, 'limit');
  if (limit !== undefined && limit < 1) throw invalidParam('"limit" must be at least 1.');
  const filter = optionalObject(body, 'filter') ?? {};
  return publicRoomsOf(call, {
    limit,
    since: optionalString(body, 'since'),
    searchTerm: optionalString(filter, 'generic_search_term'),
    roomTypes: optionalList(filter, 'room_types')?.map((type) => {
      if (type !== null && typeof type !== 'string')
        throw invalidParam('"room_types" holds strings and null.');
      return type;
    }),
  });
});
