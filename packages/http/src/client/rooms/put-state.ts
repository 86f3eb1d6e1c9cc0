import { setState } from '@causeway/homeserver';
import { refuseFaults } from '../../read-json.ts';
import { type Call, roomIdOf, route, v3 } from '../client-route.ts';

const put = async (call: Call, stateKey: string): Promise<object> => {
  const content = call.request.jsonObject();
  refuseFaults(content);
  const roomId = roomIdOf(call.request);
  const { userId, deviceId, requester } = call;
  const type = call.request.param('eventType');
  const eventId = await setState(call.engine, { roomId, userId, deviceId, type, stateKey, content });
  const toOthers = type === 'm.room.member' && stateKey !== userId && content.membership !== 'invite';
  if (toOthers || RULES_OF_A_ROOM.has(type)) {
    const details = { type, state_key: stateKey, content };
    await call.noteModeration({ requester, action: 'state', roomId, details });
  }
  return { event_id: eventId };
};

/** State that says who may do what. */
const RULES_OF_A_ROOM: ReadonlySet<string> = new Set(['m.room.power_levels', 'm.room.server_acl']);

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidstateeventtypestatekey */
export const putState = route('PUT', v3('/rooms/:roomId/state/:eventType/:stateKey'), async (call) =>
  put(call, call.request.param('stateKey')),
);

/** The same with an empty state key. */
export const putStateWithoutKey = route('PUT', v3('/rooms/:roomId/state/:eventType'), async (call) =>
  put(call, ''),
);
