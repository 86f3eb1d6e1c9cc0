import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

/**
 * A menu under a button. Not modal: Radix would lock scrolling by injecting a style element. Not moved to the
 * end of the document either, so that it stays in its landmark.
 */
export function Menu(props: {
  trigger: ReactNode;
  children: ReactNode;
  align?: 'start' | 'end';
  side?: 'top' | 'right' | 'bottom';
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{props.trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Content
        align={props.align ?? 'end'}
        side={props.side ?? 'bottom'}
        sideOffset={4}
        collisionPadding={8}
        className="z-50 max-w-[320px] min-w-[200px] rounded-xl border border-line bg-raised p-1.5 text-ink shadow-float"
      >
        {props.children}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

const ITEM =
  'flex min-h-8 cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5 outline-none data-highlighted:bg-hover data-disabled:cursor-default data-disabled:text-ink-quiet';

type MenuItemProps = {
  icon?: ReactNode;
  onSelect: () => void;
  danger?: boolean;
  /** Why it cannot be done; disables the item. */
  refusal?: string | undefined;
  shortcut?: string;
  children: ReactNode;
};

export function MenuItem({ icon, onSelect, danger, refusal, shortcut, children }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      disabled={refusal !== undefined}
      onSelect={onSelect}
      className={`${ITEM} ${danger && !refusal ? 'text-danger' : ''}`}
    >
      <span className="flex size-4 shrink-0 items-center justify-center">{icon}</span>
      <span className="min-w-0 flex-1">
        {children}
        {refusal ? <span className="block text-xs">{refusal}</span> : null}
      </span>
      {shortcut ? <kbd className="font-sans text-xs text-ink-quiet">{shortcut}</kbd> : null}
    </DropdownMenu.Item>
  );
}

export function MenuChoice<T extends string>(props: {
  label: string;
  value: T;
  options: readonly { readonly value: T; readonly label: string }[];
  onChoose: (value: T) => void;
}) {
  return (
    <DropdownMenu.RadioGroup
      aria-label={props.label}
      value={props.value}
      onValueChange={(value) => {
        const option = props.options.find((candidate) => candidate.value === value);
        if (option) props.onChoose(option.value);
      }}
    >
      <DropdownMenu.Label className="px-2.5 pt-1.5 pb-1 text-xs font-medium text-ink-quiet">
        {props.label}
      </DropdownMenu.Label>
      {props.options.map((option) => (
        <DropdownMenu.RadioItem key={option.value} value={option.value} className={ITEM}>
          <span className="flex size-4 shrink-0 items-center justify-center">
            <DropdownMenu.ItemIndicator>
              <Check className="size-4 text-accent" />
            </DropdownMenu.ItemIndicator>
          </span>
          {option.label}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export const MenuSeparator = () => <DropdownMenu.Separator className="mx-2.5 my-1.5 h-px bg-line" />;

export const MenuHeading = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Label className="px-2.5 py-1.5">{children}</DropdownMenu.Label>
);
