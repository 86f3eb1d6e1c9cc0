import {
  ChevronRight,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  LoaderCircle,
  TriangleAlert,
} from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button } from '../controls/button.tsx';
import { Field } from '../controls/field.tsx';
import { Notice } from '../controls/notice.tsx';
import { useObservable } from '../frame/observable.ts';
import { Screen } from '../frame/screen.tsx';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';
import {
  CHECK_STEPS,
  type CheckStatus,
  type CheckStep,
  type CheckStepId,
  type Told,
} from './federation-check.ts';
import { type FederationCheck, useFederationCheck } from './use-federation-check.ts';

const SERVER_NAME = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** A checklist of how a server federates, from top to bottom. */
export function FederationCheckScreen() {
  const { me } = useWorkspace();
  const { role } = useObservable(me);
  return (
    <Screen title={t('check.title')}>
      <div className="flex max-w-[720px] flex-col gap-6">
        {role === 'admin' ? <Check /> : <Notice kind="info">{t('check.adminsOnly')}</Notice>}
      </div>
    </Screen>
  );
}

function Check() {
  const check = useFederationCheck();
  return (
    <>
      <Question check={check} />
      {check.problem ? <Notice kind="error">{check.problem}</Notice> : null}
      {check.server !== undefined && (check.running || check.steps.length > 0) ? (
        <Checklist check={check} server={check.server} />
      ) : null}
    </>
  );
}

function Question({ check }: { check: FederationCheck }) {
  const { serverName } = useWorkspace();
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState('');

  function submit(event: FormEvent) {
    event.preventDefault();
    const name = typed.trim().toLowerCase();
    const good = SERVER_NAME.test(name) && name.length <= 255;
    setFault(good ? '' : t('check.serverFault'));
    if (good) check.start(name);
  }

  return (
    <div className="flex flex-col gap-4">
      <p className="text-ink-soft">{t('check.text')}</p>
      <form className="flex flex-wrap items-start gap-2" onSubmit={submit} noValidate>
        <div className="min-w-[220px] flex-1">
          <Field
            label={t('check.server')}
            placeholder="example.org"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            value={typed}
            error={fault}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
        <Button type="submit" className="mt-[26px]" disabled={check.running}>
          {t('check.start')}
        </Button>
      </form>
      <Button
        variant="secondary"
        className="self-start"
        disabled={check.running}
        onClick={() => check.start('')}
      >
        {t('check.own', { server: serverName })}
      </Button>
    </div>
  );
}

function Checklist({ check, server }: { check: FederationCheck; server: string }) {
  const { serverName } = useWorkspace();
  const { steps, running } = check;
  const left = CHECK_STEPS.slice(steps.length);
  return (
    <section aria-labelledby="checklist-title" className="flex flex-col gap-3">
      <div className="flex items-start gap-3 rounded-xl bg-sunken px-3 py-3 pane:px-4">
        <Mark status={running || left.length > 0 ? undefined : worstOf(steps)} spinning={running} />
        <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
          <h2 id="checklist-title" className="font-semibold">
            {server || serverName}
          </h2>
          <p role="status" className="text-ink-soft">
            {running
              ? t('check.running', { step: t(TITLES[left[0] ?? 'inbound']) })
              : left.length > 0
                ? t('check.cancelled')
                : verdictOf(steps)}
          </p>
        </div>
        {running ? (
          <Button variant="secondary" small onClick={check.cancel}>
            {t('action.cancel')}
          </Button>
        ) : null}
      </div>
      <ol className="flex flex-col overflow-hidden rounded-xl border border-line">
        {steps.map((step) => (
          <StepRow key={step.id} step={step} server={server} />
        ))}
        {left.map((id, index) => (
          <WaitingRow key={id} id={id} active={running && index === 0} />
        ))}
      </ol>
    </section>
  );
}

const TITLES = {
  name: 'check.stepName',
  'well-known': 'check.stepWellKnown',
  srv: 'check.stepSrv',
  dns: 'check.stepDns',
  connection: 'check.stepConnection',
  tls: 'check.stepTls',
  keys: 'check.stepKeys',
  clock: 'check.stepClock',
  version: 'check.stepVersion',
  'signed-request': 'check.stepSignedRequest',
  inbound: 'check.stepInbound',
} as const;

const isStep = (id: string | undefined): id is CheckStepId => id !== undefined && id in TITLES;
const namedIn = ({ parameters }: Told): Readonly<Record<string, string>> => ({
  ...parameters,
  ...(isStep(parameters.step) ? { step: t(TITLES[parameters.step]) } : {}),
});

