import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

const KINDS = {
  error: { icon: CircleAlert, style: 'bg-danger-wash', iconStyle: 'text-danger' },
  warning: { icon: TriangleAlert, style: 'bg-warn-wash', iconStyle: 'text-warn' },
  info: { icon: Info, style: 'bg-accent-wash', iconStyle: 'text-accent' },
} as const;

/** Words that stand where the action was: what happened, to whom, what to do. */
export function Notice(props: { kind: keyof typeof KINDS; children: ReactNode; action?: ReactNode }) {
  const { icon: Icon, style, iconStyle } = KINDS[props.kind];
  return (
    <div
      role={props.kind === 'error' ? 'alert' : undefined}
      className={`flex items-start gap-2.5 rounded-lg px-3 py-2.5 ${style}`}
    >
      <Icon className={`mt-0.5 size-4 shrink-0 ${iconStyle}`} aria-hidden />
      {/* In a narrow place the button stands below the words, which would else be a column of single ones. */}
      <div className="flex min-w-0 flex-1 flex-wrap items-start gap-x-3 gap-y-2">
        <div className="min-w-[min(240px,100%)] flex-1 text-ink [overflow-wrap:anywhere]">
          {props.children}
        </div>
        {props.action}
      </div>
    </div>
  );
}
