import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../controls/icon-button.tsx';
import { t } from '../i18n/translate.ts';
import { goTo } from './route.ts';

/** A place beside the list that is not a room: a title, and what follows it. */
export function Screen({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex min-w-0 flex-1 flex-col" aria-label={title}>
      <header className="flex h-14 shrink-0 items-center gap-2 border-b border-line ps-2 pe-3 pane:ps-5">
        <IconButton
          label={t('room.back')}
          side="right"
          className="pane:hidden"
          onClick={() => goTo({ screen: 'home' })}
        >
          <ArrowLeft className="size-5" />
        </IconButton>
        <h1 className="text-[15px] font-semibold">{title}</h1>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-4 pane:p-6">{children}</div>
    </section>
  );
}
