/** Deletes files that are kept here. */
import type { Engine } from '../engine.ts';
import { notFound } from '../matrix-error.ts';
import { forgetFile } from '../purging/orphaned-files.ts';
import { media } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { MediaAddress } from './quarantine.ts';
import { faultOf } from '../refusals.ts';

/** Copies deleted in one commit. */
const BATCH = 100;

/**
 * Inside a transaction of the host, so that it can note who did; `engine.upkeep` deletes the bytes after the
 * commit. A copy of another server's file is fetched again when somebody asks for it; quarantine is what
 * prevents that.
 *
 * @throws M_NOT_FOUND
 */
export const deleteMedia = async (tx: StoreTx, { origin, mediaId }: MediaAddress): Promise<void> => {
  if (!(await forgetFile(tx, origin, mediaId))) throw notFound(faultOf('file-unknown'));
};

/** Copies of the files of other servers that were removed, and their bytes. */
export type PurgedCache = { readonly files: number; readonly bytes: number };

/** Deletes the copies of other servers' files that nobody opened since a moment. */
export const purgeRemoteMedia = async (engine: Engine, before: number): Promise<PurgedCache> => {
  let purged: PurgedCache = { files: 0, bytes: 0 };
  for (let after = 0; !engine.signal.aborted; ) {
    const rows = await engine.store.read((reader) =>
      reader.scan(media, { index: 'by_time', gte: after, lt: before, limit: BATCH }),
    );
    const old = rows.filter((row) => row.origin !== engine.serverName && row.last_access_ts < before);
    const bytes = await engine.store.transact(async (tx) => {
      let sum = 0;
      for (const { origin, media_id } of old) {
        const row = await tx.get(media, { origin, media_id });
        // Somebody may have opened it meanwhile.
        if (row === undefined || row.last_access_ts >= before) continue;
        await forgetFile(tx, origin, media_id);
        sum += row.size;
      }
      return sum;
    });
    purged = { files: purged.files + old.length, bytes: purged.bytes + bytes };
    const last = rows.at(-1)?.created_ts;
    if (rows.length < BATCH || last === undefined) break;
    // More than a batch of one millisecond would not end.
    after = old.length === 0 && last === after ? last + 1 : last;
  }
  engine.upkeep.wake();
  return purged;
};
