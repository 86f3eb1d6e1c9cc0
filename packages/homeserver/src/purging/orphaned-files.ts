/** Files of this server that nothing names any more, and the bytes that belong to nothing. */
import { parseUserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { areFilesFilledIn } from '../media/fill-in-files.ts';
import { filesNamedIn } from '../media/record-files.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { doomedBlobs, fileEvents, media, thumbnails } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';

/** Blobs deleted before the next look into the table. */
const PAGE = 100;

/** Files that these events name and that are somebody's face: profiles are told without any event. */
export const facesAmong = async (
  engine: Engine,
  events: readonly StoredEvent[],
): Promise<ReadonlySet<string>> => {
  const faces = new Set<string>();
  for (const mediaId of new Set(events.flatMap((event) => [...filesNamedIn(engine, event)]))) {
    const key = { origin: engine.serverName, media_id: mediaId };
    const file = await engine.store.read((reader) => reader.get(media, key));
    const uploader = parseUserId(file?.uploader ?? '');
    const profile = uploader && (await engine.directory.profile(uploader));
    if (profile?.avatar_url === `mxc://${engine.serverName}/${mediaId}`) faces.add(mediaId);
  }
  return faces;
};

/** Takes back what an event names; a file that no other event names, and that is no face, goes with it. */
export const unlinkFiles = async (
  engine: Engine,
  tx: StoreTx,
  event: StoredEvent,
  faces: ReadonlySet<string>,
): Promise<void> => {
  for (const media_id of filesNamedIn(engine, event)) {
    const link = { media_id, event_nid: event.eventNid };
    if ((await tx.get(fileEvents, link)) === undefined) continue;
    await tx.delete(fileEvents, link);
    const other = await tx.first(fileEvents, { where: { media_id } });
    // While the files of old events are not filled in, one of those may name it.
    if (!(await areFilesFilledIn(tx))) continue;
    if (other === undefined && !faces.has(media_id)) await forgetFile(tx, engine.serverName, media_id);
  }
};

/** Deletes a file with its thumbnails; the bytes follow after the commit. Returns whether there was one. */
export const forgetFile = async (tx: StoreTx, origin: string, media_id: string): Promise<boolean> => {
  const file = await tx.get(media, { origin, media_id });
  if (file === undefined) return false;
  await tx.put(doomedBlobs, { blob_key: file.blob_key });
  await tx.delete(media, { origin, media_id });
  for (const row of await tx.scan(thumbnails, { where: { origin, media_id } })) {
    await tx.put(doomedBlobs, { blob_key: row.blob_key });
    await tx.delete(thumbnails, row);
  }
  return true;
};

/** Deletes bytes of which nothing knows any more. Repeated after a crash, it does the rest. */
export const deleteDoomedBlobs = async (engine: Engine): Promise<void> => {
  while (!engine.signal.aborted) {
    const rows = await engine.store.read((reader) => reader.scan(doomedBlobs, { limit: PAGE }));
    for (const { blob_key } of rows) await engine.blobs.delete(blob_key);
    await engine.store.transact(async (tx) => {
      for (const row of rows) await tx.delete(doomedBlobs, row);
    });
    if (rows.length < PAGE) return;
  }
};
