import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { FrontDoor } from '../frame/front-door.tsx';
import { useObservable } from '../frame/observable.ts';
import { t } from '../i18n/translate.ts';
import { RequestError } from './matrix-request.ts';
import { describeProblem } from './problem.ts';
import { signedOut, signIn } from './session.ts';
import type { WorkspaceInfo } from './workspace-api.ts';

export function SignInScreen({ workspace }: { workspace: WorkspaceInfo }) {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const ended = useObservable(signedOut);
  const [error, setError] = useState('');

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!user.trim() || !password) {
      setError(t('signIn.incomplete'));
      return;
    }
    setBusy(true);
    setError('');
    try {
      await signIn(user.trim(), password);
    } catch (problem) {
      setError(describe(problem));
      setBusy(false);
    }
  }

  return (
    <FrontDoor
      title={t('signIn.title', { workspace: workspace.name })}
      lead={<span className="[overflow-wrap:anywhere]">{workspace.serverName}</span>}
    >
      {ended === 'byServer' ? <Notice kind="info">{t('signIn.ended')}</Notice> : null}
      {ended === 'onlyHere' ? <Notice kind="warning">{t('signIn.onlyHere')}</Notice> : null}
      <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
        <Field
          label={t('signIn.username')}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          autoFocus
          value={user}
          onChange={(event) => setUser(event.target.value)}
        />
        <Field
          label={t('signIn.password')}
          name="password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {error ? <Notice kind="error">{error}</Notice> : null}
        <Button type="submit" busy={busy}>
          {t('signIn.submit')}
        </Button>
      </form>
      {workspace.trial ? <Notice kind="info">{t('signIn.trial')}</Notice> : null}
    </FrontDoor>
  );
}

function describe(problem: unknown): string {
  if (!(problem instanceof RequestError)) return t('signIn.unreachable');
  if (problem.errcode === 'M_FORBIDDEN') return t('signIn.refused');
  if (problem.errcode === 'M_LIMIT_EXCEEDED') return t('signIn.tooOften');
  return describeProblem(problem);
}
