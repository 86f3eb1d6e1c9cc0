import { EventType, type Room } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { CheckRow } from '../controls/check-row.tsx';
import { SelectField } from '../controls/select-field.tsx';
import { useObservable } from '../frame/observable.ts';
import { goTo } from '../frame/route.ts';
import { t } from '../i18n/translate.ts';
import { upgradeRoom } from '../rooms/upgrade-room.ts';
import { useFeature } from '../session/features.ts';
import { federationRefusal } from '../session/federation-access.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { useStateRefusal } from './room-state.ts';
import { SettingGroup, useSaving } from './saving.tsx';

type VersionSectionProps = { room: Room; shared: boolean; onClose: () => void };

/** The technical side of the room, and making it anew: in another version, or open to other organisations. */
export function VersionSection({ room, shared, onClose }: VersionSectionProps) {
  const upgradable = useFeature('upgrade');
  return (
    <>
      <SettingGroup>
        <dl className="flex flex-col gap-1 [overflow-wrap:anywhere]">
          <dt className="text-sm text-ink-quiet">{t('upgrade.current')}</dt>
          <dd>{room.getVersion()}</dd>
          <dt className="pt-2 text-sm text-ink-quiet">{t('upgrade.id')}</dt>
          <dd>{room.roomId}</dd>
        </dl>
      </SettingGroup>
      {upgradable ? <UpgradeGroup room={room} shared={shared} onClose={onClose} /> : null}
    </>
  );
}

/** Rooms that have one of these are taken part in; nobody should make another. */
const OLD_VERSIONS: ReadonlySet<string> = new Set(['1', '2', '3', '4', '5', '6', '7', '8', '9']);

function UpgradeGroup({ room, shared, onClose }: VersionSectionProps) {
  const { client, info, me } = useWorkspace();
  const federation = federationRefusal(info, useObservable(me));
  const refusal = useStateRefusal(room, EventType.RoomTombstone);
  const [versions, setVersions] = useState<readonly string[]>([]);
  const [version, setVersion] = useState(room.getVersion());
  const [federate, setFederate] = useState(shared);
  const [asked, setAsked] = useState(false);
  const saving = useSaving();

  useEffect(() => {
    client.getCapabilities().then(
      (capabilities) => {
        const known = capabilities['m.room_versions'];
        const available = Object.keys(known?.available ?? {}).filter((id) => !OLD_VERSIONS.has(id));
        setVersions(available.sort((a, b) => Number(a) - Number(b)));
        setVersion(known?.default ?? room.getVersion());
      },
      () => undefined,
    );
  }, [client, room]);

  const upgrade = () =>
    saving.save(async () => {
      const made = await upgradeRoom(client, room.roomId, { version, federate });
      onClose();
      goTo({ screen: 'room', roomId: made });
    });

  return (
    <SettingGroup title={t('upgrade.title')} text={t('upgrade.text')} refusal={refusal} saving={saving}>
      {refusal ? null : (
        <>
          <SelectField
            label={t('upgrade.version')}
            value={version}
            onChoose={setVersion}
            options={(versions.length > 0 ? versions : [version]).map((value) => ({ value, label: value }))}
          />
          {shared ? null : (
            <CheckRow
              label={t('upgrade.federate')}
              text={federation ?? t('upgrade.federateText')}
              checked={federate}
              disabled={federation !== undefined}
              onChange={setFederate}
            />
          )}
          <CheckRow label={t('upgrade.sure')} checked={asked} onChange={setAsked} />
          <Button
            variant="danger"
            small
            className="self-start"
            busy={saving.busy}
            disabled={!asked}
            onClick={() => void upgrade()}
          >
            {t('upgrade.confirm')}
          </Button>
        </>
      )}
    </SettingGroup>
  );
}
