import type { JsonObject, UserId } from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { knownRemoteProfile } from '../federation/query-profile.ts';
import { optional } from '../optional-field.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { stateEvent } from './current-state.ts';

/** The content of a membership event, with the display name and avatar of a local user, or what we know of a remote one's. */
export const memberContent = async (
  engine: Engine,
  userId: UserId,
  membership: 'join' | 'invite' | 'knock',
  further: JsonObject = {},
): Promise<JsonObject> => {
  const profile = isLocal(engine, userId)
    ? await engine.directory.profile(userId)
    : await knownRemoteProfile(engine, userId);
  return { membership, ...nameAndPicture(profile ?? {}), ...further };
};

/**
 * The content of an event by which somebody goes, by themselves or not: their name and picture in the room
 * stay known.
 */
export const partingContent = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  parting: {
    readonly userId: UserId;
    readonly membership: 'leave' | 'ban';
    readonly reason: string | undefined;
  },
): Promise<JsonObject> => {
  const { userId, membership, reason } = parting;
  const before = await stateEvent(engine, reader, room, 'm.room.member', userId);
  return { membership, ...nameAndPicture(before?.pdu.content ?? {}), ...optional('reason', reason) };
};

const nameAndPicture = ({ displayname, avatar_url }: { readonly [field: string]: unknown }): JsonObject => ({
  ...(typeof displayname === 'string' ? { displayname } : {}),
  ...(typeof avatar_url === 'string' ? { avatar_url } : {}),
});
