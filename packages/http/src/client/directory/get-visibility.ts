import { isPublished } from '@causeway/homeserver';
import { openRoute, roomIdOf, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3directorylistroomroomid */
export const getVisibility = openRoute(
  'GET',
  v3('/directory/list/room/:roomId'),
  async ({ engine, request }) => ({
    visibility: (await isPublished(engine, roomIdOf(request))) ? 'public' : 'private',
  }),
);
