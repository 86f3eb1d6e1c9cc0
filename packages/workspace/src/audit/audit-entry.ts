/** One entry of the audit log and its place in the chain. */
import { createHash } from 'node:crypto';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue, parseJson } from '@causeway/protocol';
import type { AuditRow } from '../tables.ts';

export type AuditEntry = {
  /** 1, 2, 3 …, without gaps. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly ts: number;
  /** For example `setting.change`: area and verb. */
  readonly action: string;
  readonly actor: string;
  readonly address?: string;
  /** Whom or what it was done to: a user ID, a room ID, the key of a setting, a role. */
  readonly target?: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
  /** Hash of the entry before this one; zeros for the first. */
  readonly previous: string;
  readonly hash: string;
};

/** What the first entry has in place of an earlier hash. */
export const CHAIN_START = '0'.repeat(64);

/** SHA-256, in hexadecimal digits, of the entry's canonical JSON without `hash`; `previous` makes it a chain. */
export const hashOfEntry = (entry: Omit<AuditEntry, 'hash'>): string =>
  createHash('sha256')
    .update(canonicalJson(jsonOfEntry(entry)))
    .digest('hex');

/** The entry as it is exported; `hash` only when it has one. */
export const jsonOfEntry = (entry: Omit<AuditEntry, 'hash'> & { readonly hash?: string }): JsonObject => ({
  sequence: entry.sequence,
  ts: entry.ts,
  action: entry.action,
  actor: entry.actor,
  ...(entry.address === undefined ? {} : { address: entry.address }),
  ...(entry.target === undefined ? {} : { target: entry.target }),
  ...(entry.before === undefined ? {} : { before: entry.before }),
  ...(entry.after === undefined ? {} : { after: entry.after }),
  previous: entry.previous,
  ...(entry.hash === undefined ? {} : { hash: entry.hash }),
});

/** `change` is kept as one text, so that what was hashed can be read again to the letter. */
export const entryOfRow = (row: AuditRow): AuditEntry => {
  const parsed = parseJson(Buffer.from(row.change));
  const change = parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
  return {
    sequence: row.sequence,
    ts: row.ts,
    action: row.action,
    actor: row.actor,
    ...(row.address === null ? {} : { address: row.address }),
    ...(row.target === null ? {} : { target: row.target }),
    // A text that is not readable any more must not pass for an entry that changed nothing.
    ...(change === undefined ? { before: row.change } : change),
    previous: row.previous,
    hash: row.hash,
  };
};

export const rowOfEntry = (entry: AuditEntry): AuditRow => ({
  sequence: entry.sequence,
  ts: entry.ts,
  action: entry.action,
  actor: entry.actor,
  address: entry.address ?? null,
  target: entry.target ?? null,
  change: canonicalJson({
    ...(entry.before === undefined ? {} : { before: entry.before }),
    ...(entry.after === undefined ? {} : { after: entry.after }),
  }),
  previous: entry.previous,
  hash: entry.hash,
});
