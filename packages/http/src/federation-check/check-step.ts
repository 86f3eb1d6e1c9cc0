/** What a federation check says of each of its steps. */
import { ADVICE, type AdviceCode } from './advice.ts';
import { FINDINGS, type FindingCode } from './findings.ts';
import { STEP_TITLES } from './titles.ts';

export const CHECK_STEPS = [
  'name',
  'well-known',
  'srv',
  'dns',
  'connection',
  'tls',
  'keys',
  'clock',
  'version',
  'signed-request',
  'inbound',
] as const;

export type CheckStepId = (typeof CHECK_STEPS)[number];

/** `not-shown`: it was not tried, or what happened says neither yes nor no. */
export type CheckStatus = 'ok' | 'warning' | 'failed' | 'not-shown';

export type CheckStep = {
  readonly id: CheckStepId;
  readonly status: CheckStatus;
  /** What was found, for programs: the same for ever. */
  readonly code: FindingCode;
  /** What the words about it name: addresses, dates, status codes. */
  readonly parameters: Parameters;
  /** The one address that it was found at, where others are sound. */
  readonly at?: string;
  /** What was found, in an English sentence. */
  readonly summary: string;
  /** What was seen, line by line: addresses, status codes, names in certificates. */
  readonly evidence: readonly string[];
  /** What to do about it. */
  readonly advice?: Advice;
};

export type Parameters = { readonly [name: string]: string };

export type Advice = {
  /** Who can do it: those who run the server that was checked, or we. */
  readonly who: 'them' | 'us';
  readonly code: AdviceCode;
  /** In an English sentence; it names the same parameters. */
  readonly text: string;
};

/** What a step found; its ID is added by who asked. */
export type Finding = Omit<CheckStep, 'id'>;

type Told = {
  readonly parameters?: Parameters;
  readonly evidence?: readonly string[];
  /** Left out: the advice of the same name as the finding. */
  readonly advice?: AdviceCode;
};

const isAdvice = (code: string): code is AdviceCode => Object.hasOwn(ADVICE, code);

const found =
  (status: CheckStatus) =>
  (code: FindingCode, { parameters = {}, evidence = [], advice }: Told = {}): Finding => {
    const finding = { status, code, parameters, summary: inEnglish(FINDINGS[code], parameters), evidence };
    const advised = advice ?? (status !== 'ok' && isAdvice(code) ? code : undefined);
    if (advised === undefined) return finding;
    const { who, text } = ADVICE[advised];
    return { ...finding, advice: { who, code: advised, text: inEnglish(text, parameters) } };
  };

export const ok = found('ok');
export const warning = found('warning');
export const failed = found('failed');
export const notShown = found('not-shown');

/** The sentence with what it names; `step` is the ID of one, which has a title. */
const inEnglish = (template: string, parameters: Parameters): string =>
  template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = parameters[name] ?? '';
    return name === 'step' ? `“${titleOf(value)}”` : value;
  });

const titleOf = (id: string): string => {
  const step = CHECK_STEPS.find((one) => one === id);
  return step === undefined ? id : STEP_TITLES[step];
};

export type CheckVerdict = 'ok' | 'warning' | 'failed';

/** What all steps come to: the worst of them. What was not shown is no fault. */
export const verdictOf = (steps: readonly CheckStep[]): CheckVerdict => {
  if (steps.some(({ status }) => status === 'failed')) return 'failed';
  return steps.some(({ status }) => status === 'warning') ? 'warning' : 'ok';
};
