import { Dialog } from '../controls/dialog.tsx';
import { t } from '../i18n/translate.ts';
import { ALT, COMMAND } from './keyboard.ts';

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const shortcuts: readonly { keys: readonly string[]; words: string }[] = [
    { keys: [COMMAND, 'K'], words: t('shortcuts.switcher') },
    { keys: [ALT, '↑'], words: t('shortcuts.previousRoom') },
    { keys: [ALT, '↓'], words: t('shortcuts.nextRoom') },
    { keys: ['↑', '↓', 'Home', 'End'], words: t('shortcuts.inList') },
    { keys: ['↵'], words: t('shortcuts.send') },
    { keys: ['⇧', '↵'], words: t('shortcuts.newline') },
    { keys: ['↑'], words: t('shortcuts.editLast') },
    { keys: ['Esc'], words: t('shortcuts.close') },
    { keys: ['?'], words: t('shortcuts.list') },
  ];
  return (
    <Dialog title={t('shortcuts.title')} onClose={onClose}>
      <dl className="flex flex-col">
        {shortcuts.map(({ keys, words }) => (
          <div key={words} className="flex items-center gap-4 border-b border-line py-2 last:border-0">
            <dt className="min-w-0 flex-1">{words}</dt>
            <dd className="flex gap-1">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="inline-flex h-6 min-w-6 items-center justify-center rounded-md border border-line bg-sunken px-1.5 font-sans text-xs font-medium text-ink-soft"
                >
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
