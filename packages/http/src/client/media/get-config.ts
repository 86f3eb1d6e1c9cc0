import { route } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mediaconfig */
export const getMediaConfig = route(
  'GET',
  ['/_matrix/client/v1/media/config', '/_matrix/media/v3/config', '/_matrix/media/r0/config'],
  async ({ settings }) => ({ 'm.upload.size': settings.maxUploadBytes }),
);
