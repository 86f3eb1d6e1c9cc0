import { CloudOff } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { formatNames, formatSince } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { useUnreachable } from './organisations-health.ts';

/** Above the composer: which organisations get what is written later. */
export function DeliveryTrouble({ room }: { room: Room }) {
  const unreachable = useUnreachable(room);
  if (unreachable.length === 0) return null;
  const names = formatNames(unreachable.map((one) => one.serverName));
  const since = Math.min(...unreachable.map((one) => one.sinceTs));
  return (
    <p role="status" className="flex items-start gap-2 px-6 pb-1.5 text-sm text-warn">
      <CloudOff className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span
        className="[overflow-wrap:anywhere]"
        title={unreachable.map((one) => `${one.serverName}: ${one.reason}`).join('\n')}
      >
        {t('composer.unreachable', { names, time: formatSince(since), count: unreachable.length })}
      </span>
    </p>
  );
}
