/** The steps from an address to a secure connection, for every address by itself. */
import net from 'node:net';
import type { DiscoveryReport, Egress } from '../egress/egress.ts';
import type { ConnectionProbe } from '../egress/probe-connection.ts';
import { type Finding, failed, notShown, ok, warning } from './check-step.ts';
import { judgeTls } from './check-tls.ts';
import type { FindingCode } from './findings.ts';

/** More addresses than a request would try are not tried here. */
const MAX_PROBES = 8;

export type Probed = {
  readonly address: string;
  readonly port: number;
  readonly certificateName: string;
  readonly outcome: ConnectionProbe;
};

/** Connects to every address at once; what is not on the internet is left out. */
export const probeAll = async (
  egress: Pick<Egress, 'probe'>,
  { result, places }: DiscoveryReport,
): Promise<readonly Probed[]> => {
  if (result.kind === 'failed') return [];
  const { certificateName } = result.server;
  const targets = places.flatMap(({ port, isOverride, addresses }) =>
    addresses.kind !== 'found'
      ? []
      : addresses.records
          .filter(({ verdict }) => verdict.kind === 'allowed')
          .map(({ address }) => ({ address, port, isOverride, certificateName })),
  );
  return Promise.all(
    targets.slice(0, MAX_PROBES).map(async (target) => ({ ...target, outcome: await egress.probe(target) })),
  );
};

export const judgeConnections = (probes: readonly Probed[], isOwn: boolean): Finding => {
  const shown = probes.filter((probe) => !isOwnLack(probe));
  const evidence = probes.map(evidenceOf);
  if (shown.length === 0) {
    return notShown('no-ipv6-here', { evidence });
  }
  const broken = shown.filter(({ outcome }) => outcome.kind === 'failed' && outcome.stage !== 'tls');
  const [first] = broken;
  if (first === undefined) return ok('connection', { parameters: { addresses: places(shown) }, evidence });
  const parameters = { addresses: places(broken), port: String(first.port) };
  if (broken.length < shown.length) {
    const isIpv6Only = broken.every(({ address }) => net.isIPv6(address));
    return warning(isIpv6Only ? 'ipv6-broken' : 'some-addresses-broken', { parameters, evidence });
  }
  return failed(nobodyAnswers(broken), {
    parameters,
    evidence,
    advice: isOwn ? 'open-own-port' : 'open-port',
  });
};

const nobodyAnswers = (broken: readonly Probed[]): FindingCode => {
  const codes = new Set(broken.map(({ outcome }) => (outcome.kind === 'failed' ? outcome.code : '')));
  if (codes.has('ECONNREFUSED')) return 'port-closed';
  return codes.has('ABORT_ERR') || codes.has('ETIMEDOUT') ? 'no-answer' : 'unreachable';
};

/** A machine without IPv6 says nothing about the IPv6 of others. */
const isOwnLack = ({ address, outcome }: Probed): boolean =>
  net.isIPv6(address) && outcome.kind === 'failed' && OWN_LACKS.includes(outcome.code);

const OWN_LACKS: readonly string[] = ['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'];

const evidenceOf = ({ address, port, outcome }: Probed): string =>
  outcome.kind === 'connected'
    ? `${place({ address, port })}: connected in ${outcome.milliseconds.toFixed(0)} ms, TLS included`
    : outcome.stage === 'tls'
      ? `${place({ address, port })}: takes connections`
      : outcome.reason;

const place = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  `${net.isIPv6(address) ? `[${address}]` : address}:${port}`;

const places = (probes: readonly Probed[]): string => probes.map(place).join(', ');

/** The TLS step over all addresses that take connections. */
export const judgeAllTls = (probes: readonly Probed[], now: number): Finding => {
  const reached = probes.filter(({ outcome }) => outcome.kind === 'connected' || outcome.stage === 'tls');
  const findings = reached.map(({ address, certificateName, outcome }) => ({
    address,
    finding: judgeTls(outcome, { certificateName, now }),
  }));
  const bad = findings.filter(({ finding }) => finding.status === 'failed');
  const [worst] = bad.length > 0 ? bad : findings.toSorted((a, b) => rank(a.finding) - rank(b.finding));
  if (worst === undefined) {
    return notShown('not-tried', { parameters: { step: 'connection' } });
  }
  if (bad.length === 0 || bad.length === findings.length) return worst.finding;
  // A request takes the first address that completes the handshake.
  const summary = `At ${worst.address}: ${worst.finding.summary}`;
  return { ...worst.finding, status: 'warning', at: worst.address, summary };
};

const rank = ({ status }: Finding): number => ['failed', 'warning', 'not-shown', 'ok'].indexOf(status);
