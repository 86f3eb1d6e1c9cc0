/** Checks how a server federates, one's own or any other, by the very way that federation itself takes. */
import type { TransportResult } from '@causeway/homeserver';
import { parseServerName, type ServerName, type SigningKey } from '@causeway/protocol';
import type { DiscoveryReport, Egress } from '../egress/egress.ts';
import { judgeAllTls, judgeConnections, type Probed, probeAll } from './check-connection.ts';
import { judgeAddresses, judgeSrv, judgeWellKnown } from './check-discovery.ts';
import { judgeClock, judgeKeys, KEYS_PATH } from './check-keys.ts';
import { askSigned, judgeInbound, judgeSigned } from './check-signed-request.ts';
import {
  CHECK_STEPS,
  type CheckStep,
  type CheckStepId,
  type Finding,
  failed,
  notShown,
  ok,
} from './check-step.ts';
import { judgeVersion, VERSION_PATH } from './check-version.ts';
import type { KeyRequests } from './key-requests.ts';

export type FederationCheckParts = {
  /** Undefined for a trial, which has no way out. */
  readonly egress: CheckEgress | undefined;
  readonly clock: { now(): number };
  /** Undefined where there is no workspace yet. */
  readonly ownName: ServerName | undefined;
  /** Undefined when the workspace does not run: then nobody can fetch our keys. */
  readonly running: RunningParts | undefined;
  /** For one request, in milliseconds. Default: 10 s. */
  readonly stepTimeoutMs?: number;
};

export type CheckEgress = Pick<Egress, 'trace' | 'probe' | 'request'>;

export type RunningParts = {
  readonly signingKey: SigningKey;
  readonly keyRequests: KeyRequests;
  /** Whether the rules of this workspace let it talk with that server; the reason if not. */
  readonly mayExchange: (server: ServerName) => Promise<string | undefined>;
};

const STEP_TIMEOUT_MS = 10_000;

/** For everything; what is not done by then is not shown. */
const TOTAL_TIMEOUT_MS = 60_000;

const MAX_ANSWER_BYTES = 64 * 1024;

