import { EventType } from 'matrix-js-sdk';
import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { t } from '../i18n/translate.ts';
import { text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';

/** Name and topic. */
export function EditRoomDialog({ roomId, onClose }: { roomId: string; onClose: () => void }) {
  const { client } = useWorkspace();
  const room = client.getRoom(roomId);
  const state = room?.currentState;
  const myself = client.getSafeUserId();
  const oldName = text(state?.getStateEvents(EventType.RoomName, '')?.getContent().name) ?? '';
  const oldTopic = text(state?.getStateEvents(EventType.RoomTopic, '')?.getContent().topic) ?? '';
  const mayName = state?.maySendStateEvent(EventType.RoomName, myself) ?? false;
  const mayTopic = state?.maySendStateEvent(EventType.RoomTopic, myself) ?? false;
  const [name, setName] = useState(oldName);
  const [topic, setTopic] = useState(oldTopic);
  const [fault, setFault] = useState('');
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setFault(name.trim() ? '' : t('channel.nameMissing'));
    if (!name.trim()) return;
    setBusy(true);
    setFailure('');
    try {
      if (name.trim() !== oldName) await client.setRoomName(roomId, name.trim());
      if (topic.trim() !== oldTopic) await client.setRoomTopic(roomId, topic.trim());
      onClose();
    } catch (problem) {
      setFailure(describeProblem(problem));
      setBusy(false);
    }
  }

  return (
    <Dialog
      title={t('room.edit')}
      onClose={onClose}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button type="submit" form="edit-room" busy={busy}>
            {t('action.save')}
          </Button>
        </>
      }
    >
      <form id="edit-room" className="flex flex-col gap-4" onSubmit={submit} noValidate>
        <Field
          label={t('channel.name')}
          prefix="#"
          autoFocus
          maxLength={120}
          disabled={!mayName}
          hint={mayName ? undefined : t('room.mayNotName')}
          error={fault}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Field
          label={t('channel.topic')}
          maxLength={500}
          disabled={!mayTopic}
          hint={mayTopic ? undefined : t('room.mayNotTopic')}
          value={topic}
          onChange={(event) => setTopic(event.target.value)}
        />
        {failure ? <Notice kind="error">{failure}</Notice> : null}
      </form>
    </Dialog>
  );
}
