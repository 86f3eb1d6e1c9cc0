/** Profiles of users of other servers. @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1queryprofile */
import { type JsonObject, serverNameOf, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { notFound } from '../matrix-error.ts';
import type { Profile } from '../ports.ts';
import { remoteProfiles } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { bodyOrThrow, requestRemote } from './signed-request.ts';
import { faultOf } from '../refusals.ts';

/** A profile that was fetched so long ago is fetched again when somebody looks at it. */
const PROFILE_LIFETIME_MS = 24 * 3600 * 1000;

/** What was fetched once, however long ago; undefined for somebody of whom nothing is known. */
export const knownRemoteProfile = async (engine: Engine, userId: UserId): Promise<Profile | undefined> => {
  const cached = await engine.store.read((reader) => reader.get(remoteProfiles, { user_id: userId }));
  return cached === undefined ? undefined : (JSON.parse(cached.profile) as Profile);
};

/** A membership event of somebody of another server brings their newest name and picture. */
export const refreshRemoteProfile = async (
  engine: Engine,
  tx: StoreTx,
  userId: UserId,
  { displayname, avatar_url }: JsonObject,
): Promise<void> => {
  const cached = await tx.get(remoteProfiles, { user_id: userId });
  if (cached === undefined) return;
  const { displayname: _name, avatar_url: _picture, ...kept } = JSON.parse(cached.profile) as Profile;
  const profile = {
    ...kept,
    ...(typeof displayname === 'string' ? { displayname } : {}),
    ...(typeof avatar_url === 'string' ? { avatar_url } : {}),
  };
  await tx.put(remoteProfiles, {
    user_id: userId,
    profile: JSON.stringify(profile),
    fetched_ts: engine.clock.now(),
  });
};

/** Refuses with M_NOT_FOUND when the server says so, CAUSEWAY_UNREACHABLE when it says nothing. */
export const queryRemoteProfile = async (engine: Engine, userId: UserId): Promise<Profile> => {
  const cached = await engine.store.read((reader) => reader.get(remoteProfiles, { user_id: userId }));
  const now = engine.clock.now();
  if (cached !== undefined && now - cached.fetched_ts < PROFILE_LIFETIME_MS) {
    return JSON.parse(cached.profile) as Profile;
  }
  const server = serverNameOf(userId);
  const answer = await requestRemote(engine, {
    destination: server,
    method: 'GET',
    path: `/_matrix/federation/v1/query/profile?user_id=${encodeURIComponent(userId)}`,
  });
  if (answer.kind === 'refused' && answer.status === 404)
    throw notFound(faultOf('user-unknown', { person: userId }));
  if (answer.kind !== 'ok' && cached !== undefined) return JSON.parse(cached.profile) as Profile;
  const profile = bodyOrThrow(server, answer);
  await engine.store.transact((tx) =>
    tx.put(remoteProfiles, { user_id: userId, profile: JSON.stringify(profile), fetched_ts: now }),
  );
  return profile;
};
