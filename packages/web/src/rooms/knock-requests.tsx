import type { Room, RoomMember } from 'matrix-js-sdk';
import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { personIn } from '../people/person.ts';
import { text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import type { RoomMembers } from './room-members.ts';

/** People who ask to be let in, for those who may decide. */
export function KnockRequests({ room, knocking }: { room: Room; knocking: readonly RoomMember[] }) {
  if (knocking.length === 0) return null;
  return (
    <section className="px-5 pt-4" aria-label={t('knock.requests')}>
      <h3 className="pb-1.5 text-sm font-medium text-ink-soft">{t('knock.requests')}</h3>
      <ul className="flex flex-col gap-3">
        {knocking.map((member) => (
          <KnockRow key={member.userId} room={room} member={member} />
        ))}
      </ul>
    </section>
  );
}

function KnockRow({ room, member }: { room: Room; member: RoomMember }) {
  const { client } = useWorkspace();
  const [busy, setBusy] = useState<'approve' | 'deny'>();
  const [failure, setFailure] = useState('');
  const person = personIn(room, member.userId);
  const note = text(member.events.member?.getContent().reason);
  const myself = client.getSafeUserId();
  const myLevel = room.getMember(myself)?.powerLevel ?? 0;

  async function decide(kind: 'approve' | 'deny') {
    setBusy(kind);
    setFailure('');
    try {
      await (kind === 'approve'
        ? client.invite(room.roomId, member.userId)
        : client.kick(room.roomId, member.userId));
    } catch (problem) {
      setFailure(describeProblem(problem));
    }
    setBusy(undefined);
  }

  return (
    <li className="flex flex-col gap-2 rounded-lg border border-line p-3">
      <div className="flex items-center gap-3">
        <Avatar userId={person.userId} name={person.name} avatar={person.avatar} size={28} />
        <div className="min-w-0 flex-1" title={member.userId}>
          <p dir="auto" className="truncate font-medium">
            {person.name}
          </p>
          <p className="truncate text-xs text-ink-quiet">{member.userId}</p>
        </div>
      </div>
      {note ? (
        <blockquote className="border-s-[3px] border-line ps-3 text-ink-soft [overflow-wrap:anywhere]">
          {note}
        </blockquote>
      ) : null}
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      <div className="flex gap-2">
        {room.canInvite(myself) ? (
          <Button
            small
            busy={busy === 'approve'}
            disabled={busy !== undefined}
            onClick={() => void decide('approve')}
          >
            {t('knock.approve')}
          </Button>
        ) : null}
        {room.currentState.hasSufficientPowerLevelFor('kick', myLevel) ? (
          <Button
            variant="secondary"
            small
            busy={busy === 'deny'}
            disabled={busy !== undefined}
            onClick={() => void decide('deny')}
          >
            {t('knock.deny')}
          </Button>
        ) : null}
      </div>
    </li>
  );
}

type KnockBannerProps = { room: Room; members: RoomMembers; shown: boolean; onLook: () => void };

/** Says to a moderator that somebody waits at the door. */
export function KnockBanner({ room, members, shown, onLook }: KnockBannerProps) {
  const { client } = useWorkspace();
  const count = members.knocking.length;
  if (count === 0 || shown || !room.canInvite(client.getSafeUserId())) return null;
  return (
    <div
      role="status"
      className="flex items-center gap-3 border-b border-line bg-accent-wash px-5 py-1.5 text-sm"
    >
      <span className="min-w-0 flex-1">{t('room.knocks', { count })}</span>
      <Button variant="secondary" small onClick={onLook}>
        {t('knock.look')}
      </Button>
    </div>
  );
}
