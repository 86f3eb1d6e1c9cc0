import { Pencil, Reply, SmilePlus, Trash2 } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { IconButton } from '../controls/icon-button.tsx';
import { EmojiPopover } from '../emoji/emoji-popover.tsx';
import { openDialog } from '../frame/dialogs.ts';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import type { MessageItem } from './build-timeline.ts';
import type { TimelineEvent } from './timeline-event.ts';
import { toggleReaction } from './toggle-reaction.ts';

type MessageActionsProps = {
  item: MessageItem;
  room: Room;
  onReply: (event: TimelineEvent) => void;
  onEdit: (event: TimelineEvent) => void;
};

/** What can be done with a message; appears while it is pointed at or has the focus. */
export function MessageActions({ item, room, onReply, onEdit }: MessageActionsProps) {
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
    </div>
  );
}
