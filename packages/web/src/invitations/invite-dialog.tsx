import type { Room } from 'matrix-js-sdk';
import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Notice } from '../controls/notice.tsx';
import { SelectField } from '../controls/select-field.tsx';
import { TextAreaField } from '../controls/text-area-field.tsx';
import { useObservable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import { PeoplePicker } from '../people/people-picker.tsx';
import type { Person } from '../people/person.ts';
import { useTypedPerson } from '../people/typed-person.ts';
import { useRoomMembers } from '../rooms/room-members.ts';
import { useFeature } from '../session/features.ts';
import { federationRefusal } from '../session/federation-access.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { InviteeRow } from './invitee-row.tsx';
import { PendingInvitations } from './pending-invitations.tsx';
import { mayBeSent, useInvitees } from './use-invitees.ts';
import { VersionRefused } from './version-refused.tsx';

const DAY_MS = 86_400_000;
const NOTE_LENGTH = 500;

const EXPIRIES = [
  { value: 'never', days: undefined, label: 'invite.expiresNever' },
  { value: 'day', days: 1, label: 'invite.expiresDay' },
  { value: 'week', days: 7, label: 'invite.expiresWeek' },
  { value: 'month', days: 30, label: 'invite.expiresMonth' },
] as const;

type Expiry = (typeof EXPIRIES)[number]['value'];

/** Chooses people, says whether they exist, sends the invitations, and shows those that wait. */
export function InviteDialog({ roomId, onClose }: { roomId: string; onClose: () => void }) {
  const { client, info, me, rooms, serverName } = useWorkspace();
  const federation = federationRefusal(info, useObservable(me));
  const summary = useObservable(rooms).find((one) => one.id === roomId);
  const expires = useFeature('expiry');
  const room = client.getRoom(roomId);
  const [note, setNote] = useState('');
  const [expiry, setExpiry] = useState<Expiry>('never');
  const { invitees, choose, drop, recheck, send, sending } = useInvitees(roomId);
  const typed = useTypedPerson(refusalOf);
  const ready = invitees.filter(mayBeSent).length + (typed.text.trim() ? 1 : 0);
  const unknownVersion = invitees.filter((invitee) => invitee.state === 'version');

  function refusalOf(person: Person): string | undefined {
    const membership = room?.getMember(person.userId)?.membership;
    if (membership === 'join') return t('invite.alreadyMember');
    if (membership === 'invite') return t('invite.alreadyInvited');
    if (membership === 'ban') return t('invite.banned');
    if (person.organisation === serverName) return undefined;
    if (!summary?.shared) return t('invite.localOnly');
    return federation;
  }

  function submit() {
    const last = typed.take();
    if (last === 'fault') return;
    const days = EXPIRIES.find(({ value }) => value === expiry)?.days;
    void send({ note, expiresInMs: days && days * DAY_MS }, last === 'nothing' ? undefined : last);
  }

  return (
    <Dialog
      wide
      title={t('invite.title', { room: summary?.name ?? '' })}
      description={summary?.shared ? t('invite.sharedText') : t('invite.localText', { workspace: info.name })}
      onClose={onClose}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('action.done')}
          </Button>
          <Button busy={sending} disabled={ready === 0} onClick={submit}>
            {t('invite.send', { count: Math.max(1, ready) })}
          </Button>
        </>
      }
    >
      <PeoplePicker
        label={t('invite.who')}
        hint={summary?.shared ? t('direct.hint') : t('invite.localHint')}
        typed={typed}
        onPick={choose}
        refusalOf={refusalOf}
      />
      {invitees.length > 0 ? (
        <ul aria-label={t('invite.chosen')} className="flex flex-col gap-3">
          {invitees.map((invitee) => (
            <InviteeRow
              key={invitee.person.userId}
              invitee={invitee}
              onDrop={() => drop(invitee.person.userId)}
              onRecheck={() => recheck(invitee.person)}
            />
          ))}
        </ul>
      ) : null}
      {unknownVersion.length > 0 ? (
        <VersionRefused roomId={roomId} people={unknownVersion.map((one) => one.person)} onClose={onClose} />
      ) : null}
      {/* They stay when the invitations are out: the second click of an impatient hand must not miss the dialog. */}
      {invitees.length > 0 ? (
        <>
          <TextAreaField
            label={t('invite.note')}
            hint={t('invite.noteHint')}
            maxLength={NOTE_LENGTH}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
          {expires ? (
            <SelectField
              label={t('invite.expires')}
              value={expiry}
              onChoose={setExpiry}
              options={EXPIRIES.map(({ value, label }) => ({ value, label: t(label) }))}
            />
          ) : null}
        </>
      ) : null}
      {room ? <Pending room={room} /> : <Notice kind="error">{t('home.missing')}</Notice>}
    </Dialog>
  );
}

function Pending({ room }: { room: Room }) {
  const { invited } = useRoomMembers(room);
  return <PendingInvitations room={room} invited={invited} />;
}
