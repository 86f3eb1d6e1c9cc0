import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { t } from '../i18n/translate.ts';
import { focusFirstField } from './focus-first-field.ts';
import { IconButton } from './icon-button.tsx';
import { returnFocus } from './return-focus.ts';

type DialogProps = {
  title: string;
  description?: ReactNode;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
};

/**
 * A modal dialog. The overlay is our own element: Radix's injects a style element to lock scrolling,
 * which the content security policy refuses.
 */
export function Dialog({ title, description, onClose, children, footer, wide }: DialogProps) {
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <div className="fixed inset-0 z-40 flex flex-col items-center justify-end overflow-hidden bg-overlay pane:justify-center pane:p-6">
          <Radix.Content
            {...(description ? {} : { 'aria-describedby': undefined })}
            onOpenAutoFocus={focusFirstField}
            onCloseAutoFocus={returnFocus}
            className={`flex max-h-[92dvh] w-full flex-col rounded-t-2xl bg-raised text-ink shadow-float outline-none pane:max-h-full pane:rounded-2xl ${wide ? 'pane:max-w-[560px]' : 'pane:max-w-[460px]'}`}
          >
            <header className="flex items-start gap-3 px-6 pt-5 pb-3">
              <div className="flex min-w-0 flex-1 flex-col gap-1">
                <Radix.Title className="text-lg font-semibold tracking-[-0.01em] [overflow-wrap:anywhere]">
                  {title}
                </Radix.Title>
                {description ? (
                  <Radix.Description asChild>
                    <div className="text-ink-soft [overflow-wrap:anywhere]">{description}</div>
                  </Radix.Description>
                ) : null}
              </div>
              <Radix.Close asChild>
                <IconButton label={t('action.close')} className="-me-2 -mt-1">
                  <X className="size-4.5" />
                </IconButton>
              </Radix.Close>
            </header>
            <div className="flex min-h-0 flex-col gap-4 overflow-y-auto px-6 pt-1 pb-5 empty:pt-0 empty:pb-2">
              {children}
            </div>
            {footer ? (
              <footer className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-6 py-4">
                {footer}
              </footer>
            ) : null}
          </Radix.Content>
        </div>
      </Radix.Portal>
    </Radix.Root>
  );
}
