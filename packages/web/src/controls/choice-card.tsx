import { type ReactNode, useId } from 'react';

type ChoiceCardProps = {
  name: string;
  checked: boolean;
  disabled?: boolean;
  onChoose: () => void;
  title: string;
  text: string;
  /** Why it cannot be chosen. */
  reason?: string | undefined;
  icon?: ReactNode;
  /** Shown while it is chosen. */
  children?: ReactNode;
};

/** One of a few choices that deserve a sentence each. */
export function ChoiceCard(props: ChoiceCardProps) {
  const id = useId();
  return (
    <div
      className={`rounded-xl border p-3.5 ${props.checked ? 'border-accent bg-accent-wash' : 'border-line'} ${props.disabled ? 'bg-sunken' : ''}`}
    >
      <label htmlFor={id} className={`flex items-start gap-3 ${props.disabled ? '' : 'cursor-pointer'}`}>
        <input
          id={id}
          type="radio"
          name={props.name}
          checked={props.checked}
          disabled={props.disabled}
          onChange={props.onChoose}
          aria-describedby={`${id}-text`}
          className="mt-1 size-4 shrink-0 accent-accent"
        />
        <span className="flex min-w-0 flex-1 flex-col gap-0.5">
          <span className={`flex items-center gap-1.5 font-medium ${props.disabled ? 'text-ink-quiet' : ''}`}>
            {props.icon}
            {props.title}
          </span>
          <span id={`${id}-text`} className="text-sm text-ink-soft">
            {props.text}
            {props.reason ? (
              <span className="mt-1 block font-medium text-ink-soft">{props.reason}</span>
            ) : null}
          </span>
        </span>
      </label>
      {props.checked && props.children ? <div className="mt-3 ps-7">{props.children}</div> : null}
    </div>
  );
}
