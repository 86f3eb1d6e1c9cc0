import type { StoreTx } from '@causeway/homeserver';
import { COMMAND_LINE } from './actor.ts';
import { appendAudit } from './append-audit.ts';

/** What was done since the backup is lost from the log, which must not look as if nothing had been. */
export const noteRestoredBackup = (
  tx: StoreTx,
  { now, created }: { readonly now: number; readonly created: number },
): Promise<void> =>
  appendAudit(tx, { ts: now, action: 'backup.restore', by: COMMAND_LINE, after: { created_ts: created } });
