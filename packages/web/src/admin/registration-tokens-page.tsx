import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { SelectField } from '../controls/select-field.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import {
  fetchTokens,
  makeToken,
  type RegistrationToken,
  type RegistrationTokens,
  withdrawToken,
} from './people-api.ts';
import { Loading } from './settings-page.tsx';
import { useAnswer } from './use-answer.ts';

const DAY_MS = 86_400_000;
const DAYS = { never: undefined, day: 1, week: 7, month: 30 } as const;

/** Tokens with which people register in any Matrix client. */
export function RegistrationTokensPage() {
  const { session } = useWorkspace();
  const { value, failure, set, again } = useAnswer(fetchTokens);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  async function change(work: () => Promise<RegistrationTokens>) {
    setBusy(true);
    setProblem('');
    try {
      set(await work());
    } catch (thrown) {
      setProblem(describeProblem(thrown));
      again();
    } finally {
      setBusy(false);
    }
  }

  const wrong = problem || failure;
  return (
    <div className="flex flex-col gap-5">
      <p className="max-w-[70ch] text-ink-soft">{t('tokens.text')}</p>
      {value && value.registration !== 'token' ? (
        <Notice kind="warning">
          {value.registration === 'open' ? t('tokens.notNeeded') : t('tokens.notTaken')}
        </Notice>
      ) : null}
      <NewToken busy={busy} onMake={(wish) => void change(() => makeToken(session.accessToken, wish))} />
      {wrong ? <Notice kind="error">{wrong}</Notice> : null}
      {value ? (
        <ul aria-label={t('tokens.title')} className="flex flex-col">
          {value.tokens.map((token) => (
            <TokenRow
              key={token.token}
              token={token}
              busy={busy}
              onWithdraw={() => void change(() => withdrawToken(session.accessToken, token.token))}
            />
          ))}
        </ul>
      ) : (
        <Loading />
      )}
      {value?.tokens.length === 0 ? <p className="text-ink-soft">{t('tokens.none')}</p> : null}
    </div>
  );
}

type Wish = Parameters<typeof makeToken>[1];

function NewToken({ busy, onMake }: { busy: boolean; onMake: (wish: Wish) => void }) {
  const [token, setToken] = useState('');
  const [uses, setUses] = useState('');
  const [time, setTime] = useState<keyof typeof DAYS>('never');

  function submit(event: FormEvent) {
    event.preventDefault();
    const days = DAYS[time];
    onMake({
      ...(token.trim() === '' ? {} : { token: token.trim() }),
      ...(uses.trim() === '' ? {} : { uses: Number(uses) }),
      ...(days === undefined ? {} : { expires_ts: Date.now() + days * DAY_MS }),
    });
    setToken('');
  }

  return (
    <form noValidate onSubmit={submit} className="flex flex-wrap items-end gap-3">
      <div className="min-w-[200px] flex-1">
        <Field
          label={t('tokens.token')}
          placeholder={t('tokens.chosenHere')}
          value={token}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setToken(event.target.value)}
        />
      </div>
      <div className="w-32">
        <Field
          label={t('links.uses')}
          placeholder={t('tokens.anyNumber')}
          inputMode="numeric"
          value={uses}
          autoComplete="off"
          onChange={(event) => setUses(event.target.value)}
        />
      </div>
      <SelectField
        label={t('links.time')}
        value={time}
        options={[
          { value: 'never', label: t('tokens.forEver') },
          { value: 'day', label: t('links.day') },
          { value: 'week', label: t('links.week') },
          { value: 'month', label: t('links.month') },
        ]}
        onChoose={setTime}
      />
      <Button type="submit" busy={busy}>
        {t('tokens.make')}
      </Button>
    </form>
  );
}

type TokenRowProps = {
  readonly token: RegistrationToken;
  readonly busy: boolean;
  readonly onWithdraw: () => void;
};

function TokenRow({ token, busy, onWithdraw }: TokenRowProps) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line py-2.5">
      <code className="min-w-[200px] flex-1 [overflow-wrap:anywhere]">{token.token}</code>
      <span className="w-[230px] text-sm text-ink-soft">
        {token.state === 'open'
          ? token.expiresTs === undefined
            ? t('tokens.openForEver')
            : t('links.openUntil', { when: formatMoment(token.expiresTs) })
          : t(`links.${token.state}`)}
        <span className="block text-ink-quiet">
          {token.uses === undefined
            ? t('tokens.usedTimes', { count: token.used })
            : t('links.usedOf', { used: token.used, uses: token.uses })}
        </span>
      </span>
      {token.state === 'open' ? (
        <Button
          variant="secondary"
          small
          disabled={busy}
          aria-label={t('links.withdrawOf', { name: token.token })}
          onClick={onWithdraw}
        >
          {t('links.withdraw')}
        </Button>
      ) : null}
    </li>
  );
}
