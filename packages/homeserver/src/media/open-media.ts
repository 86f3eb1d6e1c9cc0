/** Opens local and remote files for reading. */
import type { ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { notFound } from '../matrix-error.ts';
import { media } from '../store/schema.ts';
import { fetchRemoteMedia } from './fetch-remote-media.ts';
import type { MediaFile } from './media-file.ts';

/** A file of this server; undefined when there is none. Other servers are served with this. */
export const openLocalMedia = (engine: Engine, mediaId: string): Promise<MediaFile | undefined> =>
  openStored(engine, engine.serverName, mediaId);

/**
 * A file of any server: ours, the copy we have, or fetched now.
 *
 * @throws M_NOT_FOUND, M_TOO_LARGE, CAUSEWAY_UNREACHABLE
 */
export const openMedia = async (
  engine: Engine,
  request: {
    readonly serverName: ServerName;
    readonly mediaId: string;
    readonly maxBytes: number;
    readonly timeoutMs: number;
    /** Whether to ask the other server when we have no copy. */
    readonly allowRemote: boolean;
    readonly signal?: AbortSignal;
  },
): Promise<MediaFile> => {
  const { serverName, mediaId } = request;
  const stored = await openStored(engine, serverName, mediaId);
  if (stored !== undefined) return stored;
  if (serverName === engine.serverName || !request.allowRemote) throw notFound('There is no such file.');
  await fetchRemoteMedia(engine, request);
  const fetched = await openStored(engine, serverName, mediaId);
  if (fetched === undefined) throw notFound('There is no such file.');
  return fetched;
};

const openStored = async (
  engine: Engine,
  origin: string,
  mediaId: string,
): Promise<MediaFile | undefined> => {
  const row = await engine.store.read((reader) => reader.get(media, { origin, media_id: mediaId }));
  const content = row && (await engine.blobs.read(row.blob_key));
  if (row === undefined || content === undefined) return undefined;
  return {
    contentType: row.content_type,
    uploadName: row.upload_name ?? undefined,
    size: content.size,
    content,
  };
};
