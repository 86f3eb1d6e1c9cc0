import { getRelations } from '@causeway/homeserver';
import { type Call, roomIdOf, route, v1 } from '../client-route.ts';
import { queryBoolean, queryChoice, queryInteger } from '../fields.ts';
import { tokenOf } from './get-messages.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 500;

type Which = { readonly relType: string | undefined; readonly eventType: string | undefined };

const get = async ({ engine, userId, deviceId, request }: Call, which: Which): Promise<object> =>
  getRelations(engine, {
    userId,
    deviceId,
    roomId: roomIdOf(request),
    eventId: request.param('eventId'),
    ...which,
    direction: queryChoice(request, 'dir', ['b', 'f']) ?? 'b',
    from: tokenOf(request, 'from'),
    to: tokenOf(request, 'to'),
    limit: queryInteger(request, 'limit', { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT,
    recurse: queryBoolean(request, 'recurse'),
  });

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidrelationseventid */
export const getAllRelations = route('GET', v1('/rooms/:roomId/relations/:eventId'), async (call) =>
  get(call, { relType: undefined, eventType: undefined }),
);

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidrelationseventidreltype */
export const getRelationsOfType = route(
  'GET',
  v1('/rooms/:roomId/relations/:eventId/:relType'),
  async (call) => get(call, { relType: call.request.param('relType'), eventType: undefined }),
);

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidrelationseventidreltypeeventtype */
export const getRelationsOfEventType = route(
  'GET',
  v1('/rooms/:roomId/relations/:eventId/:relType/:eventType'),
  async (call) =>
    get(call, { relType: call.request.param('relType'), eventType: call.request.param('eventType') }),
);
