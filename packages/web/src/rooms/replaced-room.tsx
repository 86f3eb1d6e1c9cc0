import type { Room } from 'matrix-js-sdk';
import { EventType } from 'matrix-js-sdk';
import { Button } from '../controls/button.tsx';
import { goTo } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { serverNameOf } from '../people/organisation.ts';

/** Stands where the composer was in a room that was made anew: the way to the new one. */
export function ReplacedRoom({ room, replacement }: { room: Room; replacement: string }) {
  const sender = room.currentState.getStateEvents(EventType.RoomTombstone, '')?.getSender();
  const via = sender ? [serverNameOf(sender)] : [];
  return (
    <div className="mx-5 mt-2 mb-6 flex flex-wrap items-center justify-center gap-3 rounded-xl bg-sunken px-4 py-3 text-ink-soft">
      <span>{t('room.replaced')}</span>
      <Button small onClick={() => goTo({ screen: 'join', address: replacement, via, ask: false })}>
        {t('room.toNew')}
      </Button>
    </div>
  );
}
