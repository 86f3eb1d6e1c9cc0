import type { MatrixClient, Room } from 'matrix-js-sdk';
import type { RoomMessageEventContent } from 'matrix-js-sdk/lib/types';
import { localpartOf } from '../people/organisation.ts';
import type { JsonObject } from '../session/matrix-request.ts';
import type { Mentionable } from './message-content.ts';

/** Sends it; whether it came through is shown on the message itself. */
export function sendContent(client: MatrixClient, roomId: string, content: JsonObject): void {
  // The SDK's type knows its own enums only; the content is built in message-content.ts.
  client.sendMessage(roomId, content as unknown as RoomMessageEventContent).catch((problem: unknown) => {
    console.warn('A message was not sent; it says so in the timeline.', problem);
  });
}

export function retryMessage(client: MatrixClient, room: Room, eventId: string): void {
  const event = room.findEventById(eventId);
  if (!event) return;
  client.resendEvent(event, room).catch((problem: unknown) => {
    console.warn('A message was not sent again; it says so in the timeline.', problem);
  });
}

export function discardMessage(client: MatrixClient, room: Room, eventId: string): void {
  const event = room.findEventById(eventId);
  if (event) client.cancelPendingEvent(event);
}

export function mentionable(room: Room): Mentionable[] {
  return room
    .getJoinedMembers()
    .map((member) => ({ userId: member.userId, name: member.rawDisplayName || localpartOf(member.userId) }));
}
