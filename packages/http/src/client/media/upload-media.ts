import { MatrixError, tooLarge, uploadMedia } from '@causeway/homeserver';
import { route } from '../client-route.ts';
import { queryString } from '../fields.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixmediav3upload */
export const postUpload = route(
  'POST',
  ['/_matrix/media/v3/upload', '/_matrix/media/r0/upload'],
  async ({ engine, userId, request, settings }) => {
    const maxBytes = settings.maxUploadBytes;
    const declared = Number(request.header('content-length') ?? 0);
    if (declared > maxBytes) throw tooLarge(maxBytes);
    if (request.signal.aborted) throw new MatrixError('M_UNKNOWN', 'The upload was given up.');
    return {
      content_uri: await uploadMedia(engine, {
        userId,
        contentType: request.header('content-type'),
        fileName: queryString(request, 'filename'),
        content: request.stream,
        maxBytes,
        signal: request.signal,
      }),
    };
  },
  { body: 'stream' },
);