/** Yields each step as soon as it is known, all of them in the order of `CHECK_STEPS`. Never throws. */
export async function* checkFederation(
  parts: FederationCheckParts,
  name: string,
  outside?: AbortSignal,
): AsyncGenerator<CheckStep> {
  const total = AbortSignal.timeout(TOTAL_TIMEOUT_MS);
  const signal = outside === undefined ? total : AbortSignal.any([outside, total]);
  const told = new Set<CheckStepId>();
  let stopped: CheckStep | undefined;
  let late = false;
  try {
    for await (const step of runSteps(parts, name, signal)) {
      told.add(step.id);
      yield step;
      if (step.status === 'failed' || stopped?.status !== 'failed') stopped = step;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    late = true;
  }
  const rest = late
    ? notShown('out-of-time')
    : notShown('not-tried', { parameters: { step: stopped?.id ?? 'name' } });
  for (const id of CHECK_STEPS) {
    if (!told.has(id)) yield { id, ...rest };
  }
}

async function* runSteps(
  parts: FederationCheckParts,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<CheckStep> {
  const { egress, ownName, running, clock } = parts;
  const began = clock.now();
  const serverName = parseServerName(name);
  const refusal = serverName === undefined ? undefined : await running?.mayExchange(serverName);
  yield {
    id: 'name',
    ...(egress === undefined ? failed('trial') : judgeName(name, serverName, ownName, refusal)),
  };
  if (egress === undefined || serverName === undefined) return;
  const isOwn = ownName === serverName;

  const report = await until(signal, egress.trace(serverName));
  yield { id: 'well-known', ...judgeWellKnown(serverName, report) };
  yield { id: 'srv', ...judgeSrv(report) };
  const dns: CheckStep = { id: 'dns', ...judgeAddresses(report) };
  yield dns;
  if (dns.status === 'failed' || dns.status === 'not-shown') return;

  const probes = await until(signal, probeAll(egress, report));
  const isAbsent = isOwn && running === undefined;
  const connection = judgeConnections(probes, isOwn);
  if (isAbsent && connection.status === 'failed') {
    for (const id of AFTER_DNS) yield { id, ...notRunning() };
    return;
  }
  yield { id: 'connection', ...connection };
  if (connection.status === 'failed' || connection.status === 'not-shown') return;
  const tls = judgeAllTls(probes, clock.now());
  yield { id: 'tls', ...tls };
  if (tls.status === 'failed' || tls.status === 'not-shown') return;
  if (isAbsent) {
    for (const id of AFTER_TLS) yield { id, ...notRunning() };
    return;
  }
  const asking = { egress, signal, isOwn };
  yield* askServer(parts, serverName, asking);
  yield* askAsOurselves(parts, serverName, { ...asking, refusal, began, peers: peersOf(report, probes) });
}

const AFTER_DNS = CHECK_STEPS.slice(CHECK_STEPS.indexOf('connection'));
const AFTER_TLS = CHECK_STEPS.slice(CHECK_STEPS.indexOf('keys'));

const notRunning = (): Finding => notShown('stopped');

type Asking = { readonly egress: CheckEgress; readonly signal: AbortSignal; readonly isOwn: boolean };

async function* askServer(
  { running, clock, stepTimeoutMs = STEP_TIMEOUT_MS }: FederationCheckParts,
  serverName: ServerName,
  { egress, signal, isOwn }: Asking,
): AsyncGenerator<CheckStep> {
  const get = (path: string): Promise<TransportResult> =>
    egress.request({
      destination: serverName,
      method: 'GET',
      path,
      timeoutMs: stepTimeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
      signal,
    });
  const asked = clock.now();
  const keys = await get(KEYS_PATH);
  const answered = clock.now();
  signal.throwIfAborted();
  const ownKey = isOwn ? running?.signingKey : undefined;
  yield { id: 'keys', ...judgeKeys(keys, { serverName, now: answered, ownKey }) };
  yield { id: 'clock', ...judgeClock(keys, { asked, answered }) };
  const version = await get(VERSION_PATH);
  signal.throwIfAborted();
  yield { id: 'version', ...judgeVersion(version) };
}

async function* askAsOurselves(
  { ownName, running, stepTimeoutMs = STEP_TIMEOUT_MS }: FederationCheckParts,
  serverName: ServerName,
  asking: Asking & {
    readonly refusal: string | undefined;
    readonly began: number;
    readonly peers: readonly string[];
  },
): AsyncGenerator<CheckStep> {
  const { egress, signal, isOwn, refusal, began, peers } = asking;
  if (ownName === undefined || running === undefined) {
    const finding = ownName === undefined ? notShown('no-workspace') : notRunning();
    yield { id: 'signed-request', ...finding };
    yield { id: 'inbound', ...finding };
    return;
  }
  if (refusal !== undefined) {
    yield { id: 'signed-request', ...notShown('refused-by-us-before', { evidence: [refusal] }) };
    yield { id: 'inbound', ...notShown('refused-by-us-before') };
    return;
  }
  const own = { serverName: ownName, signingKey: running.signingKey };
  const exchange = await askSigned(egress, own, serverName, { timeoutMs: stepTimeoutMs, signal });
  signal.throwIfAborted();
  const signed = judgeSigned(exchange);
  yield { id: 'signed-request', ...signed };
  const fetched = running.keyRequests.since(began);
  yield {
    id: 'inbound',
    ...(isOwn ? judgeOwnInbound(fetched.length > 0) : judgeInbound(signed, fetched, peers)),
  };
}

/** That we reach ourselves does not say that others do. */
const judgeOwnInbound = (reached: boolean): Finding =>
  notShown(reached ? 'own-inbound' : 'own-inbound-lost', { advice: 'own-inbound' });

const judgeName = (
  name: string,
  serverName: ServerName | undefined,
  ownName: ServerName | undefined,
  refusal: string | undefined,
): Finding => {
  if (serverName === undefined) {
    return failed('not-a-name', { parameters: { name: JSON.stringify(name.slice(0, 255)) } });
  }
  if (refusal !== undefined) {
    return failed('refused-by-us', { parameters: { server: serverName, reason: refusal } });
  }
  return ok(ownName === serverName ? 'own-name' : 'name', { parameters: { server: serverName } });
};

/** Addresses under which the server is found: those that were tried, and those that the policy refused. */
const peersOf = ({ places }: DiscoveryReport, probes: readonly Probed[]): readonly string[] => [
  ...probes.map(({ address }) => address),
  ...places.flatMap(({ addresses }) =>
    addresses.kind === 'found' ? addresses.records.map(({ address }) => address) : [],
  ),
];

/** Waits no longer than the signal lets it; what goes on has bounds of its own. */
const until = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  signal.throwIfAborted();
  const stop = Promise.withResolvers<never>();
  const onAbort = () => stop.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, stop.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
