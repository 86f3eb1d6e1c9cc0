/** @see https://spec.matrix.org/v1.19/client-server-api/#profiles */
import type { UserId } from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { queryRemoteProfile } from '../federation/query-profile.ts';
import { notFound } from '../matrix-error.ts';
import type { Profile } from '../ports.ts';
import { faultOf } from '../refusals.ts';

/** Local from the host, remote from its server or the cache. @throws M_NOT_FOUND */
export const getProfile = async (engine: Engine, userId: UserId): Promise<Profile> => {
  const profile = isLocal(engine, userId)
    ? await engine.directory.profile(userId)
    : await queryRemoteProfile(engine, userId);
  if (profile === undefined) throw notFound(faultOf('user-unknown', { person: userId }));
  return profile;
};
