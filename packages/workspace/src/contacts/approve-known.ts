import { roomServers, type StoreTx, servers } from '@causeway/homeserver';
import type { Actor } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { type ContactRow, contacts } from '../tables.ts';
import { contactKey } from './contacts.ts';

/** Whoever shares a room already has had a first contact. What an admin decided about stays as it is. */
export const approveKnown = async (
  context: WorkspaceContext,
  tx: StoreTx,
  by: Actor,
): Promise<readonly ContactRow[]> => {
  const nids = new Set((await tx.scan(roomServers, {})).map((row) => row.server_nid));
  const decided_ts = context.clock.now();
  const approved: ContactRow[] = [];
  for (const server_nid of nids) {
    const name = (await tx.get(servers, { server_nid }))?.server_name;
    if (name === undefined || name === context.serverName) continue;
    const server_name = contactKey(name);
    const before = await tx.get(contacts, { server_name });
    if (before !== undefined && before.status !== 'waiting') continue;
    const row: ContactRow = {
      server_name,
      status: 'approved',
      reason: null,
      version: (before?.version ?? 0) + 1,
      first_ts: before?.first_ts ?? decided_ts,
      decided_ts,
      decided_by: by.name,
    };
    await tx.put(contacts, row);
    approved.push(row);
  }
  if (approved.length > 0) {
    const after = approved.map((row) => row.server_name);
    await appendAudit(tx, { ts: decided_ts, action: 'contact.known', by, after });
  }
  return approved;
};
