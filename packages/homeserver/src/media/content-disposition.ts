/** How a file is offered to a browser. @see https://spec.matrix.org/v1.19/client-server-api/#serving-inline-content */
import { mediaTypeOf } from './media-file.ts';

/** Types that a browser may show in place; the specification's list. */
const inlineTypes: ReadonlySet<string> = new Set([
  'text/css',
  'text/plain',
  'text/csv',
  'application/json',
  'application/ld+json',
  'image/jpeg',
  'image/gif',
  'image/png',
  'image/apng',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/webm',
  'video/ogg',
  'video/quicktime',
  'audio/mp4',
  'audio/webm',
  'audio/aac',
  'audio/mpeg',
  'audio/ogg',
  'audio/wave',
  'audio/wav',
  'audio/x-wav',
  'audio/x-pn-wav',
  'audio/flac',
  'audio/x-flac',
]);

/**
 * The header for a file: shown in place only when its type is on the specification's list of types that do no
 * harm.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#serving-inline-content
 */
export const contentDisposition = (contentType: string, fileName: string | undefined): string => {
  const kind = inlineTypes.has(mediaTypeOf(contentType)) ? 'inline' : 'attachment';
  if (fileName === undefined) return kind;
  if (/^[A-Za-z0-9._-]+$/.test(fileName)) return `${kind}; filename=${fileName}`;
  const encoded = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename*=utf-8''${encoded}`;
};
