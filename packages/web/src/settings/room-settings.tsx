import { Ban, Bell, DoorOpen, GitBranch, Hash, Server, Shield } from 'lucide-react';
import type { Room } from 'matrix-js-sdk';
import { type ReactNode, useState } from 'react';
import { SettingsDialog } from '../controls/settings-dialog.tsx';
import type { RoomSettingsSection } from '../frame/dialogs.ts';
import { useObservable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { AccessSection } from './room-access.tsx';
import { BannedSection } from './room-banned.tsx';
import { GeneralSection } from './room-general.tsx';
import { RoomNotificationsSection } from './room-notifications.tsx';
import { PermissionsSection } from './room-permissions.tsx';
import { ServersSection } from './room-servers.tsx';
import { VersionSection } from './room-version.tsx';

type RoomSettingsProps = { roomId: string; section: RoomSettingsSection | undefined; onClose: () => void };

/** Everything about a room that can be set, each disabled with the reason for who may not. */
export function RoomSettings({ roomId, section, onClose }: RoomSettingsProps) {
  const { client, rooms } = useWorkspace();
  const summary = useObservable(rooms).find((one) => one.id === roomId);
  const [current, setCurrent] = useState<RoomSettingsSection>(section ?? 'general');
  const room = client.getRoom(roomId);
  if (!room || !summary) return null;
  const icon = (Icon: typeof Hash) => <Icon className="size-4" aria-hidden />;
  return (
    <SettingsDialog
      title={summary.name}
      current={current}
      onSection={setCurrent}
      onClose={onClose}
      sections={[
        { id: 'general', label: t('roomSettings.general'), icon: icon(Hash) },
        { id: 'access', label: t('roomSettings.access'), icon: icon(DoorOpen) },
        { id: 'notifications', label: t('roomSettings.notifications'), icon: icon(Bell) },
        { id: 'permissions', label: t('roomSettings.permissions'), icon: icon(Shield) },
        { id: 'banned', label: t('roomSettings.banned'), icon: icon(Ban) },
        ...(summary.shared
          ? [{ id: 'servers' as const, label: t('roomSettings.servers'), icon: icon(Server) }]
          : []),
        { id: 'version', label: t('roomSettings.version'), icon: icon(GitBranch) },
      ]}
    >
      {sectionOf(current, room, summary.shared, onClose)}
    </SettingsDialog>
  );
}

function sectionOf(
  section: RoomSettingsSection,
  room: Room,
  shared: boolean,
  onClose: () => void,
): ReactNode {
  switch (section) {
    case 'general':
      return <GeneralSection room={room} />;
    case 'access':
      return <AccessSection room={room} shared={shared} />;
    case 'notifications':
      return <RoomNotificationsSection roomId={room.roomId} />;
    case 'permissions':
      return <PermissionsSection room={room} />;
    case 'banned':
      return <BannedSection room={room} />;
    case 'servers':
      return <ServersSection room={room} />;
    case 'version':
      return <VersionSection room={room} shared={shared} onClose={onClose} />;
  }
}
