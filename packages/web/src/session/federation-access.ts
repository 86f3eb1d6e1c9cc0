import { t } from '../i18n/translate.ts';
import type { Me, WorkspaceInfo } from './workspace-api.ts';

/** Why this person cannot work with other organisations, in words; undefined when they can. */
export function federationRefusal(info: WorkspaceInfo, me: Me): string | undefined {
  if (info.trial) return t('federation.trial');
  if (!info.federation) return t('federation.off');
  if (!me.permissions.includes('access-federation')) return t('federation.notPermitted');
  return undefined;
}
