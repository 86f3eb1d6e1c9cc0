import { Popover } from 'radix-ui';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { returnFocus } from '../controls/return-focus.ts';

const EmojiPicker = lazy(() => import('./emoji-picker.tsx'));

/** The emoji picker under a button; its data is loaded when it is first opened. */
export function EmojiPopover(props: { label: string; onPick: (emoji: string) => void; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>{props.children}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label={props.label}
          onCloseAutoFocus={returnFocus}
          className="z-50 h-[360px] w-[336px] max-w-[calc(100vw-16px)] rounded-xl border border-line bg-raised text-ink shadow-float outline-none"
        >
          <Suspense
            fallback={
              <div className="p-3">
                <div className="skeleton h-9" />
              </div>
            }
          >
            <EmojiPicker
              onPick={(emoji) => {
                setOpen(false);
                props.onPick(emoji);
              }}
            />
          </Suspense>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
