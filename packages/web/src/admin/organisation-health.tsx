import { Ban, CircleCheck, CircleDashed, Hourglass, TriangleAlert, Unplug } from 'lucide-react';
import { t } from '../i18n/translate.ts';
import type { Health } from './organisations-api.ts';

const HEALTHS = {
  ok: { icon: CircleCheck, style: 'text-ok', words: 'organisations.ok' },
  failing: { icon: TriangleAlert, style: 'text-danger', words: 'organisations.failing' },
  silent: { icon: CircleDashed, style: 'text-ink-quiet', words: 'organisations.silent' },
  blocked: { icon: Ban, style: 'text-warn', words: 'organisations.blocked' },
  waiting: { icon: Hourglass, style: 'text-warn', words: 'organisations.waiting' },
  refused: { icon: Ban, style: 'text-warn', words: 'organisations.refused' },
  disconnected: { icon: Unplug, style: 'text-warn', words: 'organisations.disconnected' },
} as const;

/** How it stands with an organisation: a mark and a word. */
export function OrganisationHealth({ health }: { health: Health }) {
  const { icon: Icon, style, words } = HEALTHS[health];
  return (
    <span className={`inline-flex items-center gap-1.5 align-middle whitespace-nowrap ${style}`}>
      <Icon className="size-4 shrink-0" aria-hidden />
      {t(words)}
    </span>
  );
}
