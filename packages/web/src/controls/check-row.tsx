import { useId } from 'react';

type CheckRowProps = {
  label: string;
  text?: string | undefined;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
};

/** Something that is on or off, with a sentence about it. */
export function CheckRow({ label, text, checked, disabled, onChange }: CheckRowProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-3 py-1.5">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        aria-describedby={text ? `${id}-text` : undefined}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <div className="min-w-0 flex-1">
        <label htmlFor={id} className={`block ${disabled ? 'text-ink-quiet' : 'cursor-pointer'}`}>
          {label}
        </label>
        {text ? (
          <p id={`${id}-text`} className="text-sm text-ink-quiet">
            {text}
          </p>
        ) : null}
      </div>
    </div>
  );
}
