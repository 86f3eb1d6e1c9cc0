/** What there is to be permitted, and what a role may do. */
import type { StoreReader } from '@causeway/homeserver';
import { isJsonArray, parseJson, parseServerName, parseServerNameParts } from '@causeway/protocol';
import { intersectDomains, matchesDomain } from '../settings/domain-rules.ts';
import type { Settings } from '../settings/settings.ts';
import { type AccountRow, permissions, roleRights } from '../tables.ts';

/**
 * `access-federation`: take part in rooms with other organisations; without it none of the others is of use. They
 * are held by whoever has it unless their role says otherwise.
 */
export const permissionNames = [
  'access-federation',
  'create-federated-room',
  'invite-outsiders',
  'accept-invitations',
  'direct-messages',
] as const;

export type Permission = (typeof permissionNames)[number];

export const isPermission = (text: string): text is Permission =>
  permissionNames.some((name) => name === text);

export type Right = {
  readonly held: boolean;
  /** Only towards these organisations; undefined: towards all. */
  readonly domains?: readonly string[];
};

export type Rights = { readonly [permission in Permission]: Right };

export const builtInRoles = ['admin', 'user', 'guest'] as const;

const yes: Right = { held: true };
const no: Right = { held: false };

const allOf = (right: Right): Rights => ({
  'access-federation': right,
  'create-federated-room': right,
  'invite-outsiders': right,
  'accept-invitations': right,
  'direct-messages': right,
});

/** Before an admin changes anything. A role that an admin makes begins as `user`. */
const defaultRights = (role: string): Rights => {
  if (role === 'admin') return allOf(yes);
  return role === 'guest' ? allOf(no) : { ...allOf(yes), 'access-federation': no };
};

/** The rights of a role. Those of admins are fixed: they could lock themselves out. */
export const rightsOfRole = async (reader: StoreReader, role: string): Promise<Rights> => {
  const rights: { [permission in Permission]: Right } = { ...defaultRights(role) };
  if (role === 'admin') return rights;
  for (const row of await reader.scan(roleRights, { where: { role } })) {
    if (!isPermission(row.permission)) continue;
    const domains = row.domains === null ? undefined : readDomains(row.domains);
    rights[row.permission] = { held: row.held === 1, ...(domains === undefined ? {} : { domains }) };
  }
  return rights;
};

/** A list that cannot be read any more permits nobody. */
export const readDomains = (text: string): readonly string[] => {
  const parsed = parseJson(Buffer.from(text));
  return parsed.ok && isJsonArray(parsed.value) ? parsed.value.filter((one) => typeof one === 'string') : [];
};

export type EmailRule = { readonly required: boolean; readonly domain: string };

/** Whose e-mail address counts, as it is set now. */
export const emailRuleOf = (settings: Settings, serverName: string): EmailRule => ({
  required: settings.get('federation.require-email'),
  domain: settings.get('federation.email-domain') || hostOf(serverName),
});

const hostOf = (serverName: string): string => {
  const name = parseServerName(serverName);
  return name === undefined ? serverName : parseServerNameParts(name).host;
};

/** What an account may do: by its role, by what was granted to it, and where one is required, by its address. */
export const rightsOfAccount = async (
  reader: StoreReader,
  account: AccountRow,
  email: EmailRule,
): Promise<Rights> => {
  if (account.deactivated_ts !== null || !hasAddress(account, email)) return allOf(no);
  const rights = await rightsOfRole(reader, account.role);
  const granted = await reader.scan(permissions, { where: { localpart: account.localpart } });
  const has = (permission: Permission) => granted.some((row) => row.permission === permission);
  const own = { ...rights };
  for (const permission of permissionNames) if (has(permission)) own[permission] = yes;
  const access = own['access-federation'];
  if (!access.held) return allOf(no);
  // Nothing goes further than taking part at all.
  for (const permission of permissionNames) own[permission] = within(own[permission], access);
  return own;
};

const within = (right: Right, { domains: limit }: Right): Right => {
  if (!right.held || limit === undefined) return right;
  return {
    held: true,
    domains: right.domains === undefined ? limit : intersectDomains(right.domains, limit),
  };
};

const hasAddress = (account: AccountRow, { required, domain }: EmailRule): boolean =>
  !required ||
  (account.email !== null &&
    account.email_verified_by !== null &&
    account.email.slice(account.email.lastIndexOf('@') + 1).toLowerCase() === domain);

/** Whether a right is held towards an organisation. */
export const isHeldTowards = ({ held, domains }: Right, serverName: string): boolean =>
  held && (domains === undefined || domains.some((domain) => matchesDomain(domain, serverName)));
