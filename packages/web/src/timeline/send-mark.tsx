import { Check, CheckCheck, Clock, Hourglass } from 'lucide-react';
import { useRef } from 'react';
import { formatNames, formatSince } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { type Delivery, useDelivery } from './delivery.ts';
import { useWaitsSince } from './organisations-health.ts';
import type { TimelineEvent } from './timeline-event.ts';

const JUST_SENT_MS = 20_000;
/** Before this nobody is told to be waited for: it is on its way. */
const ON_ITS_WAY_MS = 4_000;

/** Whether a message of one's own is asked about: one that is new, or one of a time when somebody was away. */
export function useOwnDelivery(roomId: string, event: TimelineEvent, shared: boolean): Delivery | undefined {
  const since = useWaitsSince(roomId);
  const old = Date.now() - event.ts > JUST_SENT_MS;
  const confirmed = shared && event.send.state === 'sent' && event.id.startsWith('$');
  const followed = useRef(false);
  followed.current ||= confirmed && (!old || (since !== undefined && event.ts >= since - JUST_SENT_MS));
  return useDelivery(roomId, event.id, followed.current);
}

/** The state of one's own message, small and gone soon when all is well. */
export function SendMark({ event, delivery }: { event: TimelineEvent; delivery: Delivery | undefined }) {
  if (event.send.state === 'sending') {
    return (
      <span className="mb-1 shrink-0 text-ink-quiet" role="img" aria-label={t('message.sending')}>
        <Clock className="size-3.5" aria-hidden />
      </span>
    );
  }
  if (event.send.state === 'failed' || Date.now() - event.ts > JUST_SENT_MS) return null;
  if (!delivery || delivery.organisations === 0 || delivery.waiting.length > 0) {
    return (
      <span
        key="sent"
        className="sent-tick mb-1 shrink-0 text-ink-quiet"
        role="img"
        aria-label={t('message.sent')}
      >
        <Check className="size-3.5" aria-hidden />
      </span>
    );
  }
  return (
    <span
      key="delivered"
      className="sent-tick mb-1 shrink-0 text-ok"
      role="img"
      aria-label={deliveredText(delivery)}
    >
      <CheckCheck className="size-3.5" aria-hidden />
    </span>
  );
}

export const deliveredText = ({ delivered, organisations }: Delivery): string =>
  t('delivery.delivered', { delivered, count: organisations });

/** Under a message that some organisation does not have yet: which, and since when. */
export function WaitingLine({ event, delivery }: { event: TimelineEvent; delivery: Delivery | undefined }) {
  if (!delivery || delivery.waiting.length === 0 || Date.now() - event.ts < ON_ITS_WAY_MS) return null;
  const names = formatNames(delivery.waiting.map((one) => one.serverName));
  const since = Math.min(...delivery.waiting.map((one) => one.sinceTs));
  return (
    <p
      className="waiting-line flex items-center gap-1.5 pt-0.5 text-xs text-ink-soft"
      title={delivery.waiting.map((one) => `${one.serverName}: ${one.reason}`).join('\n')}
    >
      <Hourglass className="size-3.5 shrink-0 text-warn" aria-hidden />
      {t('delivery.waiting', { names, time: formatSince(since) })}
      {delivery.organisations > 1 ? ` · ${deliveredText(delivery)}` : ''}
    </p>
  );
}