/** In the server's own words what this page has none for: a newer server may find more. */
const wordsOf = (told: Told): string =>
  t(`finding.${told.code}`, { ...namedIn(told), defaultValue: told.english });

const adviceOf = (told: Told): string =>
  t(`advice.${told.code}`, { ...namedIn(told), defaultValue: told.english });

const STATUSES = {
  ok: { icon: CircleCheck, style: 'text-ok', word: 'check.statusOk' },
  warning: { icon: TriangleAlert, style: 'text-warn', word: 'check.statusWarning' },
  failed: { icon: CircleAlert, style: 'text-danger', word: 'check.statusFailed' },
  'not-shown': { icon: CircleDashed, style: 'text-ink-quiet', word: 'check.statusNotShown' },
} as const;

const VERDICTS = {
  ok: 'check.verdictOk',
  warning: 'check.verdictWarning',
  failed: 'check.verdictFailed',
} as const;

/** What all comes to, and where to begin. */
function verdictOf(steps: readonly CheckStep[]): string {
  const worst = worstOf(steps);
  const first = steps.find(({ status }) => status === worst);
  return t(VERDICTS[worst], { step: first ? t(TITLES[first.id]) : '' });
}

function worstOf(steps: readonly CheckStep[]): keyof typeof VERDICTS {
  const has = (status: CheckStatus) => steps.some((step) => step.status === status);
  if (has('failed')) return 'failed';
  return has('warning') ? 'warning' : 'ok';
}

/** A sign for a status; without one, the step waits or is under way. */
function Mark({ status, spinning = false }: { status: CheckStatus | undefined; spinning?: boolean }) {
  const place = 'mt-0.5 size-5 shrink-0';
  if (spinning) return <LoaderCircle className={`spin ${place} text-ink-quiet`} aria-hidden />;
  if (!status) return <CircleDashed className={`${place} text-ink-quiet opacity-50`} aria-hidden />;
  const { icon: Icon, style } = STATUSES[status];
  return <Icon className={`${place} ${style}`} aria-hidden />;
}

const ROW_STYLE = 'flex items-start gap-3 px-3 py-2.5 not-last:border-b not-last:border-line pane:px-4';

function StepRow({ step, server }: { step: CheckStep; server: string }) {
  const { style, word } = STATUSES[step.status];
  const { advice } = step;
  return (
    <li className={ROW_STYLE} data-status={step.status}>
      <Mark status={step.status} />
      <div className="flex min-w-0 flex-1 flex-col gap-1 [overflow-wrap:anywhere]">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{t(TITLES[step.id])}</span>
          <span className={step.status === 'ok' ? 'sr-only' : `text-sm ${style}`}>{t(word)}</span>
        </p>
        <p className="text-ink-soft">
          {step.at === undefined
            ? wordsOf(step.finding)
            : t('check.at', { address: step.at, finding: wordsOf(step.finding) })}
        </p>
        {advice ? (
          <p className={step.status === 'not-shown' ? 'text-ink-soft' : ''}>
            {server && advice.who === 'them'
              ? t('check.adviceThem', { server, advice: adviceOf(advice) })
              : t('check.adviceUs', { advice: adviceOf(advice) })}
          </p>
        ) : null}
        {step.evidence.length > 0 ? <Evidence step={step} /> : null}
      </div>
    </li>
  );
}

function Evidence({ step }: { step: CheckStep }) {
  return (
    <details className="group text-sm">
      <summary className="flex w-fit cursor-pointer list-none items-center gap-1 rounded text-ink-quiet hover:text-ink [&::-webkit-details-marker]:hidden">
        <ChevronRight
          className="size-4 transition-transform group-open:rotate-90 motion-reduce:transition-none rtl:-scale-x-100"
          aria-hidden
        />
        {t('check.evidence')}
      </summary>
      <ul className="mt-1 flex flex-col gap-1 rounded-lg bg-sunken px-3 py-2 font-mono text-[13px] text-ink-soft">
        {step.evidence.map((line) => (
          <li key={line} dir="auto">
            {line}
          </li>
        ))}
      </ul>
    </details>
  );
}

function WaitingRow({ id, active }: { id: CheckStepId; active: boolean }) {
  return (
    <li className={`${ROW_STYLE} text-ink-quiet`}>
      <Mark status={undefined} spinning={active} />
      <span>{t(TITLES[id])}</span>
    </li>
  );
}
