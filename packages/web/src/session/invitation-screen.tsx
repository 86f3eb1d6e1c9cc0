import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { FrontDoor } from '../frame/front-door.tsx';
import { t } from '../i18n/translate.ts';
import { acceptInvitation, lookAtInvitation } from './account-links.ts';
import { LinkScreen } from './link-screen.tsx';
import { describeProblem, errorCode } from './problem.ts';
import { type Session, signIn } from './session.ts';
import type { WorkspaceInfo } from './workspace-api.ts';
import { SHORTEST_PASSWORD } from './shortest-password.ts';

const LOCALPART = /^[a-z0-9._=/+-]+$/;

type Faults = { readonly username?: string; readonly password?: string };

type InvitationScreenProps = {
  readonly workspace: WorkspaceInfo;
  readonly session: Session | undefined;
  readonly onLeave: () => void;
};

/** Where an invitation link leads: somebody makes an account of their own. */
export function InvitationScreen({ workspace, session, onLeave }: InvitationScreenProps) {
  const title = t('links.welcome', { workspace: workspace.name });
  if (session) {
    return (
      <FrontDoor title={title}>
        <Notice kind="info">{t('links.signedIn', { user: session.userId })}</Notice>
        <Button onClick={onLeave}>{t('links.toWorkspace')}</Button>
      </FrontDoor>
    );
  }
  return (
    <LinkScreen title={title} look={lookAtInvitation} onLeave={onLeave}>
      {(secret) => <SignUpForm secret={secret} workspace={workspace} onLeave={onLeave} />}
    </LinkScreen>
  );
}

type SignUpFormProps = {
  readonly secret: string;
  readonly workspace: WorkspaceInfo;
  readonly onLeave: () => void;
};

function SignUpForm({ secret, workspace, onLeave }: SignUpFormProps) {
  const [username, setUsername] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [password, setPassword] = useState('');
  const [faults, setFaults] = useState<Faults>({});
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const found = {
      ...(LOCALPART.test(username) ? {} : { username: t('setup.faultUsername') }),
      ...(password.length < SHORTEST_PASSWORD
        ? { password: t('setup.faultPassword', { count: SHORTEST_PASSWORD }) }
        : {}),
    };
    setFaults(found);
    setFailure('');
    if (busy || Object.keys(found).length > 0) return;
    setBusy(true);
    try {
      await acceptInvitation({ secret, username, displayName, password });
    } catch (problem) {
      setBusy(false);
      const isName = errorCode(problem) === 'M_USER_IN_USE' || errorCode(problem) === 'M_INVALID_USERNAME';
      if (isName) setFaults({ username: describeProblem(problem) });
      else setFailure(describeProblem(problem));
      return;
    }
    // The account is there; whoever cannot be signed in now does it on the next page.
    await signIn(username, password).catch(() => undefined);
    onLeave();
  }

  return (
    <form className="flex flex-col gap-4" onSubmit={(event) => void submit(event)} noValidate>
      <Field
        label={t('setup.username')}
        value={username}
        error={faults.username}
        hint={t('setup.usernameHint', { id: `@${username || 'ada'}:${workspace.serverName}` })}
        autoFocus
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setUsername(event.target.value.trim().toLowerCase())}
      />
      <Field
        label={t('accounts.displayName')}
        value={displayName}
        autoComplete="name"
        onChange={(event) => setDisplayName(event.target.value)}
      />
      <Field
        label={t('setup.password')}
        type="password"
        autoComplete="new-password"
        value={password}
        error={faults.password}
        onChange={(event) => setPassword(event.target.value)}
      />
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      <Button type="submit" busy={busy}>
        {t('links.signUp')}
      </Button>
    </form>
  );
}
