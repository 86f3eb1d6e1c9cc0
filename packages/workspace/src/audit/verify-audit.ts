import type { Store, StoreReader } from '@causeway/homeserver';
import { auditLog } from '../tables.ts';
import { type AuditHead, readAuditHead } from './append-audit.ts';
import { CHAIN_START, entryOfRow, hashOfEntry } from './audit-entry.ts';

export type AuditVerdict =
  | { readonly kind: 'sound'; readonly head: AuditHead }
  /** `sequence` is the first entry that is not as it was written. */
  | { readonly kind: 'broken'; readonly sequence: number; readonly reason: string };

const PAGE = 1_000;

/** Follows the chain from its first entry, and compares its end with what was kept of it. */
export const verifyAudit = (store: Store): Promise<AuditVerdict> => store.read(verify);

const verify = async (reader: StoreReader): Promise<AuditVerdict> => {
  const head = await readAuditHead(reader);
  let previous = CHAIN_START;
  let last = 0;
  for (;;) {
    const rows = await reader.scan(auditLog, { gt: last, limit: PAGE });
    for (const row of rows) {
      const expected = last + 1;
      if (row.sequence !== expected) return broken(expected, 'it is missing');
      const entry = entryOfRow(row);
      if (entry.previous !== previous) return broken(expected, 'it does not follow the entry before it');
      const { hash, ...unsealed } = entry;
      if (hashOfEntry(unsealed) !== hash) return broken(expected, 'it was changed after it was written');
      previous = hash;
      last = expected;
    }
    if (rows.length < PAGE) break;
  }
  if (last < head.sequence) return broken(last + 1, 'it is missing: the log was cut off here');
  if (last > head.sequence || previous !== head.hash) {
    return broken(last, 'the end of the log is not the one that was kept');
  }
  return { kind: 'sound', head };
};

const broken = (sequence: number, reason: string): AuditVerdict => ({ kind: 'broken', sequence, reason });
