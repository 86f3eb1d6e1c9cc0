import type { MatrixClient } from 'matrix-js-sdk';
import { parseRoute } from '../frame/route.ts';
import { text } from '../session/matrix-request.ts';

export type Picture = { readonly mxc: string; readonly name: string };

/** The pictures of the open room that are loaded, the oldest first. */
export function picturesOf(client: MatrixClient): readonly Picture[] {
  const route = parseRoute(location.hash);
  const room = route.screen === 'room' ? client.getRoom(route.roomId) : null;
  const events = room?.getLiveTimeline().getEvents() ?? [];
  return events.flatMap((event) => {
    const content = event.getContent();
    const mxc = text(content.url);
    if (content.msgtype !== 'm.image' || !mxc || event.isRedacted()) return [];
    return [{ mxc, name: text(content.filename) ?? text(content.body) ?? '' }];
  });
}
