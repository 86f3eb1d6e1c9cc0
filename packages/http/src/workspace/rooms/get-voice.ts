import { openJoinedRoom, silenceOf } from '@causeway/homeserver';
import { roomIdOf, route } from '../../client/client-route.ts';
import { fresh } from '../workspace-api.ts';

/** `GET /_causeway/rooms/{roomId}/voice`: whether policy lets a member write, and why not. */
export const getVoice = route('GET', ['/_causeway/rooms/:roomId/voice'], async (call) => {
  const { engine, request, userId, deviceId } = call;
  const roomId = roomIdOf(request);
  await engine.store.read((reader) => openJoinedRoom(engine, reader, { userId, deviceId }, roomId));
  const silence = await silenceOf(engine, userId, roomId);
  if (silence === undefined) return fresh({ may_write: true });
  const { reason, fault } = silence;
  return fresh({ may_write: false, reason, fault: fault?.code, parameters: fault?.parameters });
});
