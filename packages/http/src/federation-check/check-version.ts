import type { TransportResult } from '@causeway/homeserver';
import { isJsonObject } from '@causeway/protocol';
import { type Finding, failed, ok, warning } from './check-step.ts';
import { evidenceOfAnswer, judgeStrangeAnswer, objectIn } from './describe-answer.ts';

export const VERSION_PATH = '/_matrix/federation/v1/version';

/** @see https://spec.matrix.org/v1.19/server-server-api/#server-implementation */
export const judgeVersion = (answer: TransportResult): Finding => {
  const strange = judgeStrangeAnswer(VERSION_PATH, answer);
  if (strange !== undefined) return strange;
  const evidence = evidenceOfAnswer(VERSION_PATH, answer);
  const body = answer.kind === 'response' && answer.status === 200 ? objectIn(answer) : undefined;
  if (body === undefined) {
    return failed('version-refused', { parameters: { path: VERSION_PATH }, evidence, advice: 'open-path' });
  }
  const server = isJsonObject(body['server']) ? body['server'] : {};
  const { name, version } = server;
  if (typeof name === 'string') {
    const said = typeof version === 'string' ? `${name} ${version}` : name;
    return ok('version', { parameters: { program: said.slice(0, 100) }, evidence });
  }
  return warning('version-unnamed', { evidence });
};
