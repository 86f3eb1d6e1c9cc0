import { Check, LoaderCircle } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Notice } from '../controls/notice.tsx';
import { useObservable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { PeoplePicker } from '../people/people-picker.tsx';
import type { Person } from '../people/person.ts';
import { federationRefusal } from '../session/federation-access.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';

type Invitation = {
  readonly person: Person;
  readonly state: 'sending' | 'sent' | 'failed';
  readonly failure: string;
};

export function InviteDialog({ roomId, onClose }: { roomId: string; onClose: () => void }) {
  const { client, info, me, rooms, serverName } = useWorkspace();
  const refusal = federationRefusal(info, useObservable(me));
  const summary = useObservable(rooms).find((one) => one.id === roomId);
  const room = client.getRoom(roomId);
  const [invitations, setInvitations] = useState<readonly Invitation[]>([]);

  async function invite(person: Person) {
    const note = (state: Invitation['state'], failure: string) =>
      setInvitations((old) => [
        ...old.filter((one) => one.person.userId !== person.userId),
        { person, state, failure },
      ]);
    note('sending', '');
    try {
      await client.invite(roomId, person.userId);
      note('sent', '');
    } catch (problem) {
      note('failed', describeProblem(problem));
    }
  }

  function refusalOf(person: Person): string | undefined {
    const membership = room?.getMember(person.userId)?.membership;
    if (membership === 'join') return t('invite.alreadyMember');
    if (membership === 'invite') return t('invite.alreadyInvited');
    if (membership === 'ban') return t('invite.banned');
    if (person.organisation === serverName) return undefined;
    if (!summary?.shared) return t('invite.localOnly');
    return refusal;
  }

  return (
    <Dialog
      title={t('invite.title', { room: summary?.name ?? '' })}
      description={summary?.shared ? t('invite.sharedText') : t('invite.localText', { workspace: info.name })}
      onClose={onClose}
      footer={<Button onClick={onClose}>{t('action.done')}</Button>}
    >
      <PeoplePicker
        label={t('invite.who')}
        hint={summary?.shared ? t('direct.hint') : t('invite.localHint')}
        onPick={(person) => void invite(person)}
        refusalOf={refusalOf}
      />
      {invitations.length > 0 ? (
        <ul className="flex flex-col gap-2 border-t border-line pt-4">
          {invitations.map((invitation) => (
            <InvitationRow key={invitation.person.userId} invitation={invitation} onRetry={invite} />
          ))}
        </ul>
      ) : null}
    </Dialog>
  );
}

function InvitationRow(props: { invitation: Invitation; onRetry: (person: Person) => void }) {
  const { person, state, failure } = props.invitation;
  return (
    <li className="flex flex-col gap-2">
      <div className="flex items-center gap-3">
        <Avatar userId={person.userId} name={person.name} avatar={person.avatar} size={28} />
        <div className="min-w-0 flex-1">
          <p className="truncate font-medium">{person.name}</p>
          <p className="truncate text-xs text-ink-soft">{person.userId}</p>
        </div>
        {state === 'sending' ? (
          <span role="status" className="flex items-center gap-1.5 text-sm text-ink-soft">
            <LoaderCircle className="spin size-4" aria-hidden />
            {t('invite.sending', { organisation: person.organisation })}
          </span>
        ) : null}
        {state === 'sent' ? (
          <span role="status" className="flex items-center gap-1.5 text-sm text-ok">
            <Check className="size-4" aria-hidden />
            {t('invite.sent')}
          </span>
        ) : null}
      </div>
      {state === 'failed' ? (
        <Notice
          kind="error"
          action={
            <Button variant="secondary" small onClick={() => props.onRetry(person)}>
              {t('app.retry')}
            </Button>
          }
        >
          {t('invite.failed', { id: person.userId, reason: failure })}
        </Notice>
      ) : null}
    </li>
  );
}
