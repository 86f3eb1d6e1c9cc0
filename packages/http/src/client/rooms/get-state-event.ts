import { getStateEvent } from '@causeway/homeserver';
import { type Call, roomIdOf, route, v3 } from '../client-route.ts';
import { queryChoice } from '../fields.ts';

const get = async ({ engine, userId, deviceId, request }: Call, stateKey: string): Promise<object> => {
  const format = queryChoice(request, 'format', ['content', 'event']);
  const event = await getStateEvent(engine, {
    userId,
    deviceId,
    roomId: roomIdOf(request),
    type: request.param('eventType'),
    stateKey,
  });
  return format === 'event' ? event : event.content;
};

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidstateeventtypestatekey */
export const getStateAtKey = route('GET', v3('/rooms/:roomId/state/:eventType/:stateKey'), async (call) =>
  get(call, call.request.param('stateKey')),
);

/** The same with an empty state key. */
export const getStateWithoutKey = route('GET', v3('/rooms/:roomId/state/:eventType'), async (call) =>
  get(call, ''),
);
