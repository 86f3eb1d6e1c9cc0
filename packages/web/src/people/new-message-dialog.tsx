import { LoaderCircle } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Notice } from '../controls/notice.tsx';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { federationRefusal } from '../session/federation-access.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { openDirectMessage } from './direct-message.ts';
import { PeoplePicker } from './people-picker.tsx';
import type { Person } from './person.ts';

type Progress = { readonly person: Person; readonly failure: string };

export function NewMessageDialog({ onClose }: { onClose: () => void }) {
  const { client, info, me, serverName } = useWorkspace();
  const refusal = federationRefusal(info, useObservable(me));
  const [progress, setProgress] = useState<Progress>();
  const working = progress !== undefined && !progress.failure;

  async function open(person: Person) {
    setProgress({ person, failure: '' });
    try {
      const roomId = await openDirectMessage(client, person.userId);
      onClose();
      goTo({ screen: 'room', roomId });
    } catch (problem) {
      setProgress({ person, failure: describeProblem(problem) });
    }
  }

  return (
    <Dialog title={t('direct.title')} onClose={onClose}>
      <PeoplePicker
        label={t('direct.to')}
        hint={t('direct.hint')}
        disabled={working}
        onPick={(person) => void open(person)}
        refusalOf={(person) => {
          if (person.userId === client.getUserId()) return t('people.yourself');
          return person.organisation === serverName ? undefined : refusal;
        }}
      />
      {working ? (
        <p role="status" className="flex items-center gap-2 text-ink-soft">
          <LoaderCircle className="spin size-4" aria-hidden />
          {t('direct.opening', { name: progress.person.name, organisation: progress.person.organisation })}
        </p>
      ) : null}
      {progress?.failure ? (
        <Notice
          kind="error"
          action={
            <Button variant="secondary" small onClick={() => void open(progress.person)}>
              {t('app.retry')}
            </Button>
          }
        >
          {t('direct.failed', { id: progress.person.userId, reason: progress.failure })}
        </Notice>
      ) : null}
    </Dialog>
  );
}
