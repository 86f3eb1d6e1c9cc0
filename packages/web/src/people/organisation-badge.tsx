import { organisationColour } from './avatar.tsx';
import { organisationInitials } from './organisation.ts';

/** An organisation by its mark and its name; never by colour alone. */
export function OrganisationBadge({ name, className = '' }: { name: string; className?: string }) {
  return (
    <span
      title={name}
      className={`inline-flex max-w-[180px] min-w-0 items-center gap-1 rounded-md border border-line bg-surface py-px ps-px pe-1.5 text-xs font-medium text-ink-soft ${className}`}
    >
      <OrganisationMark name={name} />
      <span className="truncate">{name}</span>
    </span>
  );
}

export function OrganisationMark({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      className="inline-flex h-4 min-w-[20px] shrink-0 items-center justify-center rounded-[5px] px-0.5 text-[9px] font-bold text-white"
      style={{ backgroundColor: organisationColour(name) }}
    >
      {organisationInitials(name)}
    </span>
  );
}
