import { useObservable } from './observable.ts';
import { toasts } from './say.ts';

export function Toasts() {
  const shown = useObservable(toasts);
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-24 z-50 flex flex-col items-center gap-2 px-4"
    >
      {shown.map((toast) => (
        <div
          key={toast.id}
          className="max-w-[min(480px,100%)] rounded-lg [overflow-wrap:anywhere] bg-ink px-3.5 py-2 text-surface shadow-float"
        >
          {toast.text}
        </div>
      ))}
    </div>
  );
}
