import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { previewOf } from '../timeline/quoted-message.tsx';
import { awaitRoom } from './await-room.ts';
import { startDiscussion } from './discussion.ts';

const NAME_LENGTH = 120;
const SUGGESTED_LENGTH = 60;

type StartDiscussionDialogProps = { roomId: string; eventId: string; onClose: () => void };

/** Begins a room of its own about a message. */
export function StartDiscussionDialog({ roomId, eventId, onClose }: StartDiscussionDialogProps) {
  const { client, rooms } = useWorkspace();
  const summary = useObservable(rooms).find(({ id }) => id === roomId);
  const parent = client.getRoom(roomId);
  const event = parent?.findEventById(eventId);
  const words = event ? (previewOf(event.getContent()).split('\n')[0] ?? '') : '';
  const [name, setName] = useState(words.slice(0, SUGGESTED_LENGTH));
  const [fault, setFault] = useState('');
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(submitted: FormEvent) {
    submitted.preventDefault();
    setFault(name.trim() ? '' : t('channel.nameMissing'));
    if (!name.trim() || !parent) return;
    setBusy(true);
    setFailure('');
    try {
      const made = await startDiscussion(client, { parent, eventId, name: name.trim() });
      await awaitRoom(rooms, made);
      onClose();
      goTo({ screen: 'room', roomId: made });
    } catch (problem) {
      setFailure(describeProblem(problem));
      setBusy(false);
    }
  }

  return (
    <Dialog
      title={t('discussion.title')}
      description={t('discussion.text', { room: summary?.name ?? '' })}
      onClose={onClose}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" form="start-discussion" busy={busy}>
            {t('discussion.start')}
          </Button>
        </>
      }
    >
      <form id="start-discussion" className="flex flex-col gap-4" onSubmit={submit} noValidate>
        <Field
          label={t('channel.name')}
          prefix="#"
          autoFocus
          maxLength={NAME_LENGTH}
          value={name}
          error={fault}
          onChange={(changed) => setName(changed.target.value)}
        />
        {failure ? <Notice kind="error">{t('channel.failed', { reason: failure })}</Notice> : null}
      </form>
    </Dialog>
  );
}
