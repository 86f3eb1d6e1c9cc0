import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  contentDisposition,
  type Engine,
  type MediaFile,
  notFound,
  openLocalMedia,
  openThumbnail,
  writeParts,
} from '@causeway/homeserver';
import { Answer } from '../route.ts';
import { thumbnailSize } from '../thumbnail-size.ts';
import { signedRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1mediadownloadmediaid */
export const getMediaDownload = signedRoute(
  'GET',
  ['/_matrix/federation/v1/media/download/:mediaId'],
  async ({ engine, request }) => asMultipart(await openOwn(engine, request.param('mediaId'))),
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1mediathumbnailmediaid */
export const getMediaThumbnail = signedRoute(
  'GET',
  ['/_matrix/federation/v1/media/thumbnail/:mediaId'],
  async ({ engine, request }) => {
    const mediaId = request.param('mediaId');
    const wanted = { origin: engine.serverName, mediaId, ...thumbnailSize(request) };
    return asMultipart(await openThumbnail(engine, wanted, () => openOwn(engine, mediaId)));
  },
);

const openOwn = async (engine: Engine, mediaId: string): Promise<MediaFile> => {
  const file = await openLocalMedia(engine, mediaId);
  if (file === undefined) throw notFound('There is no such file here.');
  return file;
};

const asMultipart = (file: MediaFile): Answer => {
  const boundary = randomUUID();
  const disposition = contentDisposition(file.contentType, file.uploadName);
  return new Answer(200, Readable.from(writeParts(file, boundary, disposition)), {
    'content-type': `multipart/mixed; boundary=${boundary}`,
  });
};
