import { SmilePlus } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { Tooltip } from 'radix-ui';
import { EmojiPopover } from '../emoji/emoji-popover.tsx';
import { formatNames } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { personIn } from '../people/person.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import type { MessageItem, ReactionGroup } from './build-timeline.ts';
import { toggleReaction } from './toggle-reaction.ts';

export function Reactions({ item, room }: { item: MessageItem; room: Room }) {
  const { client } = useWorkspace();
  return (
    <div className="flex flex-wrap gap-1 pt-1 pb-0.5">
      {item.reactions.map((group) => (
        <ReactionPill
          key={group.key}
          group={group}
          room={room}
          onToggle={() => toggleReaction(client, room.roomId, item, group.key)}
        />
      ))}
      <EmojiPopover
        label={t('reaction.add')}
        onPick={(emoji) => toggleReaction(client, room.roomId, item, emoji)}
      >
        <button
          type="button"
          aria-label={t('reaction.add')}
          className="inline-flex h-[26px] items-center rounded-full border border-line px-2 text-ink-quiet hover:border-edge hover:text-ink"
        >
          <SmilePlus className="size-4" />
        </button>
      </EmojiPopover>
    </div>
  );
}

function ReactionPill({ group, room, onToggle }: { group: ReactionGroup; room: Room; onToggle: () => void }) {
  const { client } = useWorkspace();
  const names = formatNames(
    group.senders.map((userId) =>
      userId === client.getUserId() ? t('people.you') : personIn(room, userId).name,
    ),
  );
  const who = t('reaction.who', { names, emoji: group.key });
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button
          type="button"
          aria-pressed={group.mine !== undefined}
          onClick={onToggle}
          className="inline-flex h-[26px] max-w-[200px] items-center gap-1.5 rounded-full border border-line bg-surface px-2 hover:border-edge aria-pressed:border-accent aria-pressed:bg-accent-wash"
        >
          <span aria-hidden className="truncate font-emoji">
            {group.key}
          </span>
          <span aria-hidden className="text-xs font-medium text-ink-soft tabular-nums">
            {group.senders.length}
          </span>
          <span className="sr-only">{who}</span>
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side="top"
          sideOffset={6}
          className="z-50 max-w-[280px] rounded-md bg-ink px-2 py-1 text-xs font-medium text-surface"
        >
          {who}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
