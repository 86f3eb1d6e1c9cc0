/** Profiles of users of other servers. @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1queryprofile */
import { serverNameOf, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { notFound } from '../matrix-error.ts';
import type { Profile } from '../ports.ts';
import { remoteProfiles } from '../store/schema.ts';
import { bodyOrThrow, requestRemote } from './signed-request.ts';

/** A profile that was fetched so long ago is fetched again when somebody looks at it. */
const PROFILE_LIFETIME_MS = 24 * 3600 * 1000;

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
  if (answer.kind === 'refused' && answer.status === 404) throw notFound(`There is no user ${userId}.`);
  if (answer.kind !== 'ok' && cached !== undefined) return JSON.parse(cached.profile) as Profile;
  const profile = bodyOrThrow(server, answer);
  await engine.store.transact((tx) =>
    tx.put(remoteProfiles, { user_id: userId, profile: JSON.stringify(profile), fetched_ts: now }),
  );
  return profile;
};
