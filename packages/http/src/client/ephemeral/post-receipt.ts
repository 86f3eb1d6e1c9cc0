import { invalidParam, sendReceipt, setFullyRead } from '@causeway/homeserver';
import { roomIdOf, route, v3 } from '../client-route.ts';
import { optionalString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidreceiptreceipttypeeventid */
export const postReceipt = route('POST', v3('/rooms/:roomId/receipt/:receiptType/:eventId'), async (call) => {
  const { engine, userId, deviceId, request } = call;
  const type = request.param('receiptType');
  const threadId = optionalString(request.jsonObject(), 'thread_id');
  const target = { userId, deviceId, roomId: roomIdOf(request), eventId: request.param('eventId') };
  if (threadId === '') throw invalidParam('"thread_id" must not be empty.');
  if (type === 'm.fully_read') {
    if (threadId !== undefined) throw invalidParam('A fully read marker is not for one thread.');
    await setFullyRead(engine, target);
    return {};
  }
  if (type !== 'm.read' && type !== 'm.read.private') {
    throw invalidParam(`There are no receipts of type "${type.slice(0, 100)}".`);
  }
  await sendReceipt(engine, { ...target, type, threadId });
  return {};
});
