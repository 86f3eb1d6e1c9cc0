import { createHash } from 'node:crypto';

/** What the content repository hands out. @see https://spec.matrix.org/v1.19/client-server-api/#content-repository */

export type MediaFile = {
  readonly contentType: string;
  readonly uploadName: string | undefined;
  /** Bytes. */
  readonly size: number;
  /** Another one for other bytes; letters, digits, `-` and `_`. */
  readonly version: string;
  /** To be read once, from begin to end. */
  readonly content: AsyncIterable<Uint8Array>;
};

/** Of a content type, without parameters, as it is compared with a list. */
export const mediaTypeOf = (contentType: string): string =>
  (contentType.split(';')[0] ?? '').trim().toLowerCase();

/** A content type that can stand in a header; anything else counts as bytes. */
export const safeContentType = (text: string | undefined): string =>
  text !== undefined && text.length <= 200 && /^[\w.+-]+\/[\w.+-]+(?: *;[\x20-\x7e]*)?$/.test(text)
    ? text
    : 'application/octet-stream';

const MAX_NAME_LENGTH = 255;

/** A file name without path, control and bidirectional characters; undefined when nothing is left. */
export const safeFileName = (text: string | undefined): string | undefined => {
  const name = text
    ?.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, '')
    .replaceAll(/[\\/]/g, '_')
    .trim()
    .slice(0, MAX_NAME_LENGTH)
    .toWellFormed();
  return name === undefined || name === '' ? undefined : name;
};

/** Of bytes that are kept: their key is for nobody else. */
export const versionOf = (blobKey: string): string =>
  createHash('sha256').update(blobKey).digest('base64url').slice(0, 22);
