import { openJoinedRoom, silenceOf } from '@causeway/homeserver';
import { roomIdOf, route } from '../../client/client-route.ts';
import { fresh } from '../workspace-api.ts';

/** `GET /_causeway/rooms/{roomId}/voice`: whether policy lets a member write, and why not. */
export const getVoice = route('GET', ['/_causeway/rooms/:roomId/voice'], async (call) => {
  const { engine, request, userId, deviceId } = call;
  const roomId = roomIdOf(request);
  await engine.store.read((reader) => openJoinedRoom(engine, reader, { userId, deviceId }, roomId));
  const reason = await silenceOf(engine, userId, roomId);
  return fresh(reason === undefined ? { may_write: true } : { may_write: false, reason });
});
