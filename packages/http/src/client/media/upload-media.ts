import { forbidden, MatrixError, tooLarge, uploadMedia } from '@causeway/homeserver';
import { route } from '../client-route.ts';
import { queryString } from '../fields.ts';
import { faultOf } from '@causeway/workspace';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixmediav3upload */
export const postUpload = route(
  'POST',
  ['/_matrix/media/v3/upload', '/_matrix/media/r0/upload'],
  async ({ engine, userId, request, settings }) => {
    const { maxBytes, refusedTypes } = settings.media();
    refuseType(request.header('content-type') ?? '', refusedTypes);
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

/** By what the client says of the file: a rule of the house, not a protection from who lies. */
const refuseType = (contentType: string, refusedTypes: readonly string[]): void => {
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  const found = refusedTypes.find((refused) =>
    refused.endsWith('/*') ? type.startsWith(refused.slice(0, -1)) : type === refused,
  );
  if (found !== undefined) throw forbidden(faultOf('file-kind', { type }));
};
