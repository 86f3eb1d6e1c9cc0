import { invalidParam, isLocal, notFound, resolveOwnAlias } from '@causeway/homeserver';
import { parseUserId } from '@causeway/protocol';
import { required, signedRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1queryprofile */
export const getProfile = signedRoute(
  'GET',
  ['/_matrix/federation/v1/query/profile'],
  async ({ engine, request }) => {
    const userId = parseUserId(required(request, 'user_id'));
    if (userId === undefined || !isLocal(engine, userId)) {
      throw invalidParam(`This server can only tell about users of ${engine.serverName}.`);
    }
    const profile = await engine.directory.profile(userId);
    if (profile === undefined) throw notFound(`There is no user ${userId}.`);
    const field = request.query.get('field');
    if (field === null) return profile;
    const value = profile[field];
    return value === undefined ? {} : { [field]: value };
  },
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1querydirectory */
export const getDirectory = signedRoute(
  'GET',
  ['/_matrix/federation/v1/query/directory'],
  async ({ engine, request }) => {
    const { roomId, servers } = await resolveOwnAlias(engine, required(request, 'room_alias'));
    return { room_id: roomId, servers };
  },
);
