import { EventType, Preset, RoomType, Visibility } from 'matrix-js-sdk';
import { useState } from 'react';
import { CheckRow } from '../controls/check-row.tsx';
import { Field } from '../controls/field.tsx';
import { FormDialog } from '../controls/form-dialog.tsx';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { awaitRoom } from '../rooms/await-room.ts';
import { federationRefusal } from '../session/federation-access.ts';
import { useWorkspace } from '../session/workspace-session.ts';

const NAME_LENGTH = 120;
/** Only rooms are added to it, nobody writes in it. */
const POWER_LEVELS = { events_default: 100 };
const OPEN = [{ type: EventType.RoomJoinRules, state_key: '', content: { join_rule: 'public' } }];

/** A space: a room that holds rooms. */
export function CreateSpaceDialog({ onClose }: { onClose: () => void }) {
  const { client, info, me, rooms } = useWorkspace();
  const refusal = federationRefusal(info, useObservable(me));
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [fault, setFault] = useState('');

  async function create() {
    const { room_id: roomId } = await client.createRoom({
      name: name.trim(),
      preset: Preset.PrivateChat,
      visibility: shared ? Visibility.Public : Visibility.Private,
      creation_content: { type: RoomType.Space, ...(shared ? {} : { 'm.federate': false }) },
      power_level_content_override: POWER_LEVELS,
      ...(shared ? { initial_state: OPEN } : {}),
    });
    await awaitRoom(rooms, roomId);
    onClose();
    goTo({ screen: 'room', roomId });
  }

  return (
    <FormDialog
      title={t('space.new')}
      description={t('space.text')}
      confirm={t('space.create')}
      failed={(reason) => t('space.createFailed', { reason })}
      check={() => {
        setFault(name.trim() ? '' : t('space.nameMissing'));
        return name.trim() !== '';
      }}
      onSubmit={create}
      onClose={onClose}
    >
      <Field
        label={t('channel.name')}
        autoFocus
        maxLength={NAME_LENGTH}
        value={name}
        error={fault}
        onChange={(event) => setName(event.target.value)}
      />
      <CheckRow
        label={t('space.shared')}
        text={refusal ?? t('space.sharedText')}
        checked={shared}
        disabled={refusal !== undefined}
        onChange={setShared}
      />
    </FormDialog>
  );
}
