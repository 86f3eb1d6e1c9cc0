import { sendToDevice } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';

/** Clients send the key of a conversation to some 250 devices at once, of 2 KiB each. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid */
export const putSendToDevice = route(
  'PUT',
  v3('/sendToDevice/:eventType/:txnId'),
  async ({ engine, request, userId, deviceId }) => {
    const { messages } = request.jsonObject();
    const type = request.param('eventType');
    await sendToDevice(engine, { sender: userId, deviceId, type, txnId: request.param('txnId'), messages });
    return {};
  },
  { maxBodyBytes: MAX_BODY_BYTES },
);
