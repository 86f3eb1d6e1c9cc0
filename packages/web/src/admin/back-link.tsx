import { ArrowLeft } from 'lucide-react';
import type { AdminSection } from '../frame/route.ts';
import { formatRoute } from '../frame/route.ts';

/** From the page about one to the list of all. */
export function BackLink({ section, children }: { section: AdminSection; children: string }) {
  return (
    <a
      href={formatRoute({ screen: 'admin', section })}
      className="inline-flex items-center gap-1.5 self-start rounded text-accent hover:underline focus-visible:outline-2 focus-visible:outline-accent"
    >
      <ArrowLeft className="size-4" aria-hidden />
      {children}
    </a>
  );
}
