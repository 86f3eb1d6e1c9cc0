import { openThumbnail, requireMediaHearing } from '@causeway/homeserver';
import { thumbnailSize } from '../../thumbnail-size.ts';
import { route } from '../client-route.ts';
import { mediaAnswer, openNamedMedia } from './media-answer.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mediathumbnailservernamemediaid */
export const getThumbnail = route(
  'GET',
  ['/_matrix/client/v1/media/thumbnail/:serverName/:mediaId'],
  async (call) => {
    const { engine, request, userId } = call;
    const named = { origin: request.param('serverName'), mediaId: request.param('mediaId') };
    await requireMediaHearing(engine, { userId, serverName: named.origin, mediaId: named.mediaId });
    const size = thumbnailSize(request);
    return mediaAnswer(call, await openThumbnail(engine, { ...named, ...size }, () => openNamedMedia(call)));
  },
);
