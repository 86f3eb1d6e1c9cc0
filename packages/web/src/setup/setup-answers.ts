import { t } from '../i18n/translate.ts';
import { SHORTEST_PASSWORD } from '../session/shortest-password.ts';

export type SetupField = 'workspace_name' | 'server_name' | 'username' | 'password';
export type SetupFaults = Partial<Record<SetupField, string>>;

export type SetupDraft = {
  readonly workspaceName: string;
  readonly kind: 'organisation' | 'trial';
  readonly serverName: string;
  readonly username: string;
  readonly password: string;
};

const HOST =
  /^(?=.{1,253}(:|$))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+(:\d{1,5})?$/;
// https://spec.matrix.org/latest/appendices/#user-identifiers
const LOCALPART = /^[a-z0-9._=/+-]+$/;

/** The name as it would be written down: no scheme, no path, lower case. */
export function normaliseServerName(input: string): string {
  return input
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '');
}

/** What is wrong with the answers, by field. */
export function findFaults(draft: SetupDraft): SetupFaults {
  const faults: SetupFaults = {};
  if (!draft.workspaceName.trim()) faults.workspace_name = t('setup.faultWorkspaceName');
  if (draft.kind === 'organisation' && !HOST.test(normaliseServerName(draft.serverName)))
    faults.server_name = t('setup.faultServerName');
  if (!LOCALPART.test(draft.username)) faults.username = t('setup.faultUsername');
  if (draft.password.length < SHORTEST_PASSWORD)
    faults.password = t('setup.faultPassword', { count: SHORTEST_PASSWORD });
  return faults;
}
