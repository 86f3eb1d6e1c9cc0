import { Bell, EyeOff, KeyRound, Monitor, Palette, User, UserX } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { SettingsDialog } from '../controls/settings-dialog.tsx';
import type { MySettingsSection } from '../frame/dialogs.ts';
import { t } from '../i18n/translate.ts';
import { AppearanceSection } from './my-appearance.tsx';
import { NotificationsSection } from './my-notifications.tsx';
import { PasswordSection } from './my-password.tsx';
import { PrivacySection } from './my-privacy.tsx';
import { ProfileSection } from './my-profile.tsx';
import { SessionsSection } from './my-sessions.tsx';
import { UnwantedSection } from './my-unwanted.tsx';

type MySettingsProps = { section: MySettingsSection | undefined; onClose: () => void };

/** Everything about oneself that can be set. */
export function MySettings({ section, onClose }: MySettingsProps) {
  const [current, setCurrent] = useState<MySettingsSection>(section ?? 'profile');
  const icon = (Icon: typeof User) => <Icon className="size-4" aria-hidden />;
  return (
    <SettingsDialog
      title={t('mySettings.title')}
      current={current}
      onSection={setCurrent}
      onClose={onClose}
      sections={[
        { id: 'profile', label: t('mySettings.profile'), icon: icon(User) },
        { id: 'password', label: t('mySettings.password'), icon: icon(KeyRound) },
        { id: 'sessions', label: t('mySettings.sessions'), icon: icon(Monitor) },
        { id: 'notifications', label: t('mySettings.notifications'), icon: icon(Bell) },
        { id: 'privacy', label: t('mySettings.privacy'), icon: icon(EyeOff) },
        { id: 'unwanted', label: t('mySettings.unwanted'), icon: icon(UserX) },
        { id: 'appearance', label: t('mySettings.appearance'), icon: icon(Palette) },
      ]}
    >
      {sectionOf(current)}
    </SettingsDialog>
  );
}

function sectionOf(section: MySettingsSection): ReactNode {
  switch (section) {
    case 'profile':
      return <ProfileSection />;
    case 'password':
      return <PasswordSection />;
    case 'sessions':
      return <SessionsSection />;
    case 'notifications':
      return <NotificationsSection />;
    case 'privacy':
      return <PrivacySection />;
    case 'unwanted':
      return <UnwantedSection />;
    case 'appearance':
      return <AppearanceSection />;
  }
}
