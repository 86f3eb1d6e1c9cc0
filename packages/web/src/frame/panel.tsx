import { X } from 'lucide-react';
import { createContext, type ReactNode, useContext, useLayoutEffect, useRef, useState } from 'react';
import { IconButton } from '../controls/icon-button.tsx';
import { focusAgain } from '../controls/return-focus.ts';
import { t } from '../i18n/translate.ts';

const PanelScroller = createContext<HTMLElement | null>(null);

/** What scrolls in the panel around, for lists that make only what is in view; null before it is there. */
export const usePanelScroller = (): HTMLElement | null => useContext(PanelScroller);

/** Beside the room on a wide window; over it on a narrow one. */
export function Panel(props: {
  title: string;
  onClose: () => void;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const panel = useRef<HTMLElement>(null);
  const [cameFrom] = useState(() => document.activeElement);
  useLayoutEffect(() => {
    const element = panel.current;
    return () => {
      // It is still there; a moment later the focus would be nowhere.
      if (element?.contains(document.activeElement)) setTimeout(() => focusAgain(cameFrom));
    };
  }, [cameFrom]);
  return (
    <aside
      ref={panel}
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
      <div ref={setScroller} className="min-h-0 flex-1 overflow-y-auto">
        <PanelScroller value={scroller}>{props.children}</PanelScroller>
      </div>
    </aside>
  );
}
