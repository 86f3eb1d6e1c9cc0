import { ConnectionError, MatrixError } from 'matrix-js-sdk';
import { t } from '../i18n/translate.ts';
import { RequestError, text } from './matrix-request.ts';

/** What went wrong, in a sentence fit to show. */
export function describeProblem(problem: unknown): string {
  if (problem instanceof MatrixError) {
    if (problem.errcode === 'M_LIMIT_EXCEEDED') return t('problem.tooOften');
    return text(problem.data?.error) ?? t('problem.refused');
  }
  if (problem instanceof RequestError) return problem.message || t('problem.refused');
  if (problem instanceof ConnectionError || problem instanceof TypeError) return t('problem.connection');
  if (problem instanceof Error && problem.message) return problem.message;
  return t('problem.unknown');
}

/** The specification's code of a refusal, whoever made the request. */
export function errorCode(problem: unknown): string | undefined {
  if (problem instanceof MatrixError || problem instanceof RequestError) return problem.errcode;
  return undefined;
}
