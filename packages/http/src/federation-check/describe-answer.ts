/** What an answer is that is not the one that was hoped for. */
import type { TransportFailure, TransportResponse, TransportResult } from '@causeway/homeserver';
import { isJsonObject, type JsonObject, parseJson } from '@causeway/protocol';
import type { AdviceCode } from './advice.ts';
import { type Finding, failed } from './check-step.ts';

type Response = TransportResponse<Uint8Array>;

const EXCERPT_BYTES = 200;

/** The beginning of a body, on one line, without what a terminal would obey. */
export const excerptOf = ({ body }: Response): string => {
  if (body.length === 0) return 'an empty body';
  const text = Buffer.from(body.subarray(0, EXCERPT_BYTES)).toString('utf8');
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return body.length > EXCERPT_BYTES ? `${clean}…` : clean;
};

export const looksLikeHtml = (answer: Response): boolean =>
  /^\s*<(?:!doctype|html|head|body|\?xml)/i.test(excerptOf(answer)) ||
  /text\/html/i.test(answer.headers['content-type'] ?? '');

/** The body as an object; undefined when it is none. */
export const objectIn = ({ body }: Response): JsonObject | undefined => {
  const parsed = parseJson(body);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
};

export const evidenceOfAnswer = (path: string, answer: TransportResult): string[] =>
  answer.kind === 'failed'
    ? [`GET ${path}`, answer.reason]
    : [`GET ${path}`, `status ${answer.status}`, excerptOf(answer)];

/** Why an answer can't come from a homeserver that is in order; undefined when it may. */
export const judgeStrangeAnswer = (path: string, answer: TransportResult): Finding | undefined => {
  const evidence = evidenceOfAnswer(path, answer);
  if (answer.kind === 'failed') return judgeFailure(answer, evidence);
  const { status } = answer;
  const server = answer.headers['server'];
  const seen = server === undefined ? evidence : [...evidence, `Server: ${server.slice(0, 100)}`];
  if ([502, 503, 504].includes(status)) {
    return failed('proxy-error', { parameters: { status: String(status) }, evidence: seen });
  }
  if (status === 404 || status === 405) {
    if (objectIn(answer)?.['errcode'] === 'M_NOT_FOUND') return undefined;
    const parameters = { status: String(status), path: pathStem(path) };
    return failed('path-not-served', { parameters, evidence: seen });
  }
  if (status === 200 && objectIn(answer) === undefined) return failed('not-matrix', { evidence: seen });
  if (status >= 500) {
    return failed('server-error', { parameters: { status: String(status) }, evidence: seen });
  }
  return undefined;
};

const ADVICE_FOR_FAILURE: { readonly [code in TransportFailure['code']]?: AdviceCode } = {
  timeout: 'overloaded',
  'too-large': 'keep-to-the-specification',
  'refused-by-policy': 'see-why-not',
};

const judgeFailure = ({ code, reason }: TransportFailure, evidence: readonly string[]): Finding =>
  failed(`no-answer-${code}`, {
    parameters: { reason },
    evidence,
    advice: ADVICE_FOR_FAILURE[code] ?? 'run-again',
  });

const pathStem = (path: string): string => path.split('/').slice(0, 3).join('/');
