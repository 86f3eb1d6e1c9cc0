import { useState } from 'react';
import { Field } from '../controls/field.tsx';
import { FormDialog } from '../controls/form-dialog.tsx';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
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

  async function start() {
    if (!parent) return;
    const made = await startDiscussion(client, { parent, eventId, name: name.trim() });
    await awaitRoom(rooms, made);
    onClose();
    goTo({ screen: 'room', roomId: made });
  }

  return (
    <FormDialog
      title={t('discussion.title')}
      description={t('discussion.text', { room: summary?.name ?? '' })}
      confirm={t('discussion.start')}
      failed={(reason) => t('channel.failed', { reason })}
      check={() => {
        setFault(name.trim() ? '' : t('channel.nameMissing'));
        return name.trim() !== '';
      }}
      onSubmit={start}
      onClose={onClose}
    >
      <Field
        label={t('channel.name')}
        prefix="#"
        autoFocus
        maxLength={NAME_LENGTH}
        value={name}
        error={fault}
        onChange={(changed) => setName(changed.target.value)}
      />
    </FormDialog>
  );
}
