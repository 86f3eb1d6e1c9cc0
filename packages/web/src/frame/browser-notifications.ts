import { type MatrixClient, type MatrixEvent, type Room, RoomEvent } from 'matrix-js-sdk';
import { t } from '../i18n/translate.ts';
import { personIn } from '../people/person.ts';
import { previewOf } from '../timeline/quoted-message.tsx';
import { Observable } from './observable.ts';
import { goTo, parseRoute } from './route.ts';

const STORAGE_KEY = 'causeway.notifications';

const allowed = () => 'Notification' in window && Notification.permission === 'granted';

/** Whether this browser shows notifications; a choice of this browser only. */
export const browserNotifications = new Observable(localStorage.getItem(STORAGE_KEY) === 'on' && allowed());

export async function switchBrowserNotifications(on: boolean): Promise<void> {
  if (on && (await Notification.requestPermission()) !== 'granted')
    throw new Error(t('notifications.denied'));
  localStorage.setItem(STORAGE_KEY, on ? 'on' : 'off');
  browserNotifications.set(on);
}

const isLookedAt = (roomId: string) => {
  const route = parseRoute(location.hash);
  return document.hasFocus() && route.screen === 'room' && route.roomId === roomId;
};

/** Shows a notification for what the push rules notify of, unless the person is looking at it. */
export function followNotifications(client: MatrixClient): () => void {
  const onTimeline = (
    event: MatrixEvent,
    room: Room | undefined,
    toStart: boolean | undefined,
    removed: boolean,
    data: { liveEvent?: boolean },
  ) => {
    if (!room || toStart || removed || !data.liveEvent || !browserNotifications.get()) return;
    const sender = event.getSender();
    if (!sender || sender === client.getUserId() || isLookedAt(room.roomId)) return;
    if (!client.getPushActionsForEvent(event)?.notify) return;
    show(room, sender, event);
  };
  client.on(RoomEvent.Timeline, onTimeline);
  return () => void client.off(RoomEvent.Timeline, onTimeline);
}

function show(room: Room, sender: string, event: MatrixEvent): void {
  const notification = new Notification(`${personIn(room, sender).name} · ${room.name}`, {
    body: previewOf(event.getContent()),
    tag: room.roomId,
    icon: '/icon.svg',
  });
  notification.onclick = () => {
    window.focus();
    goTo({ screen: 'room', roomId: room.roomId });
    notification.close();
  };
}
