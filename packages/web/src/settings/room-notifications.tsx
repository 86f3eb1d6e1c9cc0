import { useState } from 'react';
import { ChoiceCard } from '../controls/choice-card.tsx';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { type RoomPushLevel, roomPushLevel, setRoomPushLevel } from './room-push-level.ts';
import { SettingGroup, useSaving } from './saving.tsx';

const LEVELS: readonly RoomPushLevel[] = ['default', 'all', 'mentions', 'none'];

/** What of this room one is told about; one's own choice, on all of one's devices. */
export function RoomNotificationsSection({ roomId }: { roomId: string }) {
  const { client } = useWorkspace();
  const [level, setLevel] = useState(() => roomPushLevel(client.pushRules?.global ?? {}, roomId));
  const saving = useSaving();

  const choose = (wanted: RoomPushLevel) =>
    saving.save(async () => {
      await setRoomPushLevel(client, roomId, wanted);
      setLevel(wanted);
    });

  return (
    <SettingGroup text={t('roomNotifications.text')} saving={saving}>
      <div role="radiogroup" aria-label={t('roomSettings.notifications')} className="flex flex-col gap-2">
        {LEVELS.map((value) => (
          <ChoiceCard
            key={value}
            name="push-level"
            checked={level === value}
            disabled={saving.busy}
            onChoose={() => void choose(value)}
            title={t(`roomNotifications.${value}`)}
            text={t(`roomNotifications.${value}Text`)}
          />
        ))}
      </div>
    </SettingGroup>
  );
}
