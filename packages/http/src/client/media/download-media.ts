import { route } from '../client-route.ts';
import { mediaAnswer, openNamedMedia } from './media-answer.ts';

const path = '/_matrix/client/v1/media/download/:serverName/:mediaId';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mediadownloadservernamemediaid */
export const getDownload = route('GET', [path], async (call) =>
  mediaAnswer(call, await openNamedMedia(call)),
);

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mediadownloadservernamemediaidfilename */
export const getDownloadAs = route('GET', [`${path}/:fileName`], async (call) =>
  mediaAnswer(call, await openNamedMedia(call), call.request.param('fileName')),
);
