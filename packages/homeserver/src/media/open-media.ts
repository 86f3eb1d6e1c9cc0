/** Opens local and remote files for reading. */
import { parseServerName, type ServerName, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { forbidden, notFound } from '../matrix-error.ts';
import { hearingOf, hearingOfServer } from '../reading/hearing.ts';
import { media } from '../store/schema.ts';
import type { RowOf } from '../store/table.ts';
import { fetchRemoteMedia } from './fetch-remote-media.ts';
import { type MediaFile, versionOf } from './media-file.ts';
import { type MediaAddress, requireUnquarantined } from './quarantine.ts';
import { faultOf } from '../refusals.ts';

/** A file of this server; undefined when there is none. Other servers are served with this. */
export const openLocalMedia = (engine: Engine, mediaId: string): Promise<MediaFile | undefined> =>
  openStored(engine, engine.serverName, mediaId);

/** A file that is kept here, ours or a copy; nobody else is asked. @throws M_NOT_FOUND, CAUSEWAY_QUARANTINED */
export const openKeptMedia = async (
  engine: Engine,
  { origin, mediaId }: MediaAddress,
): Promise<MediaFile> => {
  const kept = await openStored(engine, origin, mediaId);
  if (kept === undefined) throw notFound(faultOf('file-unknown'));
  return kept;
};

/**
 * A file of any server: ours, the copy we have, or fetched now.
 *
 * @throws M_NOT_FOUND, M_TOO_LARGE, CAUSEWAY_UNREACHABLE, CAUSEWAY_QUARANTINED
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
    /** Who asks. */
    readonly userId: UserId;
    readonly signal?: AbortSignal;
  },
): Promise<MediaFile> => {
  const { serverName, mediaId } = request;
  await requireMediaHearing(engine, request);
  const stored = await openStored(engine, serverName, mediaId);
  if (stored !== undefined) return stored;
  if (serverName === engine.serverName || !request.allowRemote) throw notFound(faultOf('file-unknown'));
  await fetchRemoteMedia(engine, request);
  const fetched = await openStored(engine, serverName, mediaId);
  if (fetched === undefined) throw notFound(faultOf('file-unknown'));
  return fetched;
};

/** Who does not hear of other organisations gets what was here before that. @throws M_FORBIDDEN */
export const requireMediaHearing = async (
  engine: Engine,
  {
    userId,
    serverName,
    mediaId,
  }: { readonly userId: UserId; readonly serverName: string; readonly mediaId: string },
): Promise<void> => {
  if (serverName === engine.serverName) return;
  const heard = await engine.store.read(async (reader) => {
    const server = parseServerName(serverName);
    if (server === undefined) return false;
    const hearing = hearingOfServer(await hearingOf(engine, reader, userId), server);
    if (hearing.kind === 'all') return true;
    const row = await reader.get(media, { origin: serverName, media_id: mediaId });
    return row !== undefined && row.created_ts <= hearing.ts;
  });
  if (!heard) throw forbidden(faultOf('files-outside'));
};

const openStored = async (
  engine: Engine,
  origin: string,
  mediaId: string,
): Promise<MediaFile | undefined> => {
  await requireUnquarantined(engine, { origin, mediaId });
  const row = await engine.store.read((reader) => reader.get(media, { origin, media_id: mediaId }));
  const content = row && (await engine.blobs.read(row.blob_key));
  if (row === undefined || content === undefined) return undefined;
  await noteAccess(engine, row);
  return {
    contentType: row.content_type,
    uploadName: row.upload_name ?? undefined,
    size: content.size,
    version: versionOf(row.blob_key),
    content,
  };
};

/** How exactly it is known when a copy was last opened. */
const ACCESS_STEP_MS = 24 * 3600 * 1000;

/** Copies that nobody opens are deleted first; once a day is often enough to know. */
const noteAccess = async (engine: Engine, row: RowOf<typeof media>): Promise<void> => {
  const now = engine.clock.now();
  if (row.origin === engine.serverName || now - row.last_access_ts < ACCESS_STEP_MS) return;
  await engine.store.transact((tx) => tx.update(media, row, { last_access_ts: now }));
};
