import type { Range, Store, StoreReader } from '@causeway/homeserver';
import { auditLog } from '../tables.ts';
import { type AuditEntry, entryOfRow } from './audit-entry.ts';

export type AuditFilter = {
  /** An action, or the area before the dot: `setting` finds `setting.change`. */
  readonly action?: string;
  readonly actor?: string;
  readonly target?: string;
  /** Milliseconds since the epoch, both included. */
  readonly from?: number;
  readonly to?: number;
};

/** Entries looked at in one step. */
const PAGE = 500;
/** Entries looked at for one page of a filter that fits hardly any. */
const MAX_LOOKED_AT = 20_000;

export type AuditPage = {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** Where the next page begins; undefined at the end. */
  readonly before?: number;
};

export const listAudit = (
  store: Store,
  options: { readonly filter: AuditFilter; readonly before?: number; readonly limit: number },
): Promise<AuditPage> =>
  store.read(async (reader) => {
    const { filter, limit } = options;
    const entries: AuditEntry[] = [];
    let before = options.before ?? Number.MAX_SAFE_INTEGER;
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; lookedAt += PAGE) {
      const page = await pageOf(reader, { lt: before, reverse: true, limit: PAGE });
      for (const entry of page) {
        if (entries.length === limit) return { entries, before };
        before = entry.sequence;
        if (passes(filter, entry)) entries.push(entry);
      }
      if (page.length < PAGE) return { entries };
    }
    return { entries, before };
  });

/** Everything that passes, oldest first, page by page: an export is no longer in memory than it is written. */
export async function* exportAudit(store: Store, filter: AuditFilter): AsyncGenerator<AuditEntry> {
  for (let after = 0; ; ) {
    const page = await store.read((reader) => pageOf(reader, { gt: after, limit: PAGE }));
    for (const entry of page) {
      after = entry.sequence;
      if (passes(filter, entry)) yield entry;
    }
    if (page.length < PAGE) return;
  }
}

const pageOf = async (reader: StoreReader, range: Range<typeof auditLog>): Promise<readonly AuditEntry[]> =>
  (await reader.scan(auditLog, range)).map(entryOfRow);

const passes = (filter: AuditFilter, entry: AuditEntry): boolean => {
  const { action, actor, target, from, to } = filter;
  return (
    (action === undefined || entry.action === action || entry.action.startsWith(`${action}.`)) &&
    (actor === undefined || entry.actor === actor) &&
    (target === undefined || entry.target === target) &&
    (from === undefined || entry.ts >= from) &&
    (to === undefined || entry.ts <= to)
  );
};
