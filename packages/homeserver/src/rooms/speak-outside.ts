/** Whether a local user may send something into a room that is shared with other organisations. */
import { parseRoomId, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { refusedByPolicy } from '../matrix-error.ts';
import type { PolicyAnswer } from '../ports.ts';
import { roomById } from './current-state.ts';
import { otherServers } from './servers-in-room.ts';

/**
 * Asked before the transaction that writes, because policy may read the store. Rooms without members of other
 * organisations need no permission. @throws M_FORBIDDEN with the reason
 */
export const requireVoice = async (engine: Engine, user: UserId, roomId: string): Promise<void> => {
  const silence = await silenceOf(engine, user, roomId);
  if (silence !== undefined) throw refusedByPolicy(silence);
};

/** Why this user may not write into a room; undefined when they may, as far as policy goes. */
export const silenceOf = async (
  engine: Engine,
  user: UserId,
  roomId: string,
): Promise<Extract<PolicyAnswer, { readonly allowed: false }> | undefined> => {
  const servers = await engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    return room === undefined ? [] : otherServers(engine, reader, room.room_nid);
  });
  if (servers.length === 0) return undefined;
  const answer = await engine.policy.ask({
    kind: 'speak-outside',
    user,
    roomId: parseRoomId(roomId),
    servers,
  });
  return answer.allowed ? undefined : answer;
};
