import { CheckCheck, Hourglass, LoaderCircle } from 'lucide-react';
import { Dialog } from '../controls/dialog.tsx';
import { formatFull } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { useDelivery } from './delivery.ts';
import { deliveredText } from './send-mark.tsx';

type DeliveryDialogProps = { roomId: string; eventId: string; onClose: () => void };

/** Who has a message of one's own, and who is waited for. */
export default function DeliveryDialog({ roomId, eventId, onClose }: DeliveryDialogProps) {
  const delivery = useDelivery(roomId, eventId, true);
  return (
    <Dialog title={t('delivery.title')} onClose={onClose}>
      {delivery === undefined ? <LoaderCircle className="spin size-5 text-ink-quiet" aria-hidden /> : null}
      {delivery?.organisations === 0 ? <p className="text-ink-soft">{t('delivery.none')}</p> : null}
      {delivery && delivery.organisations > 0 ? (
        <p className="flex items-center gap-2 font-medium">
          <CheckCheck className="size-4 shrink-0 text-ok" aria-hidden />
          {deliveredText(delivery)}
        </p>
      ) : null}
      {delivery && delivery.waiting.length > 0 ? (
        <ul className="flex flex-col gap-3">
          {delivery.waiting.map((one) => (
            <li key={one.serverName} className="flex gap-2">
              <Hourglass className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
              <div className="min-w-0 [overflow-wrap:anywhere]">
                <p className="font-medium">{one.serverName}</p>
                <p className="text-sm text-ink-soft">
                  {t('delivery.since', { time: formatFull(one.sinceTs) })}
                </p>
                <p className="text-sm text-ink-soft">{one.reason}</p>
              </div>
            </li>
          ))}
        </ul>
      ) : null}
    </Dialog>
  );
}
