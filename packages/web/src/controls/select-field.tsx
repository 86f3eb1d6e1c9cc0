import { type ReactNode, useId } from 'react';
import { INPUT_STYLE } from './field.tsx';

type SelectFieldProps<T extends string> = {
  label: string;
  value: T;
  options: readonly { readonly value: T; readonly label: string }[];
  onChoose: (value: T) => void;
  hint?: ReactNode;
  disabled?: boolean;
  /** The label stands before the choice, on one line. */
  inline?: boolean;
};

/** A labelled choice among a few values. */
export function SelectField<T extends string>(props: SelectFieldProps<T>) {
  const id = useId();
  return (
    <div className={props.inline ? 'flex items-center gap-3 py-1.5' : 'flex flex-col gap-1.5'}>
      <label htmlFor={id} className={props.inline ? 'min-w-0 flex-1' : 'font-medium'}>
        {props.label}
      </label>
      <select
        id={id}
        value={props.value}
        disabled={props.disabled}
        aria-describedby={props.hint ? `${id}-hint` : undefined}
        onChange={(event) => {
          const option = props.options.find((candidate) => candidate.value === event.target.value);
          if (option) props.onChoose(option.value);
        }}
        className={`${INPUT_STYLE} ${props.inline ? 'h-9 max-w-[190px]' : 'h-10'}`}
      >
        {props.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      {props.hint ? (
        <p id={`${id}-hint`} className="text-sm text-ink-quiet">
          {props.hint}
        </p>
      ) : null}
    </div>
  );
}
