import { EventType, type MatrixClient, MsgType, Preset, type Room, Visibility } from 'matrix-js-sdk';
import { formatRoomLink } from '../discovery/room-address.ts';
import { t } from '../i18n/translate.ts';
import { serverNameOf } from '../people/organisation.ts';

export type NewDiscussion = { readonly parent: Room; readonly eventId: string; readonly name: string };

/**
 * A room of its own about one message: its parent is named in it, the parent's members may join, and a reply to
 * the message links to it. https://spec.matrix.org/latest/client-server-api/#mspaceparent-relationships
 */
export async function startDiscussion(client: MatrixClient, discussion: NewDiscussion): Promise<string> {
  const { parent, eventId, name } = discussion;
  const here = serverNameOf(client.getSafeUserId());
  const federate = parent.currentState.getStateEvents(EventType.RoomCreate, '')?.getContent()['m.federate'];
  const { room_id: roomId } = await client.createRoom({
    name,
    preset: Preset.PrivateChat,
    visibility: Visibility.Private,
    ...(federate === false ? { creation_content: { 'm.federate': false } } : {}),
    initial_state: [
      { type: EventType.SpaceParent, state_key: parent.roomId, content: { via: [here], canonical: true } },
      {
        type: EventType.RoomJoinRules,
        state_key: '',
        content: {
          join_rule: 'restricted',
          allow: [{ type: 'm.room_membership', room_id: parent.roomId }],
        },
      },
    ],
  });
  const link = formatRoomLink({ address: roomId, via: [here] });
  await client.sendEvent(parent.roomId, EventType.RoomMessage, {
    msgtype: MsgType.Notice,
    body: `${t('discussion.started', { name })} ${link}`,
    format: 'org.matrix.custom.html',
    formatted_body: `${escapeHtml(t('discussion.startedBefore'))} <a href="${escapeHtml(link)}">${escapeHtml(name)}</a>`,
    'm.relates_to': { 'm.in_reply_to': { event_id: eventId } },
  });
  return roomId;
}

const escapeHtml = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

/** The room that this one is a discussion of. */
export function parentOf(room: Room): string | undefined {
  const parents = room.currentState.getStateEvents(EventType.SpaceParent);
  const named = parents.find((event) => Array.isArray(event.getContent().via));
  return named?.getStateKey();
}
