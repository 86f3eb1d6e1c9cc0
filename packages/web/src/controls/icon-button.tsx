import { Tooltip } from 'radix-ui';
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';

type IconButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  label: string;
  /** Shown after the label in the tooltip. */
  shortcut?: string;
  side?: 'top' | 'right' | 'bottom' | 'left';
  pressed?: boolean;
  children: ReactNode;
  ref?: Ref<HTMLButtonElement>;
};

/** A button that is only an icon: it has a name for screen readers and a tooltip for everybody else. */
export function IconButton({
  label,
  shortcut,
  side = 'top',
  pressed,
  className = '',
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button
          type="button"
          aria-label={label}
          aria-pressed={pressed}
          {...rest}
          className={`inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-ink-soft hover:bg-hover hover:text-ink disabled:opacity-50 disabled:hover:bg-transparent aria-pressed:bg-selected aria-pressed:text-ink ${className}`}
        />
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          className="z-50 flex max-w-[280px] items-center gap-2 rounded-md bg-ink px-2 py-1 text-xs font-medium text-surface"
        >
          {label}
          {shortcut ? <kbd className="font-sans opacity-75">{shortcut}</kbd> : null}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
