import { TriangleAlert } from 'lucide-react';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { imitatedBy, knownNames } from './look-alikes.ts';
import { mixesAlphabets } from './mixed-letters.ts';

type ImitationMarkProps = {
  name: string;
  /** Whose name it is; a room has none. */
  userId?: string | undefined;
  withText?: boolean;
};

/** Warns of a name that looks like that of another, or whose letters are of several alphabets. */
export function ImitationMark({ name, userId, withText }: ImitationMarkProps) {
  const { client, serverName } = useWorkspace();
  const other = userId ? imitatedBy({ userId, name }, knownNames(client), serverName) : undefined;
  if (!other && !mixesAlphabets(name)) return null;
  const words = other
    ? t('people.lookAlike', { name: other.name, id: other.userId })
    : t('people.mixedLetters');
  if (withText) {
    return (
      <span className="flex items-start gap-1.5 text-sm text-warn">
        <TriangleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
        <span className="min-w-0 [overflow-wrap:anywhere]">{words}</span>
      </span>
    );
  }
  return (
    <span role="img" aria-label={words} title={words} className="inline-flex shrink-0 text-warn">
      <TriangleAlert className="size-3.5" aria-hidden />
    </span>
  );
}
