/** Tags are room account data with endpoints of their own. @see https://spec.matrix.org/v1.19/client-server-api/#room-tagging */
import { getAccountData, invalidParam, updateAccountData } from '@causeway/homeserver';
import { isJsonObject, type JsonObject } from '@causeway/protocol';
import { type Call, readRoomId, requireSelf, route, v3 } from '../client-route.ts';

const MAX_TAG_BYTES = 255;

const keyOf = (call: Call) => ({
  userId: requireSelf(call),
  roomId: readRoomId(call.request.param('roomId')),
  type: 'm.tag',
});

const tagsOf = (content: JsonObject | undefined): JsonObject =>
  isJsonObject(content?.tags) ? content.tags : {};

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3useruseridroomsroomidtags */
export const getTags = route('GET', v3('/user/:userId/rooms/:roomId/tags'), async (call) => ({
  tags: tagsOf(await getAccountData(call.engine, keyOf(call))),
}));

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3useruseridroomsroomidtagstag */
export const putTag = route('PUT', v3('/user/:userId/rooms/:roomId/tags/:tag'), async (call) => {
  const tag = call.request.param('tag');
  const value = call.request.jsonObject();
  if (Buffer.byteLength(tag) > MAX_TAG_BYTES) throw invalidParam('The name of the tag is too long.');
  await updateAccountData(call.engine, keyOf(call), (content) => ({
    tags: { ...tagsOf(content), [tag]: value },
  }));
  return {};
});

/** @see https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3useruseridroomsroomidtagstag */
export const deleteTag = route('DELETE', v3('/user/:userId/rooms/:roomId/tags/:tag'), async (call) => {
  const tag = call.request.param('tag');
  await updateAccountData(call.engine, keyOf(call), (content) => ({
    tags: Object.fromEntries(Object.entries(tagsOf(content)).filter(([name]) => name !== tag)),
  }));
  return {};
});
