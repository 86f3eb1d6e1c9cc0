import { Keyboard, ShieldCheck } from 'lucide-react';
import { IconButton } from '../controls/icon-button.tsx';
import { RailSpaces } from '../discovery/rail-spaces.tsx';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import { openDialog } from './dialogs.ts';
import { MyMenu } from './my-menu.tsx';
import { useObservable } from './observable.ts';
import { goTo } from './route.ts';

/** The narrow column: the workspace above, then the spaces, oneself below. */
export function Rail() {
  const { info, serverName, me } = useWorkspace();
  const isAdmin = useObservable(me).role === 'admin';
  return (
    <nav
      aria-label={t('rail.label')}
      className="flex w-16 shrink-0 flex-col items-center gap-2 bg-rail py-3 text-rail-ink max-pane:hidden"
    >
      <span
        title={`${info.name} · ${serverName}`}
        className="flex size-10 items-center justify-center rounded-xl bg-white/15 text-lg font-semibold text-white"
      >
        {[...info.name][0]?.toUpperCase()}
      </span>
      <RailSpaces />
      <span className="flex-1" />
      {isAdmin ? (
        <IconButton
          label={t('admin.title')}
          side="right"
          className="text-rail-ink hover:bg-white/10 hover:text-white focus-visible:outline-white"
          onClick={() => goTo({ screen: 'admin', section: 'overview' })}
        >
          <ShieldCheck className="size-5" />
        </IconButton>
      ) : null}
      <IconButton
        label={t('shortcuts.title')}
        shortcut="?"
        side="right"
        className="text-rail-ink hover:bg-white/10 hover:text-white focus-visible:outline-white"
        onClick={() => openDialog({ kind: 'shortcuts' })}
      >
        <Keyboard className="size-5" />
      </IconButton>
      <MyMenu side="right" />
    </nav>
  );
}
