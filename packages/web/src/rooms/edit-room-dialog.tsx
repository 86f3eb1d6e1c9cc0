import { EventType } from 'matrix-js-sdk';
import { useState } from 'react';
import { Field } from '../controls/field.tsx';
import { FormDialog } from '../controls/form-dialog.tsx';
import { t } from '../i18n/translate.ts';
import { text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';

/** Name and topic. */
export function EditRoomDialog({ roomId, onClose }: { roomId: string; onClose: () => void }) {
  const { client } = useWorkspace();
  const state = client.getRoom(roomId)?.currentState;
  const myself = client.getSafeUserId();
  const oldName = text(state?.getStateEvents(EventType.RoomName, '')?.getContent().name) ?? '';
  const oldTopic = text(state?.getStateEvents(EventType.RoomTopic, '')?.getContent().topic) ?? '';
  const mayName = state?.maySendStateEvent(EventType.RoomName, myself) ?? false;
  const mayTopic = state?.maySendStateEvent(EventType.RoomTopic, myself) ?? false;
  const [name, setName] = useState(oldName);
  const [topic, setTopic] = useState(oldTopic);
  const [fault, setFault] = useState('');

  async function save() {
    if (name.trim() !== oldName) await client.setRoomName(roomId, name.trim());
    if (topic.trim() !== oldTopic) await client.setRoomTopic(roomId, topic.trim());
    onClose();
  }

  return (
    <FormDialog
      title={t('room.edit')}
      confirm={t('action.save')}
      failed={(reason) => reason}
      check={() => {
        setFault(name.trim() ? '' : t('channel.nameMissing'));
        return name.trim() !== '';
      }}
      onSubmit={save}
      onClose={onClose}
    >
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
    </FormDialog>
  );
}
