import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { contentDisposition, notFound, openLocalMedia, writeParts } from '@causeway/homeserver';
import { Answer } from '../route.ts';
import { type FederationCall, signedRoute } from './federation-route.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1mediadownloadmediaid */
export const getMediaDownload = signedRoute(
  'GET',
  ['/_matrix/federation/v1/media/download/:mediaId'],
  (call) => asMultipart(call),
);

/**
 * The original, which the requester scales: "The server MAY return an image larger than requested".
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1mediathumbnailmediaid
 */
export const getMediaThumbnail = signedRoute(
  'GET',
  ['/_matrix/federation/v1/media/thumbnail/:mediaId'],
  (call) => asMultipart(call),
);

const asMultipart = async ({ engine, request }: FederationCall): Promise<Answer> => {
  const file = await openLocalMedia(engine, request.param('mediaId'));
  if (file === undefined) throw notFound('There is no such file here.');
  const boundary = randomUUID();
  const disposition = contentDisposition(file.contentType, file.uploadName);
  return new Answer(200, Readable.from(writeParts(file, boundary, disposition)), {
    'content-type': `multipart/mixed; boundary=${boundary}`,
  });
};
