import { LoaderCircle } from 'lucide-react';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { ChoiceCard } from '../controls/choice-card.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { FrontDoor } from '../frame/front-door.tsx';
import { t } from '../i18n/translate.ts';
import { RequestError } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { signIn } from '../session/session.ts';
import { checkSetupLink, completeSetup, type SetupLink } from '../session/workspace-api.ts';
import { findFaults, normaliseServerName, type SetupDraft, type SetupFaults } from './setup-answers.ts';

const token = () => new URLSearchParams(location.search).get('token') ?? '';

export function SetupScreen({ onReady }: { onReady: () => void }) {
  const [link, setLink] = useState<SetupLink>();
  const [refused, setRefused] = useState<keyof typeof REFUSALS>();

  useEffect(() => {
    checkSetupLink(token()).then(setLink, (problem: unknown) => setRefused(linkRefusal(problem)));
  }, []);

  if (refused) {
    const { title, text, help } = REFUSALS[refused];
    return (
      <FrontDoor title={t(title)}>
        <Notice kind="error">{t(text)}</Notice>
        {help ? <p className="text-ink-soft">{t(help)}</p> : null}
      </FrontDoor>
    );
  }
  return (
    <FrontDoor wide title={t('setup.title')} lead={t('setup.lead')}>
      {link ? (
        <SetupForm link={link} onReady={onReady} />
      ) : (
        <p className="flex items-center gap-2 text-ink-soft" role="status">
          <LoaderCircle className="spin size-4" aria-hidden /> {t('setup.checkingLink')}
        </p>
      )}
    </FrontDoor>
  );
}

/** Why the link opens nothing; no answer is no fault of the link. */
function linkRefusal(problem: unknown): keyof typeof REFUSALS {
  const errcode = problem instanceof RequestError ? problem.errcode : undefined;
  if (errcode === 'CAUSEWAY_SETUP_LINK_EXPIRED') return 'expired';
  return errcode === 'M_FORBIDDEN' ? 'wrong' : 'unknown';
}

const REFUSALS = {
  expired: { title: 'setup.linkExpiredTitle', text: 'setup.linkExpired', help: 'setup.linkExpiredHelp' },
  wrong: { title: 'setup.linkRefusedTitle', text: 'setup.linkRefused', help: 'setup.linkRefusedHelp' },
  unknown: { title: 'setup.linkUnknownTitle', text: 'setup.linkUnknown', help: undefined },
} as const;

function SetupForm({ link, onReady }: { link: SetupLink; onReady: () => void }) {
  const fixedTrial = link.serverNameFixed && link.suggestedServerName === 'localhost';
  const [draft, setDraft] = useState<SetupDraft>({
    workspaceName: '',
    kind: fixedTrial ? 'trial' : 'organisation',
    serverName: link.suggestedServerName === 'localhost' ? '' : link.suggestedServerName,
    username: '',
    password: '',
  });
  const [faults, setFaults] = useState<SetupFaults>({});
  const [failure, setFailure] = useState('');
  const [busy, setBusy] = useState(false);
  const change = (part: Partial<SetupDraft>) => setDraft((old) => ({ ...old, ...part }));
  const serverName = normaliseServerName(draft.serverName);
  const shownName = draft.kind === 'trial' ? 'localhost' : serverName || 'chat.example.org';

  async function submit(event: FormEvent) {
    event.preventDefault();
    const found = findFaults(draft);
    setFaults(found);
    setFailure('');
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    try {
      await completeSetup({
        token: token(),
        workspaceName: draft.workspaceName.trim(),
        serverName: draft.kind === 'trial' ? undefined : serverName,
        admin: { username: draft.username, password: draft.password },
      });
      await signIn(draft.username, draft.password).catch(() => undefined);
      history.replaceState(null, '', '/');
      onReady();
    } catch (problem) {
      setBusy(false);
      const message = problem instanceof RequestError ? describeProblem(problem) : t('setup.failed');
      const field = problem instanceof RequestError ? fieldOf(problem.field) : undefined;
      if (field) setFaults({ [field]: message });
      else setFailure(message);
    }
  }

  return (
    <form className="flex flex-col gap-7" onSubmit={submit} noValidate>
      <Field
        label={t('setup.workspaceName')}
        hint={t('setup.workspaceNameHint')}
        value={draft.workspaceName}
        error={faults.workspace_name}
        autoFocus
        onChange={(event) => change({ workspaceName: event.target.value })}
      />
      <Section title={t('setup.serverNameSection')} text={t('setup.serverNameExplanation')}>
        <div role="radiogroup" aria-label={t('setup.serverNameSection')} className="flex flex-col gap-2">
          <ChoiceCard
            name="kind"
            checked={draft.kind === 'organisation'}
            disabled={fixedTrial}
            onChoose={() => change({ kind: 'organisation' })}
            title={t('setup.organisationTitle')}
            text={t('setup.organisationText')}
          >
            <Field
              label={t('setup.serverName')}
              placeholder="chat.example.org"
              value={draft.serverName}
              disabled={link.serverNameFixed}
              error={faults.server_name}
              hint={link.serverNameFixed ? t('setup.serverNameFixed') : t('setup.serverNameHint')}
              autoCapitalize="none"
              autoCorrect="off"
              spellCheck={false}
              onChange={(event) => change({ serverName: event.target.value })}
            />
          </ChoiceCard>
          <ChoiceCard
            name="kind"
            checked={draft.kind === 'trial'}
            disabled={link.serverNameFixed && !fixedTrial}
            onChoose={() => change({ kind: 'trial' })}
            title={t('setup.trialTitle')}
            text={t('setup.trialText')}
          />
        </div>
        <Notice kind="warning">
          {draft.kind === 'trial'
            ? t('setup.trialWarning')
            : t('setup.permanentWarning', { name: shownName })}
        </Notice>
      </Section>
      <Section title={t('setup.adminSection')} text={t('setup.adminExplanation')}>
        <Field
          label={t('setup.username')}
          value={draft.username}
          error={faults.username}
          hint={t('setup.usernameHint', { id: `@${draft.username || 'ada'}:${shownName}` })}
          autoComplete="username"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          onChange={(event) => change({ username: event.target.value.trim().toLowerCase() })}
        />
        <Field
          label={t('setup.password')}
          type="password"
          autoComplete="new-password"
          value={draft.password}
          error={faults.password}
          onChange={(event) => change({ password: event.target.value })}
        />
      </Section>
      {failure ? <Notice kind="error">{failure}</Notice> : null}
      <Button type="submit" busy={busy}>
        {busy ? t('setup.working') : t('setup.submit')}
      </Button>
    </form>
  );
}

function fieldOf(name: string | undefined): keyof SetupFaults | undefined {
  const last = name?.split('.').at(-1);
  return last === 'workspace_name' || last === 'server_name' || last === 'username' || last === 'password'
    ? last
    : undefined;
}

function Section(props: { title: string; text: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-4 border-t border-line pt-6">
      <div className="flex flex-col gap-1">
        <h2 className="text-lg font-semibold">{props.title}</h2>
        <p className="text-ink-soft">{props.text}</p>
      </div>
      {props.children}
    </section>
  );
}
