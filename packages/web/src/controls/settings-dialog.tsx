import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { t } from '../i18n/translate.ts';
import { IconButton } from './icon-button.tsx';
import { returnFocus } from './return-focus.ts';

type SettingsDialogProps<T extends string> = {
  title: string;
  sections: readonly { readonly id: T; readonly label: string; readonly icon: ReactNode }[];
  current: T;
  onSection: (section: T) => void;
  onClose: () => void;
  children: ReactNode;
};

const showInRow = (button: HTMLElement | null) =>
  button?.scrollIntoView({ block: 'nearest', inline: 'nearest' });

/** Settings in sections: the list beside them, or above them where there is no room beside. */
export function SettingsDialog<T extends string>(props: SettingsDialogProps<T>) {
  const label = props.sections.find(({ id }) => id === props.current)?.label;
  return (
    <Radix.Root open onOpenChange={(open) => !open && props.onClose()}>
      <Radix.Portal>
        <div className="fixed inset-0 z-40 flex flex-col items-center justify-end overflow-hidden bg-overlay pane:justify-center pane:p-6">
          <Radix.Content
            aria-describedby={undefined}
            onOpenAutoFocus={(event) => {
              event.preventDefault();
              if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
            }}
            onCloseAutoFocus={returnFocus}
            className="flex h-[94dvh] w-full flex-col overflow-hidden rounded-t-2xl bg-raised text-ink relative shadow-float outline-none pane:h-[680px] pane:max-h-full pane:max-w-[860px] pane:flex-row pane:rounded-2xl"
          >
            <div className="flex shrink-0 flex-col gap-2 border-line bg-sunken p-3 max-pane:border-b pane:w-[216px] pane:border-e pane:p-4">
              <Radix.Title className="truncate px-2 text-[15px] font-semibold max-pane:pe-10" dir="auto">
                {props.title}
              </Radix.Title>
              <nav
                aria-label={t('settings.sections')}
                className="flex gap-0.5 max-pane:overflow-x-auto pane:flex-col"
              >
                {props.sections.map((section) => (
                  <button
                    key={section.id}
                    // On a phone the row scrolls sideways, and a dialog may open at its last section.
                    ref={section.id === props.current ? showInRow : undefined}
                    type="button"
                    aria-current={section.id === props.current ? 'page' : undefined}
                    onClick={() => props.onSection(section.id)}
                    className="flex h-9 shrink-0 items-center gap-2.5 rounded-lg px-2.5 text-start whitespace-nowrap text-ink-soft hover:bg-hover focus-visible:-outline-offset-2 aria-[current=page]:bg-selected aria-[current=page]:font-medium aria-[current=page]:text-ink"
                  >
                    <span className="flex size-4 shrink-0 items-center justify-center">{section.icon}</span>
                    {section.label}
                  </button>
                ))}
              </nav>
            </div>
            <div
              className="min-h-0 min-w-0 flex-1 overflow-y-auto p-5 pane:px-8 pane:py-6"
              tabIndex={0}
              role="region"
              aria-label={label}
            >
              <h2 className="pb-5 text-lg font-semibold tracking-[-0.01em]">{label}</h2>
              <div className="flex flex-col gap-6">{props.children}</div>
            </div>
            <Radix.Close asChild>
              <IconButton
                label={t('action.close')}
                className="absolute top-3 right-3 pane:static pane:m-3 pane:ms-0"
              >
                <X className="size-4.5" />
              </IconButton>
            </Radix.Close>
          </Radix.Content>
        </div>
      </Radix.Portal>
    </Radix.Root>
  );
}
