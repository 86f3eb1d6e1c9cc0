import { type KeyboardEvent, useState } from 'react';
import { INPUT_STYLE } from '../controls/field.tsx';
import { t } from '../i18n/translate.ts';
import { type Emoji, emojiOf, findEmoji, GROUPS } from './emoji-data.ts';
import { recentEmoji, rememberEmoji } from './recent-emoji.ts';

const COLUMNS = 8;

export default function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const [query, setQuery] = useState('');
  const [group, setGroup] = useState<number>(0);
  const [recent] = useState(recentEmoji);
  const found = query.trim() ? findEmoji(query) : undefined;

  function pick(emoji: string) {
    rememberEmoji(emoji);
    onPick(emoji);
  }

  return (
    <div className="flex h-full flex-col">
      <div className="p-2.5 pb-1.5">
        <input
          autoFocus
          type="search"
          aria-label={t('emoji.search')}
          placeholder={t('emoji.search')}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            const first = found?.[0];
            if (event.key === 'Enter' && first) pick(first.char);
          }}
          className={`h-9 ${INPUT_STYLE}`}
        />
      </div>
      <div
        className="min-h-0 flex-1 overflow-y-auto px-2 pb-2"
        onKeyDown={moveFocus}
        role="group"
        aria-label={t('emoji.all')}
      >
        {found ? (
          found.length > 0 ? (
            <Grid label={t('emoji.found')} emoji={found} onPick={pick} />
          ) : (
            <p className="p-6 text-center text-ink-quiet">{t('emoji.nothing')}</p>
          )
        ) : (
          <>
            <Grid
              label={t('emoji.recent')}
              emoji={recent.map((char) => ({ char, label: char, words: '' }))}
              onPick={pick}
            />
            {GROUPS.filter((one) => one.number === group).map((one) => (
              <Grid key={one.number} label={t(one.key)} emoji={emojiOf(one.number)} onPick={pick} />
            ))}
          </>
        )}
      </div>
      <div
        className="flex justify-between border-t border-line p-1.5"
        role="group"
        aria-label={t('emoji.groups')}
      >
        {GROUPS.map((one) => (
          <button
            key={one.number}
            type="button"
            aria-label={t(one.key)}
            title={t(one.key)}
            aria-pressed={!found && group === one.number}
            onClick={() => {
              setGroup(one.number);
              setQuery('');
            }}
            className="inline-flex size-8 items-center justify-center rounded-md font-emoji text-base hover:bg-hover aria-pressed:bg-selected"
          >
            {one.icon}
          </button>
        ))}
      </div>
    </div>
  );
}

function Grid({
  label,
  emoji,
  onPick,
}: {
  label: string;
  emoji: readonly Emoji[];
  onPick: (emoji: string) => void;
}) {
  return (
    <section aria-label={label}>
      <p aria-hidden className="px-1 pt-2 pb-1 text-xs font-medium text-ink-quiet">
        {label}
      </p>
      <div className="grid grid-cols-8">
        {emoji.map((one) => (
          <button
            key={one.char}
            type="button"
            data-emoji
            title={one.label}
            aria-label={one.label}
            onClick={() => onPick(one.char)}
            className="flex h-9 items-center justify-center rounded-md font-emoji text-[20px] leading-none hover:bg-hover focus-visible:-outline-offset-2"
          >
            {one.char}
          </button>
        ))}
      </div>
    </section>
  );
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -COLUMNS,
  ArrowDown: COLUMNS,
};

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = STEPS[event.key];
  if (step === undefined) return;
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-emoji]')];
  const focused = document.activeElement;
  const index = focused instanceof HTMLElement ? buttons.indexOf(focused) : -1;
  const next = buttons[index + step];
  if (index < 0 || !next) return;
  event.preventDefault();
  next.focus();
}
