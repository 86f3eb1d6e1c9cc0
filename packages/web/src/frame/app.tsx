import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { t } from '../i18n/translate.ts';
import { InvitationScreen } from '../session/invitation-screen.tsx';
import { NewPasswordScreen } from '../session/new-password-screen.tsx';
import { currentSession } from '../session/session.ts';
import { SignInScreen } from '../session/sign-in-screen.tsx';
import { fetchWorkspace, type WorkspaceInfo } from '../session/workspace-api.ts';
import { SetupNeededScreen } from '../setup/setup-needed-screen.tsx';
import { SetupScreen } from '../setup/setup-screen.tsx';
import { FrameSkeleton } from './frame-skeleton.tsx';
import { FrontDoor } from './front-door.tsx';
import { useObservable } from './observable.ts';

const Workspace = lazy(() => import('./workspace.tsx'));

/** Decides between set-up, sign-in and the workspace. Matrix code is loaded for the last one only. */
export function App() {
  const session = useObservable(currentSession);
  const [workspace, setWorkspace] = useState<WorkspaceInfo>();
  const [failed, setFailed] = useState(false);
  const [path, setPath] = useState(location.pathname);
  const leaveLink = useCallback(() => {
    history.replaceState(null, '', '/');
    setPath('/');
  }, []);

  const load = useCallback(() => {
    setFailed(false);
    fetchWorkspace().then(setWorkspace, () => setFailed(true));
  }, []);
  useEffect(load, [load]);
  useEffect(() => {
    if (workspace) document.title = workspace.state === 'ready' ? workspace.name : 'Causeway';
  }, [workspace]);

  if (failed) {
    return (
      <FrontDoor title={t('app.unreachableTitle')}>
        <p className="text-ink-soft">{t('app.unreachable')}</p>
        <Button onClick={load}>{t('app.retry')}</Button>
      </FrontDoor>
    );
  }
  if (!workspace) return <FrameSkeleton />;
  if (location.pathname === '/setup' && workspace.state === 'setup') return <SetupScreen onReady={load} />;
  if (workspace.state === 'setup') return <SetupNeededScreen />;
  if (path === '/invitation') {
    return <InvitationScreen workspace={workspace} session={session} onLeave={leaveLink} />;
  }
  if (path === '/new-password') return <NewPasswordScreen onLeave={leaveLink} />;
  if (!session) return <SignInScreen workspace={workspace} />;
  return (
    <Suspense fallback={<FrameSkeleton />}>
      <Workspace key={session.accessToken} session={session} info={workspace} />
    </Suspense>
  );
}
