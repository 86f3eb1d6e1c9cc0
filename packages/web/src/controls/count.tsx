const MOST_COUNTED = 99;

/** How many there are of what wants to be seen; `label` says it in words. */
export function Count({ count, loud, label }: { count: number; loud?: boolean; label: string }) {
  return (
    <span
      role="img"
      aria-label={label}
      className={`inline-flex h-[18px] min-w-[18px] shrink-0 items-center justify-center rounded-full px-1.5 text-[11px] font-semibold tabular-nums ${loud ? 'bg-accent text-on-accent' : 'bg-line text-ink'}`}
    >
      {count > MOST_COUNTED ? `${MOST_COUNTED}+` : count}
    </span>
  );
}
