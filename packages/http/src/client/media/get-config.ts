import { route } from '../client-route.ts';

/**
 * The refused kinds of files are ours: the specification has no word for them.
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mediaconfig
 */
export const getMediaConfig = route(
  'GET',
  ['/_matrix/client/v1/media/config', '/_matrix/media/v3/config', '/_matrix/media/r0/config'],
  async ({ settings }) => {
    const { maxBytes, refusedTypes } = settings.media();
    return {
      'm.upload.size': maxBytes,
      ...(refusedTypes.length > 0 ? { 'org.causeway.refused_types': refusedTypes } : {}),
    };
  },
);
