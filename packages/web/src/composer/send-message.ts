import { EventType, type MatrixClient, type Room } from 'matrix-js-sdk';
import type { RoomMessageEventContent } from 'matrix-js-sdk/lib/types';
import { EVERYBODY, type Mentionable } from '../markdown/split-mentions.ts';
import { localpartOf } from '../people/organisation.ts';
import { isObject, type JsonObject } from '../session/matrix-request.ts';

const NOTIFY_EVERYBODY_LEVEL = 50;

/**
 * Sends it; whether it came through is shown on the message itself. Into an encrypted room nothing goes, for it
 * would go in plain text.
 */
export function sendContent(client: MatrixClient, roomId: string, content: JsonObject): void {
  if (client.getRoom(roomId)?.hasEncryptionStateEvent()) return;
  // The SDK's type knows its own enums only; the content is built in message-content.ts.
  client.sendMessage(roomId, content as unknown as RoomMessageEventContent).catch((problem: unknown) => {
    // It says so itself in the timeline; here stands why, for whoever looks for a fault.
    console.warn('A message was not sent.', problem);
  });
}

export function retryMessage(client: MatrixClient, room: Room, eventId: string): void {
  const event = room.getPendingEvent(eventId);
  if (!event) return;
  client.resendEvent(event, room).catch((problem: unknown) => {
    // As above.
    console.warn('A message was not sent again.', problem);
  });
}

export function discardMessage(client: MatrixClient, room: Room, eventId: string): void {
  const event = room.getPendingEvent(eventId);
  if (event) client.cancelPendingEvent(event);
}

/** https://spec.matrix.org/latest/client-server-api/#mroompower_levels, notifications. */
export function mayCallEverybody(client: MatrixClient, room: Room): boolean {
  const levels = room.currentState.getStateEvents(EventType.RoomPowerLevels, '')?.getContent();
  const notifications = isObject(levels?.notifications) ? levels.notifications : {};
  const needed = typeof notifications.room === 'number' ? notifications.room : NOTIFY_EVERYBODY_LEVEL;
  return (room.getMember(client.getSafeUserId())?.powerLevel ?? 0) >= needed;
}

/** Who can be called in a room. A name that several people have means none of them. */
export function mentionable(client: MatrixClient, room: Room): Mentionable[] {
  const people = room
    .getJoinedMembers()
    .map((member) => ({ userId: member.userId, name: member.rawDisplayName || localpartOf(member.userId) }));
  return mayCallEverybody(client, room) ? [...people, EVERYBODY] : people;
}
