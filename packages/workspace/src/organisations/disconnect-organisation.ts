import { type Engine, leaveOrganisation, type LeftOrganisation, refusal } from '@causeway/homeserver';
import type { ServerName } from '@causeway/protocol';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/append-audit.ts';
import { decideContact } from '../contacts/decide-contact.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';

export type Disconnection = {
  readonly serverName: ServerName;
  /** Told to those who try again, and in the rooms. */
  readonly reason: string | undefined;
  readonly basedOn: number;
  readonly by: Actor;
};

/**
 * Refuses everything new with an organisation, then has all local people leave every room that its people are in. What
 * already waits for it, and the leaving itself, is still sent. Done again, it takes up what was left.
 */
export const disconnectOrganisation = async (
  context: WorkspaceContext,
  engine: Engine,
  { serverName, reason, basedOn, by }: Disconnection,
): Promise<LeftOrganisation> => {
  if (serverName === context.serverName)
    throw refusal('M_INVALID_PARAM', faultOf('own-organisation', { organisation: serverName }));
  await decideContact(context, { serverName, decision: 'disconnected', reason, basedOn, by });
  const left = await leaveOrganisation(engine, serverName, reason);
  const { rooms, people, invitations, failures } = left;
  const after = { rooms, people, invitations, failures: failures.length };
  await recordAudit(context, { action: 'organisation.disconnect', by, target: serverName, after });
  return left;
};
