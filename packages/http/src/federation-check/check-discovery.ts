/** The steps before a connection: delegation, SRV records, addresses. */

import type { TransportResult } from '@causeway/homeserver';
import { parseServerNameParts, type ServerName } from '@causeway/protocol';
import type { DiscoveryReport, Place } from '../egress/egress.ts';
import { type Finding, failed, notShown, ok, type Parameters, warning } from './check-step.ts';
import { excerptOf, looksLikeHtml } from './describe-answer.ts';

/** @see https://spec.matrix.org/v1.19/server-server-api/#resolving-server-names */
export const judgeWellKnown = (serverName: ServerName, report: DiscoveryReport): Finding => {
  const { host } = parseServerNameParts(serverName);
  const url = `https://${host}/.well-known/matrix/server`;
  const answer = report.wellKnownAnswer;
  if (answer === undefined) return notAsked(report);
  const evidence = [url, ...evidenceOf(answer)];
  const outcome = report.trace.find(({ rule }) => rule === '3')?.outcome ?? '';
  const parameters = { host, url };
  if (answer.kind === 'failed') return unanswered(answer, parameters, evidence);
  const mend = { evidence, advice: 'mend-well-known' } as const;
  if (outcome.startsWith('delegated to ')) {
    return ok('well-known', { parameters: { target: outcome.slice(13) }, evidence });
  }
  if (answer.status === 200) {
    return looksLikeHtml(answer)
      ? warning('well-known-html', { parameters, ...mend })
      : warning('well-known-invalid', { parameters: { ...parameters, reason: outcome }, ...mend });
  }
  if (answer.status >= 500) {
    const status = String(answer.status);
    return warning('well-known-error', { parameters: { ...parameters, status }, ...mend });
  }
  return ok('well-known-none', { evidence });
};

const notAsked = ({ trace }: DiscoveryReport): Finding => {
  const [step] = trace;
  const evidence = trace.map(({ action, outcome }) => `${action}: ${outcome}`);
  return ok(step?.rule === 'override' ? 'well-known-overridden' : 'well-known-not-needed', { evidence });
};

const unanswered = (
  { code, reason }: Extract<TransportResult, { kind: 'failed' }>,
  parameters: Parameters,
  evidence: readonly string[],
): Finding => {
  if (/redirects/.test(reason)) return warning('well-known-redirect-loop', { parameters, evidence });
  switch (code) {
    case 'too-large':
    case 'tls':
    case 'timeout':
      return warning(`well-known-${code}`, { parameters, evidence });
    case 'dns':
    case 'refused-by-policy':
      return notShown('well-known-not-asked', { parameters: { reason }, evidence });
    default:
      return ok('well-known-none', { evidence });
  }
};

const evidenceOf = (answer: TransportResult): string[] =>
  answer.kind === 'failed' ? [answer.reason] : [`status ${answer.status}`, excerptOf(answer)];

export const judgeSrv = (report: DiscoveryReport): Finding => {
  const steps = report.trace.filter(({ action }) => action.startsWith('look up SRV'));
  const evidence = steps.map(({ action, outcome }) => `${action.slice('look up '.length)}: ${outcome}`);
  const last = steps.at(-1);
  if (last === undefined) return ok('srv-not-needed');
  if (last.outcome === 'says that there is no such service') return failed('srv-not-offered', { evidence });
  if (report.result.kind === 'found' && / port \d+/.test(last.outcome)) {
    return ok('srv', { parameters: { target: last.outcome }, evidence });
  }
  if (last.outcome !== 'no record') {
    return warning('srv-unanswered', { parameters: { reason: last.outcome }, evidence });
  }
  return ok('srv-none', { evidence });
};

export const judgeAddresses = (report: DiscoveryReport): Finding => {
  const { result, places } = report;
  if (result.kind === 'failed') {
    return notShown('dns-not-asked', { parameters: { reason: result.reason } });
  }
  const evidence = places.flatMap(evidenceOfPlace);
  const records = places.flatMap(({ addresses }) => (addresses.kind === 'found' ? addresses.records : []));
  if (records.length === 0) return noAddress(report, evidence);
  const refused = records.filter(({ verdict }) => verdict.kind === 'refused');
  if (refused.length === records.length) {
    return failed('private-address', { parameters: { addresses: addressesOf(refused) }, evidence });
  }
  if (refused.length > 0) {
    return warning('some-addresses-private', { parameters: { addresses: addressesOf(refused) }, evidence });
  }
  return ok('dns', { parameters: { addresses: addressesOf(records) }, evidence });
};

const noAddress = ({ places, trace }: DiscoveryReport, evidence: readonly string[]): Finding => {
  const hosts = [...new Set(places.map(({ host }) => host))].join(', ');
  const source = trace.some(({ outcome }) => / port \d+/.test(outcome) && outcome.includes(hosts));
  const named = trace.find(
    ({ action, outcome }) => action.startsWith('look up SRV') && outcome.includes(hosts),
  );
  const failure = places.find(({ addresses }) => addresses.kind === 'failed');
  if (failure?.addresses.kind === 'failed') {
    const { host, addresses } = failure;
    return failed('dns-failed', { parameters: { host, reason: addresses.reason }, evidence });
  }
  const isNamed = named !== undefined && source;
  return failed(isNamed ? 'srv-no-such-host' : 'no-such-name', { parameters: { hosts }, evidence });
};

const evidenceOfPlace = ({ host, port, addresses }: Place): string[] => {
  if (addresses.kind === 'none') return [`${host}: no A and no AAAA record`];
  if (addresses.kind === 'failed') return [`${host}: ${addresses.reason}`];
  return addresses.records.map(({ address, verdict }) => {
    const refusal = verdict.kind === 'refused' ? ` (not connected to: ${verdict.reason})` : '';
    return `${host}, port ${port}: ${address}${refusal}`;
  });
};

const addressesOf = (records: readonly { readonly address: string }[]): string =>
  [...new Set(records.map(({ address }) => address))].join(', ');
