import type { JsonObject, UserId } from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';

/** The content of a membership event; a local user's display name and avatar are in it. */
export const memberContent = async (
  engine: Engine,
  userId: UserId,
  membership: 'join' | 'invite' | 'knock',
  further: JsonObject = {},
): Promise<JsonObject> => {
  const profile = isLocal(engine, userId) ? await engine.directory.profile(userId) : undefined;
  const { displayname, avatar_url } = profile ?? {};
  return {
    membership,
    ...(typeof displayname === 'string' ? { displayname } : {}),
    ...(typeof avatar_url === 'string' ? { avatar_url } : {}),
    ...further,
  };
};
