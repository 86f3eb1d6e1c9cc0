import { type MatrixError, refusal } from '@causeway/homeserver';
import { parseServerName } from '@causeway/protocol';
import type { Actor } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';
import { type ContactRow, contactRequests, contacts } from '../tables.ts';
import { contactKey } from './contacts.ts';

export type ContactDecision = {
  readonly serverName: string;
  readonly decision: 'approved' | 'refused' | 'disconnected';
  /** Told to the people who waited, and to the other side when it asks. Refusing needs one. */
  readonly reason?: string | undefined;
  /** The version that the admin saw; 0 for one that nobody decided about. */
  readonly basedOn: number;
  readonly by: Actor;
};

const MAX_REASON = 500;

/**
 * Decides about an organisation; it is in force when this returns. Refuses with M_INVALID_PARAM for a name that is
 * none, for the own one and for a missing reason, and with M_CONFLICT when somebody else decided since.
 */
export const decideContact = async (context: WorkspaceContext, input: ContactDecision): Promise<void> => {
  const { decision, basedOn, by } = input;
  const name = parseServerName(input.serverName.trim().toLowerCase());
  if (name === undefined)
    throw refusal('M_INVALID_PARAM', faultOf('no-server', { name: input.serverName.slice(0, 255) }));
  if (name === contactKey(context.serverName))
    throw refusal('M_INVALID_PARAM', faultOf('own-organisation', { organisation: name }));
  const reason = input.reason?.trim().slice(0, MAX_REASON) || undefined;
  if (decision === 'refused' && reason === undefined)
    throw refusal('M_INVALID_PARAM', faultOf('reason-missing'));
  const row = await context.store.transact(async (tx) => {
    const before = await tx.get(contacts, { server_name: name });
    if ((before?.version ?? 0) !== basedOn) throw conflict(name, before);
    const ts = context.clock.now();
    const decided: ContactRow = {
      server_name: name,
      status: decision,
      reason: reason ?? null,
      version: basedOn + 1,
      first_ts: before?.first_ts ?? ts,
      decided_ts: ts,
      decided_by: by.name,
    };
    await tx.put(contacts, decided);
    if (decision !== 'approved') {
      const requests = await tx.scan(contactRequests, { index: 'by_server', where: { server_name: name } });
      for (const request of requests.filter((one) => one.state === 'waiting')) {
        await tx.put(contactRequests, { ...request, state: 'refused', outcome: reason ?? null });
      }
    }
    await appendAudit(tx, {
      ts,
      action: `contact.${decision}`,
      by,
      target: name,
      ...(before === undefined ? {} : { before: { status: before.status, reason: before.reason } }),
      after: { status: decision, reason: reason ?? null },
    });
    return decided;
  });
  context.contacts.take(row);
  if (decision === 'approved') context.changes.tell({ kind: 'contact', server: name });
};

const conflict = (organisation: string, row: ContactRow | undefined): MatrixError => {
  if (row === undefined || row.decided_by === null || row.decided_ts === null) {
    const fault = faultOf('contact-undecided', { organisation });
    return refusal('M_CONFLICT', fault, { version: row?.version ?? 0 });
  }
  const { version, decided_by: who, decided_ts: ts } = row;
  const fault = faultOf('contact-decided', { who, organisation, ts });
  return refusal('M_CONFLICT', fault, { version, changed_by: who, changed_ts: ts });
};
