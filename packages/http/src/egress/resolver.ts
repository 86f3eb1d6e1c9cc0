import type { SrvRecord } from 'node:dns';
import dns from 'node:dns/promises';

export type DnsAnswer<Records> =
  | { readonly kind: 'found'; readonly records: readonly Records[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface Resolver {
  /** IPv6 and IPv4 addresses of a host name. */
  addresses(host: string): Promise<DnsAnswer<string>>;
  srv(name: string): Promise<DnsAnswer<SrvRecord>>;
  /** Ends questions that are under way. */
  cancel(): void;
}

/** Two tries of this length, as long as people wait. */
const DEFAULT_TIMEOUT_MS = 2_500;
const TRIES = 2;

/**
 * Asks the given name servers (`address` or `address:port`), or else the system: for addresses as any
 * program on this machine would, /etc/hosts included.
 */
export const createResolver = (options: {
  readonly servers?: readonly string[];
  readonly timeoutMs?: number;
}): Resolver => {
  const resolver = new dns.Resolver({ timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS, tries: TRIES });
  const hasServers = options.servers !== undefined && options.servers.length > 0;
  if (hasServers) resolver.setServers(options.servers ?? []);

  const askServers = async (host: string): Promise<DnsAnswer<string>> => {
    const answers = await Promise.all([
      ask(() => resolver.resolve6(host)),
      ask(() => resolver.resolve4(host)),
    ]);
    const records = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []));
    if (records.length > 0) return { kind: 'found', records };
    return answers.find((answer) => answer.kind === 'failed') ?? { kind: 'none' };
  };
  const askSystem = (host: string) =>
    ask(async () => (await dns.lookup(host, { all: true })).map(({ address }) => address));

  return {
    addresses: hasServers ? askServers : askSystem,
    srv: (name) => ask(() => resolver.resolveSrv(name)),
    cancel: () => resolver.cancel(),
  };
};

const ask = async <Records>(question: () => Promise<readonly Records[]>): Promise<DnsAnswer<Records>> => {
  try {
    const records = await question();
    return records.length > 0 ? { kind: 'found', records } : { kind: 'none' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    // There is no such name, no such record, or no such name can be: all are answers.
    if (['ENOTFOUND', 'ENODATA', 'EBADNAME', 'EBADQUERY'].includes(code)) return { kind: 'none' };
    return { kind: 'failed', reason: REASONS[code] ?? `the name server answered ${code}` };
  }
};

const REASONS: { readonly [code: string]: string } = {
  ETIMEOUT: 'the name server did not answer in time',
  ECONNREFUSED: 'the name server can not be reached',
  ESERVFAIL: 'the name server failed',
  EREFUSED: 'the name server refused to answer',
  ECANCELLED: 'the question was withdrawn',
  EAI_AGAIN: 'the name server did not answer',
};
