import {
  getMessages,
  invalidParam,
  MatrixError,
  parsePageToken,
  parseRoomEventFilter,
  type RoomEventFilter,
} from '@causeway/homeserver';
import { isJsonObject } from '@causeway/protocol';
import { readJson } from '../../read-json.ts';
import type { HttpRequest } from '../../route.ts';
import { roomIdOf, route, v3 } from '../client-route.ts';
import { queryChoice, queryInteger, queryString } from '../fields.ts';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 500;

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmessages */
export const getRoomMessages = route('GET', v3('/rooms/:roomId/messages'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  const direction = queryChoice(request, 'dir', ['b', 'f']);
  if (direction === undefined) throw new MatrixError('M_MISSING_PARAM', '"dir" is missing.');
  const filter = roomFilterOf(request);
  const limit = queryInteger(request, 'limit', { min: 0, max: MAX_LIMIT }) ?? filter?.limit ?? DEFAULT_LIMIT;
  return getMessages(engine, {
    userId,
    deviceId,
    roomId: roomIdOf(request),
    direction,
    from: tokenOf(request, 'from'),
    to: tokenOf(request, 'to'),
    limit: Math.min(limit, MAX_LIMIT),
    filter,
  });
});

export const tokenOf = (request: HttpRequest, name: string): number | undefined => {
  const token = queryString(request, name);
  return token === undefined || token === '' ? undefined : parsePageToken(token);
};

/** The `filter` of a query: always JSON here, never an ID. */
export const roomFilterOf = (request: HttpRequest): RoomEventFilter | undefined => {
  const text = queryString(request, 'filter');
  if (text === undefined || text === '') return undefined;
  const value = readJson(Buffer.from(text));
  if (!isJsonObject(value)) throw invalidParam('"filter" must be a JSON object.');
  return parseRoomEventFilter(value);
};
