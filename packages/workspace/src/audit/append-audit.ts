import type { StoreReader, StoreTx } from '@causeway/homeserver';
import type { JsonValue } from '@causeway/protocol';
import type { WorkspaceContext } from '../context.ts';
import { auditLog, settings } from '../tables.ts';
import type { Actor } from './actor.ts';
import { type AuditEntry, CHAIN_START, hashOfEntry, rowOfEntry } from './audit-entry.ts';

export type NewAuditEntry = {
  readonly ts: number;
  readonly action: string;
  readonly by: Actor;
  readonly target?: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
};

/** Where the chain ends. Kept apart from the log, so that a log that lost its end is seen. */
const HEAD = 'audit_head';

/** An address or a target longer than this is cut: strangers choose some of them. */
const MAX_TEXT = 512;

/** Adds an entry, inside the transaction of what it tells. The only place where the audit log is written. */
export const appendAudit = async (tx: StoreTx, entry: NewAuditEntry): Promise<void> => {
  const { sequence: last, hash: previous } = await readAuditHead(tx);
  const { ts, action, by, target, before, after } = entry;
  const unsealed: Omit<AuditEntry, 'hash'> = {
    sequence: last + 1,
    ts,
    action,
    actor: by.name,
    ...(by.address === undefined ? {} : { address: short(by.address) }),
    ...(target === undefined ? {} : { target: short(target) }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    previous,
  };
  const hash = hashOfEntry(unsealed);
  await tx.insert(auditLog, rowOfEntry({ ...unsealed, hash }));
  await tx.put(settings, { name: HEAD, value: `${unsealed.sequence} ${hash}` });
};

export type AuditHead = { readonly sequence: number; readonly hash: string };

export const readAuditHead = async (reader: StoreReader): Promise<AuditHead> => {
  const row = await reader.get(settings, { name: HEAD });
  const [sequence = '0', hash = CHAIN_START] = row?.value.split(' ') ?? [];
  return { sequence: Number(sequence), hash };
};

const short = (text: string) => text.slice(0, MAX_TEXT).toWellFormed();

/** Adds an entry about something that changed nothing here, or that was done elsewhere a moment ago. */
export const recordAudit = (context: WorkspaceContext, entry: Omit<NewAuditEntry, 'ts'>): Promise<void> =>
  context.store.transact((tx) => appendAudit(tx, { ...entry, ts: context.clock.now() }));
