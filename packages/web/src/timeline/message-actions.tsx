import {
  EllipsisVertical,
  Flag,
  History,
  Link,
  MessageSquareReply,
  MessagesSquare,
  Pencil,
  Pin,
  PinOff,
  Reply,
  SmilePlus,
  TextQuote,
  Trash2,
  Truck,
  Users,
} from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { quote } from '../composer/quoting.ts';
import { IconButton } from '../controls/icon-button.tsx';
import { Menu, MenuItem } from '../controls/menu.tsx';
import { EmojiPopover } from '../emoji/emoji-popover.tsx';
import { openDialog } from '../frame/dialogs.ts';
import { say } from '../frame/say.ts';
import { t } from '../i18n/translate.ts';
import { matrixToLink } from '../markdown/matrix-to.ts';
import { organisationsOf, serverNameOf } from '../people/organisation.ts';
import { useFeature } from '../session/features.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { mayPin, pinsOf, setPinned } from '../threads/pins.ts';
import { openThread } from '../threads/side-panel.ts';
import type { MessageItem } from './build-timeline.ts';
import { openMessageDialog } from './message-dialogs.ts';
import type { TimelineEvent } from './timeline-event.ts';
import { toggleReaction } from './toggle-reaction.ts';

type MessageActionsProps = {
  item: MessageItem;
  room: Room;
  onReply: (event: TimelineEvent) => void;
  onEdit: (event: TimelineEvent) => void;
  inThread: boolean;
};

/** What can be done with a message; appears while it is pointed at or has the focus. */
export function MessageActions({ item, room, onReply, onEdit, inThread }: MessageActionsProps) {
  const { client } = useWorkspace();
  const myself = client.getSafeUserId();
  const mine = item.event.sender === myself;
  const shown: TimelineEvent = { ...item.event, content: item.content };
  const myLevel = room.getMember(myself)?.powerLevel ?? 0;
  const mayDelete = mine || room.currentState.hasSufficientPowerLevelFor('redact', myLevel);

  return (
    <div className="invisible absolute end-3 -top-3.5 z-10 flex rounded-lg border border-line bg-raised p-0.5 shadow-[0_1px_4px_rgb(14_24_27/0.10)] group-focus-within:visible group-hover:visible has-[[data-state=open]]:visible pane:end-5">
      <EmojiPopover
        label={t('reaction.add')}
        onPick={(emoji) => toggleReaction(client, room.roomId, item, emoji)}
      >
        <button
          type="button"
          aria-label={t('reaction.add')}
          title={t('reaction.add')}
          className="inline-flex size-8 items-center justify-center rounded-md text-ink-soft hover:bg-hover hover:text-ink"
        >
          <SmilePlus className="size-4" />
        </button>
      </EmojiPopover>
      <IconButton label={t('message.reply')} onClick={() => onReply(shown)}>
        <Reply className="size-4" />
      </IconButton>
      <IconButton label={t('message.quote')} onClick={() => quote(room, shown, inThread)}>
        <TextQuote className="size-4" />
      </IconButton>
      {inThread ? null : (
        <IconButton label={t('message.thread')} onClick={() => openThread(item.event.id)}>
          <MessageSquareReply className="size-4" />
        </IconButton>
      )}
      {mine && item.content.msgtype === 'm.text' ? (
        <IconButton label={t('message.edit')} onClick={() => onEdit(shown)}>
          <Pencil className="size-4" />
        </IconButton>
      ) : null}
      {mayDelete ? (
        <IconButton
          label={t('message.delete')}
          onClick={() => openDialog({ kind: 'delete-message', roomId: room.roomId, eventId: item.event.id })}
        >
          <Trash2 className="size-4" />
        </IconButton>
      ) : null}
      <MoreActions item={item} room={room} />
    </div>
  );
}

function MoreActions({ item, room }: { item: MessageItem; room: Room }) {
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={t('message.more')}
          title={t('message.more')}
          className="inline-flex size-8 items-center justify-center rounded-md text-ink-soft hover:bg-hover hover:text-ink data-[state=open]:bg-hover"
        >
          <EllipsisVertical className="size-4" />
        </button>
      }
    >
      <MoreItems item={item} room={room} />
    </Menu>
  );
}

/** Made when the menu opens, so that it knows what holds then. */
function MoreItems({ item, room }: { item: MessageItem; room: Room }) {
  const { client } = useWorkspace();
  const about = { roomId: room.roomId, eventId: item.event.id };
  const reportable = useFeature('reportMessage');
  const pinned = pinsOf(room).includes(item.event.id);
  return (
    <>
      <MenuItem icon={<Link className="size-4" />} onSelect={() => copyLink(room, item.event.id)}>
        {t('message.copyLink')}
      </MenuItem>
      <MenuItem
        icon={pinned ? <PinOff className="size-4" /> : <Pin className="size-4" />}
        refusal={mayPin(client, room) ? undefined : t('room.mayNotEdit')}
        onSelect={() => void setPinned(client, room, item.event.id, !pinned)}
      >
        {t(pinned ? 'message.unpin' : 'message.pin')}
      </MenuItem>
      <MenuItem
        icon={<MessagesSquare className="size-4" />}
        onSelect={() => openDialog({ kind: 'start-discussion', ...about })}
      >
        {t('discussion.menu')}
      </MenuItem>
      {item.edited ? (
        <MenuItem
          icon={<History className="size-4" />}
          onSelect={() => openMessageDialog({ kind: 'history', ...about })}
        >
          {t('message.history')}
        </MenuItem>
      ) : null}
      {item.reactions.length > 0 ? (
        <MenuItem
          icon={<Users className="size-4" />}
          onSelect={() => openMessageDialog({ kind: 'reactions', ...about })}
        >
          {t('message.reactions')}
        </MenuItem>
      ) : null}
      {item.event.sender === client.getUserId() ? (
        <MenuItem
          icon={<Truck className="size-4" />}
          onSelect={() => openMessageDialog({ kind: 'delivery', ...about })}
        >
          {t('delivery.details')}
        </MenuItem>
      ) : null}
      {reportable && item.event.sender !== client.getUserId() ? (
        <MenuItem
          danger
          icon={<Flag className="size-4" />}
          onSelect={() => openDialog({ kind: 'report', about: { kind: 'message', ...about } })}
        >
          {t('report.message')}
        </MenuItem>
      ) : null}
    </>
  );
}

/** How many servers a link names to find the room by. */
const MAX_VIA = 3;

function copyLink(room: Room, eventId: string): void {
  const via = organisationsOf(
    room.getJoinedMembers().map((member) => member.userId),
    serverNameOf(room.myUserId),
  ).slice(0, MAX_VIA);
  navigator.clipboard.writeText(matrixToLink(room.roomId, eventId, via)).then(
    () => say(t('link.copied')),
    () => undefined,
  );
}
