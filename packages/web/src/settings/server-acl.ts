import { isObject, type JsonObject } from '../session/matrix-request.ts';

/** The `m.room.server_acl` content: https://spec.matrix.org/latest/client-server-api/#mroomserver_acl */
export type ServerAcl = {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly allowIpLiterals: boolean;
};

const PATTERN = /^[a-z0-9.:*?[\]-]+$/i;

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

export function readAcl(content: unknown): ServerAcl {
  if (!isObject(content) || Object.keys(content).length === 0)
    return { allow: ['*'], deny: [], allowIpLiterals: true };
  return {
    allow: strings(content.allow),
    deny: strings(content.deny),
    allowIpLiterals: content.allow_ip_literals !== false,
  };
}

export const writeAcl = (acl: ServerAcl): JsonObject => ({
  allow: [...acl.allow],
  deny: [...acl.deny],
  allow_ip_literals: acl.allowIpLiterals,
});

/** One pattern a line. */
export const parsePatterns = (typed: string): string[] => [
  ...new Set(
    typed
      .split(/[\s,]+/)
      .map((line) => line.toLowerCase())
      .filter(Boolean),
  ),
];

export type AclFault =
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'locked-out' };

/** What is wrong with a list, or that it would shut out one's own server. */
export function findAclFault(acl: ServerAcl, ownServer: string): AclFault | undefined {
  const bad = [...acl.allow, ...acl.deny].find((pattern) => !PATTERN.test(pattern));
  if (bad !== undefined) return { kind: 'pattern', pattern: bad };
  return isAllowed(acl, ownServer) ? undefined : { kind: 'locked-out' };
}

/** The port is left out, `*` stands for any characters, `?` for one; denied wins. */
export function isAllowed(acl: ServerAcl, server: string): boolean {
  const host = server.replace(/:\d+$/, '').toLowerCase();
  const matches = (pattern: string) => toExpression(pattern).test(host);
  return !acl.deny.some(matches) && acl.allow.some(matches);
}

const toExpression = (glob: string) =>
  new RegExp(
    `^${glob
      .toLowerCase()
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replace(/\?/g, '.')}$`,
  );
