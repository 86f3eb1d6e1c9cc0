/**
 * Addresses of uploaded media: `mxc://server-name/media-id`.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#matrix-content-mxc-uris
 */
import { parseServerName, type ServerName } from './identifiers.ts';

export type MxcUri = { readonly serverName: ServerName; readonly mediaId: string };

/** Reads an `mxc:` URI; the media ID may hold only `A-Z`, `a-z`, `0-9`, `_` and `-`. */
export function parseMxcUri(uri: string): MxcUri | undefined {
  const match = /^mxc:\/\/([^/]+)\/([A-Za-z0-9_-]+)$/.exec(uri);
  const serverName = parseServerName(match?.[1] ?? '');
  const mediaId = match?.[2];
  return serverName === undefined || mediaId === undefined ? undefined : { serverName, mediaId };
}
