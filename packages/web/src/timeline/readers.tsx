import type { Room } from 'matrix-js-sdk';
import { formatNames } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { personIn } from '../people/person.ts';

const PICTURES_SHOWN = 3;
const NAMES_SHOWN = 20;

/** Who has read up to here; at the edge of the message, so that nothing moves when they read on. */
export function Readers({ room, userIds }: { room: Room; userIds: readonly string[] }) {
  if (userIds.length === 0) return null;
  const people = userIds.slice(0, NAMES_SHOWN).map((userId) => personIn(room, userId));
  const names = people.map((person) => person.name);
  if (userIds.length > NAMES_SHOWN) names.push(t('receipts.others', { count: userIds.length - NAMES_SHOWN }));
  const label = t('receipts.readBy', { names: formatNames(names) });
  const shown = userIds.length > PICTURES_SHOWN ? PICTURES_SHOWN - 1 : PICTURES_SHOWN;
  return (
    <span
      role="img"
      aria-label={label}
      title={label}
      className="absolute end-1.5 bottom-0.5 flex items-center -space-x-1.5 pane:end-3"
    >
      {people.slice(0, shown).map((person) => (
        <Avatar
          key={person.userId}
          userId={person.userId}
          name={person.name}
          avatar={person.avatar}
          size={20}
        />
      ))}
      {userIds.length > shown ? (
        <span className="ps-1.5 text-[11px] text-ink-quiet tabular-nums">+{userIds.length - shown}</span>
      ) : null}
    </span>
  );
}
