import type { ConnectionError, MatrixError } from 'matrix-js-sdk';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { type Fault, isObject, type JsonObject, readFault, RequestError, text } from './matrix-request.ts';

/** By what they bear: pages before sign-in say what went wrong too, and do without the SDK. */
const isMatrixError = (problem: unknown): problem is MatrixError =>
  problem instanceof Error && problem.name !== 'RequestError' && 'errcode' in problem && 'data' in problem;
const isConnectionError = (problem: unknown): problem is ConnectionError =>
  problem instanceof Error && problem.name === 'ConnectionError';

/** What went wrong, in a sentence fit to show. */
export function describeProblem(problem: unknown): string {
  if (isMatrixError(problem)) {
    if (problem.errcode === 'M_LIMIT_EXCEEDED') return t('problem.tooOften');
    const body = isObject(problem.data) ? problem.data : {};
    return inWords(readFault(body), text(body.error));
  }
  if (problem instanceof RequestError) return inWords(problem.fault, problem.message);
  if (isConnectionError(problem) || problem instanceof TypeError) return t('problem.connection');
  if (problem instanceof Error && problem.message) return problem.message;
  return t('problem.unknown');
}

/** What an answer says to a person that is no refusal itself; `english` is what the server says of it. */
export const sentenceIn = (answer: JsonObject, english: unknown): string =>
  inWords(readFault(answer), text(english));

/** The specification's code of a refusal, whoever made the request. */
export function errorCode(problem: unknown): string | undefined {
  if (isMatrixError(problem) || problem instanceof RequestError) return problem.errcode;
  return undefined;
}

const inWords = (fault: Fault | undefined, english: string | undefined): string => {
  const otherwise = english || t('problem.refused');
  return fault === undefined ? otherwise : faultInWords(fault, otherwise);
};

/** The catalogue's words for a fault; the server's own English where there are none, as a newer server may have more. */
const faultInWords = ({ code, parameters }: Fault, english: string): string => {
  const { ts, setting, because, why, ...others } = parameters;
  return t(`fault.${code}`, {
    ...parameters,
    ...(typeof ts === 'number' ? { ts: formatMoment(ts) } : {}),
    ...(typeof setting === 'string'
      ? { setting: t(`setting.${setting}.label`, { defaultValue: setting }) }
      : {}),
    // What did not work, and as `because` the code of why, with what that sentence names.
    ...(typeof because === 'string'
      ? { why: faultInWords({ code: because, parameters: others }, String(why)) }
      : {}),
    defaultValue: english,
  });
};
