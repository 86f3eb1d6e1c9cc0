/** @see https://spec.matrix.org/v1.19/server-server-api/#typing-notifications */
import { type JsonObject, parseUserId, type ServerName, serverNameOf } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { roomById } from '../rooms/current-state.ts';
import { remoteMember } from './remote-member.ts';

/** A notice counts this long: the EDU does not say. */
const REMOTE_TYPING_MS = 30_000;

/** Takes in an `m.typing` EDU. What its origin may not say is passed over. */
export const receiveTyping = async (
  engine: Engine,
  origin: ServerName,
  content: JsonObject,
): Promise<void> => {
  const { room_id: roomId, user_id, typing } = content;
  const userId = typeof user_id === 'string' ? parseUserId(user_id) : undefined;
  if (typeof roomId !== 'string' || typeof typing !== 'boolean') return;
  if (userId === undefined || serverNameOf(userId) !== origin) return;
  const room = await engine.store.read(async (reader) => {
    const found = await roomById(reader, roomId);
    return found && ((await remoteMember(engine, reader, found, userId, origin)) ? found : undefined);
  });
  if (room !== undefined) engine.typing.set(room.room_nid, userId, typing ? REMOTE_TYPING_MS : 0);
};
