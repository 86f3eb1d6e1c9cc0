import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  contentDisposition,
  type MediaFile,
  mayServerHave,
  notFound,
  openLocalMedia,
  openThumbnail,
  writeParts,
} from '@causeway/homeserver';
import { Answer } from '../route.ts';
import { thumbnailSize } from '../thumbnail-size.ts';
import { type FederationCall, signedRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1mediadownloadmediaid */
export const getMediaDownload = signedRoute(
  'GET',
  ['/_matrix/federation/v1/media/download/:mediaId'],
  async (call) => asMultipart(await openOwn(call, call.request.param('mediaId'))),
);

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1mediathumbnailmediaid */
export const getMediaThumbnail = signedRoute(
  'GET',
  ['/_matrix/federation/v1/media/thumbnail/:mediaId'],
  async (call) => {
    const { engine, request } = call;
    const mediaId = request.param('mediaId');
    // Before the thumbnails that are kept are looked at.
    await requireAccess(call, mediaId);
    const wanted = { origin: engine.serverName, mediaId, ...thumbnailSize(request) };
    return asMultipart(await openThumbnail(engine, wanted, () => openOwn(call, mediaId)));
  },
);

const openOwn = async (call: FederationCall, mediaId: string): Promise<MediaFile> => {
  await requireAccess(call, mediaId);
  const file = await openLocalMedia(call.engine, mediaId);
  if (file === undefined) throw noSuchFile();
  return file;
};

/** A file that a server may not have does not exist for it. */
const requireAccess = async ({ engine, origin }: FederationCall, mediaId: string): Promise<void> => {
  if (!(await mayServerHave(engine, { mediaId, origin }))) throw noSuchFile();
};

const noSuchFile = () => notFound('There is no such file here.');

const asMultipart = (file: MediaFile): Answer => {
  const boundary = randomUUID();
  const disposition = contentDisposition(file.contentType, file.uploadName);
  return new Answer(200, Readable.from(writeParts(file, boundary, disposition)), {
    'content-type': `multipart/mixed; boundary=${boundary}`,
  });
};
