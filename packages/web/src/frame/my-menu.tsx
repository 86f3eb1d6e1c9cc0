import { Keyboard, LogOut, Settings, ShieldCheck, Stethoscope } from 'lucide-react';
import { Menu, MenuChoice, MenuHeading, MenuItem, MenuSeparator } from '../controls/menu.tsx';
import { t } from '../i18n/translate.ts';
import { Avatar } from '../people/avatar.tsx';
import { useOwnProfile } from '../people/own-profile.ts';
import { signOut } from '../session/session.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { openDialog } from './dialogs.ts';
import { useObservable } from './observable.ts';
import { goTo } from './route.ts';
import { chooseTheme, themeChoice } from './theme.ts';

/** Oneself: theme, shortcuts, sign-out. */
export function MyMenu({ side }: { side: 'right' | 'bottom' }) {
  const { client, session, me: standing } = useWorkspace();
  const isAdmin = useObservable(standing).role === 'admin';
  const theme = useObservable(themeChoice);
  const me = useOwnProfile();
  return (
    <Menu
      side={side}
      align="end"
      trigger={
        <button
          type="button"
          aria-label={t('me.menu', { name: me.name })}
          className="rounded-lg outline-offset-2 focus-visible:outline-2 focus-visible:outline-accent pane:focus-visible:outline-white"
        >
          <Avatar userId={session.userId} name={me.name} avatar={me.avatar} />
        </button>
      }
    >
      <MenuHeading>
        <span className="block font-medium">{me.name}</span>
        <span className="block text-xs text-ink-quiet [overflow-wrap:anywhere]">{session.userId}</span>
      </MenuHeading>
      <MenuSeparator />
      <MenuChoice
        label={t('theme.label')}
        value={theme}
        onChoose={chooseTheme}
        options={[
          { value: 'system', label: t('theme.system') },
          { value: 'light', label: t('theme.light') },
          { value: 'dark', label: t('theme.dark') },
        ]}
      />
      <MenuSeparator />
      <MenuItem icon={<Settings className="size-4" />} onSelect={() => openDialog({ kind: 'my-settings' })}>
        {t('me.settings')}
      </MenuItem>
      {isAdmin ? (
        <MenuItem
          icon={<ShieldCheck className="size-4" />}
          onSelect={() => goTo({ screen: 'admin', section: 'overview' })}
        >
          {t('admin.title')}
        </MenuItem>
      ) : null}
      {isAdmin ? (
        <MenuItem
          icon={<Stethoscope className="size-4" />}
          onSelect={() => goTo({ screen: 'admin', section: 'federation-check' })}
        >
          {t('check.title')}
        </MenuItem>
      ) : null}
      <MenuItem
        icon={<Keyboard className="size-4" />}
        shortcut="?"
        onSelect={() => openDialog({ kind: 'shortcuts' })}
      >
        {t('shortcuts.title')}
      </MenuItem>
      <MenuItem
        icon={<LogOut className="size-4" />}
        onSelect={() => {
          client.stopClient();
          void signOut(session);
        }}
      >
        {t('me.signOut')}
      </MenuItem>
    </Menu>
  );
}
