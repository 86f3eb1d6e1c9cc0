import { CircleAlert } from 'lucide-react';
import { type InputHTMLAttributes, type ReactNode, type Ref, useId } from 'react';

type FieldProps = InputHTMLAttributes<HTMLInputElement> & {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  prefix?: string;
  ref?: Ref<HTMLInputElement>;
};

export const INPUT_STYLE =
  'w-full rounded-lg border border-edge bg-surface px-3 text-ink focus-visible:border-accent focus-visible:-outline-offset-1 aria-invalid:border-danger disabled:bg-sunken disabled:text-ink-quiet';

/** A labelled line of input; the fault stands below it, where it was typed. */
export function Field({ label, hint, error, prefix, className = '', ...rest }: FieldProps) {
  const id = useId();
  const describedBy = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div className="relative">
        {prefix ? (
          <span className="pointer-events-none absolute inset-y-0 start-3 flex items-center text-ink-quiet">
            {prefix}
          </span>
        ) : null}
        <input
          {...rest}
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy || undefined}
          className={`h-10 ${INPUT_STYLE} ${prefix ? 'ps-7' : ''} ${className}`}
        />
      </div>
      {hint ? (
        <p id={`${id}-hint`} className="text-sm text-ink-quiet">
          {hint}
        </p>
      ) : null}
      {error ? (
        <p id={`${id}-error`} className="flex items-start gap-1.5 text-sm text-danger">
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          {error}
        </p>
      ) : null}
    </div>
  );
}
