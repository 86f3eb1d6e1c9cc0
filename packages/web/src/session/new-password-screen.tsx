import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { t } from '../i18n/translate.ts';
import { lookAtPasswordLink, setNewPassword } from './account-links.ts';
import { LinkScreen } from './link-screen.tsx';
import { describeProblem } from './problem.ts';
import { SHORTEST_PASSWORD } from './shortest-password.ts';

/** Where a link for a new password leads. */
export function NewPasswordScreen({ onLeave }: { onLeave: () => void }) {
  return (
    <LinkScreen title={t('links.newPassword')} look={lookAtPasswordLink} onLeave={onLeave}>
      {(secret, userId) => <NewPasswordForm secret={secret} userId={userId} onLeave={onLeave} />}
    </LinkScreen>
  );
}

type NewPasswordFormProps = {
  readonly secret: string;
  readonly userId: string;
  readonly onLeave: () => void;
};

function NewPasswordForm({ secret, userId, onLeave }: NewPasswordFormProps) {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [fault, setFault] = useState<{ readonly field: 'password' | 'again'; readonly words: string }>();
  const [failure, setFailure] = useState('');
  const [state, setState] = useState<'asking' | 'busy' | 'done'>('asking');

  async function submit(event: FormEvent) {
    event.preventDefault();
    setFailure('');
    if (password.length < SHORTEST_PASSWORD)
      return setFault({ field: 'password', words: t('setup.faultPassword', { count: SHORTEST_PASSWORD }) });
    if (password !== again) return setFault({ field: 'again', words: t('password.different') });
    setFault(undefined);
    setState('busy');
    try {
      await setNewPassword(secret, password);
      setState('done');
    } catch (problem) {
      setState('asking');
      setFailure(describeProblem(problem));
    }
  }

  if (state === 'done') {
    return (
      <>
        <Notice kind="info">{t('links.passwordSet', { user: userId })}</Notice>
        <Button onClick={onLeave}>{t('links.toSignIn')}</Button>
      </>
    );
  }
  return (
    <form className="flex flex-col gap-4" onSubmit={(event) => void submit(event)} noValidate>
      <p className="text-ink-soft [overflow-wrap:anywhere]">{t('links.passwordOf', { user: userId })}</p>
      <Field
        label={t('password.new')}
        type="password"
        autoFocus
        autoComplete="new-password"
        value={password}
        error={fault?.field === 'password' ? fault.words : undefined}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Field
        label={t('password.again')}
        type="password"
        autoComplete="new-password"
        value={again}
        error={fault?.field === 'again' ? fault.words : undefined}
        onChange={(event) => setAgain(event.target.value)}
      />
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      <Button type="submit" busy={state === 'busy'}>
        {t('links.setPassword')}
      </Button>
    </form>
  );
}
