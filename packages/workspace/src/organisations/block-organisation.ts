import { refusal } from '@causeway/homeserver';
import { parseServerNameParts, type ServerName } from '@causeway/protocol';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';
import { changeSetting } from '../settings/change-setting.ts';
import { refusalOf } from '../settings/domain-rules.ts';

export type BlockChange = {
  readonly serverName: ServerName;
  readonly blocked: boolean;
  /** The version of the setting `federation.rules` that the admin saw. */
  readonly basedOn: number;
  readonly by: Actor;
};

/**
 * Adds a rule that denies a domain in both directions, or takes such rules away. A rule is for a domain, whatever the
 * port. Refuses with M_CONFLICT, and with M_INVALID_PARAM for the own domain or where another rule still shuts it out.
 */
export const blockOrganisation = async (context: WorkspaceContext, change: BlockChange): Promise<void> => {
  const { serverName, blocked, basedOn, by } = change;
  const domain = parseServerNameParts(serverName).host.toLowerCase();
  const rules = context.settings.get('federation.rules');
  const others = rules.filter((rule) => rule.domain !== domain || rule.effect !== 'deny');
  const value = blocked ? [...others, { domain, direction: 'both', effect: 'deny' } as const] : others;
  const still = blocked
    ? undefined
    : (refusalOf(others, serverName, 'inbound') ?? refusalOf(others, serverName, 'outbound'));
  if (still === 'not-listed') throw refusal('M_INVALID_PARAM', faultOf('not-listed', { domain }));
  if (still !== undefined) {
    throw refusal('M_INVALID_PARAM', faultOf('rule-also', { rule: still.domain, domain }));
  }
  await changeSetting(context, { key: 'federation.rules', value: [...value], basedOn, by });
  const action = blocked ? 'organisation.block' : 'organisation.unblock';
  await recordAudit(context, { action, by, target: serverName, after: { domain } });
};
