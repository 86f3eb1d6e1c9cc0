import { setState } from '@causeway/homeserver';
import { refuseFaults } from '../../read-json.ts';
import { type Call, roomIdOf, route, v3 } from '../client-route.ts';

const put = async (call: Call, stateKey: string): Promise<object> => {
  const content = call.request.jsonObject();
  refuseFaults(content);
  return {
    event_id: await setState(call.engine, {
      roomId: roomIdOf(call.request),
      userId: call.userId,
      deviceId: call.deviceId,
      type: call.request.param('eventType'),
      stateKey,
      content,
    }),
  };
};

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidstateeventtypestatekey */
export const putState = route('PUT', v3('/rooms/:roomId/state/:eventType/:stateKey'), async (call) =>
  put(call, call.request.param('stateKey')),
);

/** The same with an empty state key. */
export const putStateWithoutKey = route('PUT', v3('/rooms/:roomId/state/:eventType'), async (call) =>
  put(call, ''),
);
