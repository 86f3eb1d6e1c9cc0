import type { Room, RoomMember } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { say } from '../frame/say.ts';
import { formatDay, formatTime } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { personIn } from '../people/person.ts';
import { useFeature } from '../session/features.ts';
import { isObject, request } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';

/** Invitations that nobody has answered yet, each with a way to take it back. */
export function PendingInvitations({ room, invited }: { room: Room; invited: readonly RoomMember[] }) {
  const expiries = useExpiries(room, invited);
  if (invited.length === 0) return null;
  return (
    <section aria-label={t('invite.pending')} className="border-t border-line pt-4">
      <h3 className="pb-2 text-sm font-medium text-ink-quiet">{t('invite.pending')}</h3>
      <ul className="flex flex-col gap-2.5">
        {invited.map((member) => (
          <PendingRow key={member.userId} room={room} member={member} expires={expiries.get(member.userId)} />
        ))}
      </ul>
    </section>
  );
}

const moment = (ts: number) => `${formatDay(ts)} ${formatTime(ts)}`;

/** When this server takes the invitations back, of those that it does. */
function useExpiries(room: Room, invited: readonly RoomMember[]): ReadonlyMap<string, number> {
  const { session } = useWorkspace();
  const known = useFeature('expiry');
  const [expiries, setExpiries] = useState<ReadonlyMap<string, number>>(new Map());
  const people = invited.map(({ userId }) => userId).join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: another person invited is a reason to ask again.
  useEffect(() => {
    if (!known) return;
    request(`/_causeway/rooms/${encodeURIComponent(room.roomId)}/invitations`, {
      accessToken: session.accessToken,
    }).then(
      ({ invitations }) => setExpiries(readExpiries(invitations)),
      // The list stands without the dates.
      (problem: unknown) => console.warn('The server did not say when invitations expire.', problem),
    );
  }, [known, room, session, people]);
  return expiries;
}

function readExpiries(invitations: unknown): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const one of Array.isArray(invitations) ? invitations : []) {
    if (isObject(one) && typeof one.user_id === 'string' && typeof one.expires_ts === 'number')
      found.set(one.user_id, one.expires_ts);
  }
  return found;
}

type PendingRowProps = { room: Room; member: RoomMember; expires: number | undefined };

function PendingRow({ room, member, expires }: PendingRowProps) {
  const { client } = useWorkspace();
  const [busy, setBusy] = useState(false);
  const person = personIn(room, member.userId);
  const event = member.events.member;
  const inviter = event?.getSender();
  const myLevel = room.getMember(client.getSafeUserId())?.powerLevel ?? 0;
  const mayRevoke = room.currentState.hasSufficientPowerLevelFor('kick', myLevel);

  async function revoke() {
    setBusy(true);
    try {
      await client.kick(room.roomId, member.userId);
    } catch (problem) {
      say(t('invite.revokeFailed', { name: person.name, reason: describeProblem(problem) }));
      setBusy(false);
    }
  }

  return (
    <li className="flex items-center gap-3">
      <Avatar userId={person.userId} name={person.name} avatar={person.avatar} size={28} />
      <div className="min-w-0 flex-1">
        <p dir="auto" className="truncate font-medium">
          {person.name}
        </p>
        <p className="truncate text-xs text-ink-soft" title={person.userId}>
          {person.userId}
        </p>
        {event && inviter ? (
          <p className="truncate text-xs text-ink-quiet">
            {t('invite.invitedBy', { name: personIn(room, inviter).name, when: moment(event.getTs()) })}
            {expires ? ` · ${t('invite.expiresAt', { when: moment(expires) })}` : ''}
          </p>
        ) : null}
      </div>
      {mayRevoke ? (
        <Button variant="secondary" small busy={busy} onClick={() => void revoke()}>
          {t('invite.revoke')}
        </Button>
      ) : null}
    </li>
  );
}
