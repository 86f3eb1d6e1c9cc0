/** What admins do to files; each is written down in the transaction that does it. */
import {
  deleteMedia,
  type Engine,
  type MediaAddress,
  invalidParam,
  type PurgedCache,
  purgeRemoteMedia,
  setQuarantined,
} from '@causeway/homeserver';
import type { Actor } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import { faultOf } from '../faults.ts';

const addressOf = ({ origin, mediaId }: MediaAddress): string => `mxc://${origin}/${mediaId}`;

/** Withdraws files from everybody, or gives them back; returns how many changed. */
export const quarantineFiles = (
  engine: Engine,
  {
    files,
    quarantined,
    by,
  }: { readonly files: readonly MediaAddress[]; readonly quarantined: boolean; readonly by: Actor },
): Promise<number> => {
  const ts = engine.clock.now();
  return engine.store.transact(async (tx) => {
    let changed = 0;
    for (const file of files) {
      const before = await setQuarantined(tx, file, quarantined ? ts : undefined);
      if (before === quarantined) continue;
      changed += 1;
      const action = quarantined ? 'file.quarantine' : 'file.release';
      await appendAudit(tx, { ts, action, by, target: addressOf(file) });
    }
    return changed;
  });
};

/** Before an admin sees what is in a file, which nobody may have sent to them. */
export const noteLookAtFile = (
  engine: Engine,
  { file, by }: { readonly file: MediaAddress; readonly by: Actor },
): Promise<void> =>
  engine.store.transact((tx) =>
    appendAudit(tx, { ts: engine.clock.now(), action: 'file.look', by, target: addressOf(file) }),
  );

/** @throws M_NOT_FOUND */
export const deleteFile = async (
  engine: Engine,
  { file, by }: { readonly file: MediaAddress; readonly by: Actor },
): Promise<void> => {
  await engine.store.transact(async (tx) => {
    await deleteMedia(tx, file);
    await appendAudit(tx, { ts: engine.clock.now(), action: 'file.delete', by, target: addressOf(file) });
  });
  engine.upkeep.wake();
};

/** Deletes the copies of other servers' files that nobody opened since then. @throws M_INVALID_PARAM */
export const purgeFileCache = async (
  engine: Engine,
  { before, by }: { readonly before: number; readonly by: Actor },
): Promise<PurgedCache> => {
  const ts = engine.clock.now();
  if (before > ts) throw invalidParam(faultOf('past-only'));
  // Written down before anything goes, so that nothing goes unseen when it is cut short.
  await engine.store.transact((tx) =>
    appendAudit(tx, { ts, action: 'file.purge-cache', by, after: { before } }),
  );
  return purgeRemoteMedia(engine, before);
};
