import { Readable } from 'node:stream';
import {
  contentDisposition,
  invalidParam,
  type MediaFile,
  openMedia,
  safeFileName,
} from '@causeway/homeserver';
import { parseServerName } from '@causeway/protocol';
import { Answer } from '../../route.ts';
import type { Call } from '../client-route.ts';
import { queryInteger } from '../fields.ts';

const DEFAULT_TIMEOUT_MS = 20_000;
const MAX_TIMEOUT_MS = 60_000;

/** The file that a path names, from here or from its server. */
export const openNamedMedia = async ({ engine, request, settings, userId }: Call): Promise<MediaFile> => {
  const serverName = parseServerName(request.param('serverName'));
  const mediaId = request.param('mediaId');
  if (serverName === undefined) throw invalidParam('The path names no server.');
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(mediaId)) throw invalidParam('The path names no media ID.');
  return openMedia(engine, {
    serverName,
    mediaId,
    userId,
    maxBytes: settings.media().maxBytes,
    timeoutMs: queryInteger(request, 'timeout_ms', { min: 0, max: MAX_TIMEOUT_MS }) ?? DEFAULT_TIMEOUT_MS,
    allowRemote: request.query.get('allow_remote') !== 'false',
  });
};

/** Files are data, whatever they claim to be: nothing in them runs. */
const safetyHeaders = {
  'content-security-policy':
    "sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; style-src 'unsafe-inline'; object-src 'self';",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  // Kept by the browser, but not shown again without asking: who may have it, and whether it was withdrawn, may change.
  'cache-control': 'private, no-cache',
  vary: 'Authorization',
} as const;

/** 304 for who has these bytes already. `fileName` replaces the name it was uploaded with. */
export const mediaAnswer = (
  { request }: Pick<Call, 'request'>,
  file: MediaFile,
  fileName?: string,
): Answer => {
  const etag = `"${file.version}"`;
  if (hasOneOf(request.header('if-none-match'), etag))
    return new Answer(304, undefined, { ...safetyHeaders, etag });
  return new Answer(200, Readable.from(file.content, { objectMode: false }), {
    ...safetyHeaders,
    etag,
    'content-type': file.contentType,
    'content-length': String(file.size),
    'content-disposition': contentDisposition(file.contentType, safeFileName(fileName) ?? file.uploadName),
  });
};

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2 */
const hasOneOf = (ifNoneMatch: string | undefined, etag: string): boolean =>
  (ifNoneMatch ?? '')
    .split(',')
    .map((one) => one.trim().replace(/^W\//, ''))
    .some((one) => one === '*' || one === etag);
