import { Hash } from 'lucide-react';
import { EventType, type Room } from 'matrix-js-sdk';
import { useState } from 'react';
import { Field } from '../controls/field.tsx';
import { TextAreaField } from '../controls/text-area-field.tsx';
import { t } from '../i18n/translate.ts';
import { RoomPicture } from '../rooms/room-picture.tsx';
import { text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { PictureChooser } from './picture-chooser.tsx';
import { useRoomState, useStateRefusal } from './room-state.ts';
import { SettingGroup, useSaving } from './saving.tsx';

const NAME_LENGTH = 120;
const TOPIC_LENGTH = 500;

/** Picture, name, topic. */
export function GeneralSection({ room }: { room: Room }) {
  const { client } = useWorkspace();
  const oldName = text(useRoomState(room, EventType.RoomName).name) ?? '';
  const oldTopic = text(useRoomState(room, EventType.RoomTopic).topic) ?? '';
  const avatar = text(useRoomState(room, EventType.RoomAvatar).url) || undefined;
  const mayPicture = useStateRefusal(room, EventType.RoomAvatar);
  const mayName = useStateRefusal(room, EventType.RoomName);
  const mayTopic = useStateRefusal(room, EventType.RoomTopic);
  const [name, setName] = useState(oldName);
  const [topic, setTopic] = useState(oldTopic);
  const [fault, setFault] = useState('');
  const saving = useSaving();

  function submit() {
    setFault(name.trim() ? '' : t('channel.nameMissing'));
    if (!name.trim()) return;
    void saving.save(async () => {
      if (name.trim() !== oldName) await client.setRoomName(room.roomId, name.trim());
      if (topic.trim() !== oldTopic) await client.setRoomTopic(room.roomId, topic.trim());
    });
  }

  return (
    <>
      <PictureChooser
        label={t('roomSettings.picture')}
        picture={<RoomPicture avatar={avatar} fallback={<Hash className="size-4" aria-hidden />} />}
        chosen={avatar !== undefined}
        refusal={mayPicture}
        onChange={(mxc) => client.sendStateEvent(room.roomId, EventType.RoomAvatar, mxc ? { url: mxc } : {})}
      />
      <SettingGroup
        saving={saving}
        onSave={submit}
        refusal={mayName && mayTopic}
        unchanged={name.trim() === oldName && topic.trim() === oldTopic}
      >
        <Field
          label={t('channel.name')}
          prefix="#"
          maxLength={NAME_LENGTH}
          disabled={mayName !== undefined}
          error={fault}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextAreaField
          label={t('details.topic')}
          maxLength={TOPIC_LENGTH}
          disabled={mayTopic !== undefined}
          value={topic}
          onChange={(event) => setTopic(event.target.value)}
        />
      </SettingGroup>
    </>
  );
}
