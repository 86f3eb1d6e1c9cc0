import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../controls/icon-button.tsx';
import { t } from '../i18n/translate.ts';

/** Beside the room on a wide window; over it on a narrow one. */
export function Panel(props: {
  title: string;
  onClose: () => void;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <aside
      aria-label={props.title}
      className="flex w-[340px] shrink-0 flex-col border-s border-line bg-surface max-panel:absolute max-panel:inset-0 max-panel:z-20 max-panel:w-auto max-panel:border-0"
    >
      <header className="flex h-14 shrink-0 items-center gap-2 border-b border-line ps-5 pe-3">
        <h2 className="min-w-0 flex-1 truncate text-[15px] font-semibold">{props.title}</h2>
        {props.actions}
        <IconButton label={t('action.close')} side="bottom" onClick={props.onClose}>
          <X className="size-4.5" />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">{props.children}</div>
    </aside>
  );
}
