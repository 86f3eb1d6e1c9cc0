/**
 * Which organisations we talk with: allow and deny rules per domain and direction. A rule is for one domain, or
 * with `*.` for everything below one. It is never a matter of how a name ends: `example.com` is not
 * `evil-example.com`, and `*.example.com` is not `example.com`.
 */
import {
  isJsonArray,
  isJsonObject,
  type JsonValue,
  parseServerName,
  parseServerNameParts,
} from '@causeway/protocol';
import { accepted, type Parsed, refused } from './parsed.ts';

export type Direction = 'inbound' | 'outbound';

export type DomainRule = {
  /** `example.com`, `*.example.com`, or an IP address; in small letters, without a port. */
  readonly domain: string;
  readonly direction: Direction | 'both';
  readonly effect: 'allow' | 'deny';
};

const MAX_RULES = 2_000;

/** The list as it is kept, or the first fault in words. No rule may shut `ownName` out. */
export const parseDomainRules = (value: JsonValue, ownName: string): Parsed<readonly DomainRule[]> => {
  if (!isJsonArray(value)) return refused('rules-no-list');
  if (value.length > MAX_RULES) return refused('rules-too-many', { most: MAX_RULES });
  const rules: DomainRule[] = [];
  for (const entry of value) {
    const parsed = parseRule(entry, ownName);
    if (!parsed.ok) return parsed;
    const { domain, direction, effect } = parsed.value;
    const twin = rules.find(
      (rule) => rule.domain === domain && rule.effect === effect && overlaps(rule, direction),
    );
    if (twin !== undefined) return refused('rule-twice', { domain });
    rules.push(parsed.value);
  }
  return accepted(rules);
};

const overlaps = (rule: DomainRule, direction: DomainRule['direction']): boolean =>
  rule.direction === direction || rule.direction === 'both' || direction === 'both';

const parseRule = (value: JsonValue, ownName: string): Parsed<DomainRule> => {
  if (!isJsonObject(value)) return refused('rule-incomplete');
  const { domain: text, direction, effect } = value;
  if (typeof text !== 'string') return refused('rule-incomplete');
  if (direction !== 'inbound' && direction !== 'outbound' && direction !== 'both') {
    return refused('rule-direction', { domain: text });
  }
  if (effect !== 'allow' && effect !== 'deny') {
    return refused('rule-effect', { domain: text });
  }
  const domain = parseDomainPattern(text);
  if (!domain.ok) return domain;
  if (effect === 'deny' && matchesDomain(domain.value, ownName)) {
    return refused('rule-of-own-domain', { rule: domain.value, domain: ownName });
  }
  return accepted({ domain: domain.value, direction, effect });
};

/** `example.com` or `*.example.com`, brought to small letters; anything else is refused in words. */
export const parseDomainPattern = (text: string): Parsed<string> => {
  const pattern = text.trim().toLowerCase().replace(/\.$/, '');
  const wildcard = pattern.startsWith('*.');
  const name = wildcard ? pattern.slice(2) : pattern;
  if (name.includes('*') || name === '') {
    return refused('rule-all', { domain: text });
  }
  if (/[^\u0021-\u007e]/.test(name)) {
    return refused('rule-letters', { domain: text });
  }
  const serverName = parseServerName(name);
  if (serverName === undefined || name.startsWith('.') || name.includes('..')) {
    return refused('no-domain', { domain: text });
  }
  const parts = parseServerNameParts(serverName);
  if (parts.port !== undefined) {
    return refused('rule-port', { domain: text });
  }
  if (wildcard && parts.kind !== 'dns') return refused('address-wildcard', { domain: name });
  return accepted(pattern);
};

/** Whether a pattern is for a server, whose name may have capitals and a port. */
export const matchesDomain = (pattern: string, serverName: string): boolean => {
  const host = hostOf(serverName);
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
};

/** The patterns that are for servers of both lists. */
export const intersectDomains = (a: readonly string[], b: readonly string[]): readonly string[] => [
  ...new Set([
    ...a.filter((one) => b.some((other) => isWithin(one, other))),
    ...b.filter((one) => a.some((other) => isWithin(one, other))),
  ]),
];

/** Whether every server of one pattern is also for the other. */
export const isWithin = (pattern: string, other: string): boolean =>
  pattern === other || (other.startsWith('*.') && pattern.endsWith(other.slice(1)));

const hostOf = (serverName: string): string =>
  serverName
    .toLowerCase()
    .replace(/:[0-9]+$/, '')
    .replace(/\.$/, '');

/**
 * The rule that refuses a server, or `'not-listed'` where only some are allowed; undefined when it may. A rule
 * that denies wins over one that allows.
 */
export const refusalOf = (
  rules: readonly DomainRule[],
  serverName: string,
  direction: Direction,
): DomainRule | 'not-listed' | undefined => {
  const inForce = rules.filter((rule) => rule.direction === direction || rule.direction === 'both');
  const denied = inForce.find((rule) => rule.effect === 'deny' && matchesDomain(rule.domain, serverName));
  if (denied !== undefined) return denied;
  const allowing = inForce.filter((rule) => rule.effect === 'allow');
  if (allowing.length === 0 || allowing.some((rule) => matchesDomain(rule.domain, serverName)))
    return undefined;
  return 'not-listed';
};
