import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Notice } from '../controls/notice.tsx';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { fetchMembers } from './rooms-api.ts';

type Members = { readonly members: readonly string[]; readonly after: number | undefined };

/** Who is in a room, asked for when an admin wants to know. */
export function RoomMembers({ roomId }: { roomId: string }) {
  return (
    <section aria-label={t('adminRooms.people')} className="flex flex-col gap-3">
      <h3 className="font-semibold">{t('adminRooms.people')}</h3>
      <MemberList
        key={`${roomId} here`}
        roomId={roomId}
        local
        label={t('adminRooms.peopleHere')}
        show={t('adminRooms.showHere')}
      />
      <MemberList
        key={`${roomId} elsewhere`}
        roomId={roomId}
        local={false}
        label={t('adminRooms.peopleElsewhere')}
        show={t('adminRooms.showElsewhere')}
      />
    </section>
  );
}

type MemberListProps = {
  readonly roomId: string;
  readonly local: boolean;
  readonly label: string;
  /** What the button says before they are shown. */
  readonly show: string;
};

function MemberList({ roomId, local, label, show }: MemberListProps) {
  const { session } = useWorkspace();
  const [shown, setShown] = useState<Members>();
  const [failure, setFailure] = useState('');

  async function more() {
    setFailure('');
    try {
      const next = await fetchMembers(session.accessToken, roomId, { local, after: shown?.after });
      setShown({ members: [...(shown?.members ?? []), ...next.members], after: next.after });
    } catch (problem) {
      setFailure(describeProblem(problem));
    }
  }

  return (
    <div className="flex flex-col items-start gap-2">
      {shown === undefined ? null : (
        <>
          <h4 className="text-sm text-ink-soft">{label}</h4>
          <ul aria-label={label} className="flex w-full flex-col">
            {shown.members.map((member) => (
              <li key={member} className="border-t border-line py-1.5 [overflow-wrap:anywhere]">
                {member}
              </li>
            ))}
          </ul>
          {shown.members.length === 0 ? <p className="text-ink-quiet">{t('adminRooms.nobody')}</p> : null}
        </>
      )}
      {shown === undefined || shown.after !== undefined ? (
        <Button variant="secondary" small onClick={() => void more()}>
          {shown === undefined ? show : t('adminRooms.morePeople')}
        </Button>
      ) : null}
      {failure ? <Notice kind="error">{failure}</Notice> : null}
    </div>
  );
}
