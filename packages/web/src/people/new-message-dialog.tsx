import { LoaderCircle, X } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Notice } from '../controls/notice.tsx';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { formatNames } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { awaitRoom } from '../rooms/await-room.ts';
import { federationRefusal } from '../session/federation-access.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { Avatar } from './avatar.tsx';
import { openDirectMessage } from './direct-message.ts';
import { PeoplePicker } from './people-picker.tsx';
import type { Person } from './person.ts';
import { useTypedPerson } from './typed-person.ts';

/** Opens the conversation with one person, or with several. */
export function NewMessageDialog({ onClose }: { onClose: () => void }) {
  const { client, info, me, rooms, serverName } = useWorkspace();
  const refusal = federationRefusal(info, useObservable(me));
  const [people, setPeople] = useState<readonly Person[]>([]);
  const [working, setWorking] = useState(false);
  const [failure, setFailure] = useState('');
  const typed = useTypedPerson(refusalOf);
  const names = formatNames(people.map(({ name }) => name));

  function refusalOf(person: Person): string | undefined {
    if (person.userId === client.getUserId()) return t('people.yourself');
    return person.organisation === serverName ? undefined : refusal;
  }

  const withPerson = (person: Person) => [...people.filter(({ userId }) => userId !== person.userId), person];

  async function open() {
    const last = typed.take();
    if (last === 'fault') return;
    const chosen = last === 'nothing' ? people : withPerson(last);
    setPeople(chosen);
    setWorking(true);
    setFailure('');
    try {
      const roomId = await openDirectMessage(client, ...chosen.map(({ userId }) => userId));
      await awaitRoom(rooms, roomId);
      onClose();
      goTo({ screen: 'room', roomId });
    } catch (problem) {
      setFailure(describeProblem(problem));
      setWorking(false);
    }
  }

  return (
    <Dialog
      title={t('direct.title')}
      onClose={onClose}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button
            busy={working}
            disabled={people.length === 0 && !typed.text.trim()}
            onClick={() => void open()}
          >
            {t(failure ? 'app.retry' : 'direct.start')}
          </Button>
        </>
      }
    >
      {people.length > 0 ? (
        <ul aria-label={t('direct.chosen')} className="flex flex-wrap gap-2">
          {people.map((person) => (
            <li
              key={person.userId}
              title={person.userId}
              className="flex max-w-full items-center gap-2 rounded-lg border border-line bg-surface py-1 ps-1.5 pe-1"
            >
              <Avatar userId={person.userId} name={person.name} avatar={person.avatar} size={20} />
              <span dir="auto" className="truncate ps-1">
                {person.name}
              </span>
              <button
                type="button"
                aria-label={t('direct.drop', { name: person.name })}
                disabled={working}
                onClick={() => setPeople(people.filter((one) => one !== person))}
                className="inline-flex size-6 shrink-0 items-center justify-center rounded text-ink-quiet hover:bg-hover hover:text-ink"
              >
                <X className="size-3.5" />
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <PeoplePicker
        label={t('direct.to')}
        hint={t('direct.hint')}
        disabled={working}
        typed={typed}
        onPick={(person) => setPeople(withPerson(person))}
        refusalOf={refusalOf}
      />
      {working ? (
        <p role="status" className="flex items-center gap-2 text-ink-soft">
          <LoaderCircle className="spin size-4" aria-hidden />
          {t('direct.openingMany', { names })}
        </p>
      ) : null}
      {failure ? <Notice kind="error">{t('direct.failed', { id: names, reason: failure })}</Notice> : null}
    </Dialog>
  );
}
