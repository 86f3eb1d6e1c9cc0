/** Roles and their rights: the permission matrix. */
import { type MatrixError, refusal, type StoreReader } from '@causeway/homeserver';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '@causeway/protocol';
import type { Actor } from '../audit/actor.ts';
import { appendAudit } from '../audit/append-audit.ts';
import type { WorkspaceContext } from '../context.ts';
import { faultOf } from '../faults.ts';
import { parseDomainPattern } from '../settings/domain-rules.ts';
import { accounts, roleRights, roles } from '../tables.ts';
import { transactHearing } from './hearing.ts';
import {
  builtInRoles,
  isPermission,
  type Permission,
  permissionNames,
  type Right,
  type Rights,
  rightsOfRole,
} from './rights.ts';

export type RoleInMatrix = {
  readonly role: string;
  readonly builtIn: boolean;
  /** The rights of admins are fixed. */
  readonly fixed: boolean;
  readonly people: number;
  readonly version: number;
  readonly changedBy?: string;
  readonly changedTs?: number;
  readonly rights: Rights;
};

const MAX_ROLES = 50;

const isBuiltIn = (role: string): boolean => builtInRoles.some((one) => one === role);

export const isRole = async (reader: StoreReader, role: string): Promise<boolean> =>
  isBuiltIn(role) || (await reader.get(roles, { role })) !== undefined;

export const listRoles = (context: WorkspaceContext): Promise<readonly RoleInMatrix[]> =>
  context.store.read(async (reader) => {
    const rows = new Map((await reader.scan(roles, {})).map((row) => [row.role, row]));
    const people = (await reader.scan(accounts, {})).filter((account) => account.deactivated_ts === null);
    const found: RoleInMatrix[] = [];
    for (const role of new Set([...builtInRoles, ...rows.keys()])) {
      const row = rows.get(role);
      found.push({
        role,
        builtIn: isBuiltIn(role),
        fixed: role === 'admin',
        people: people.filter((account) => account.role === role).length,
        version: row?.version ?? 0,
        ...(row === undefined ? {} : { changedBy: row.changed_by, changedTs: row.changed_ts }),
        rights: await rightsOfRole(reader, role),
      });
    }
    return found;
  });

export type RoleChange = {
  readonly role: string;
  /** The version that the admin saw; 0 makes a new role, or changes a built-in one for the first time. */
  readonly basedOn: number;
  /** By permission `{ "held", "domains"? }`; what is not named stays. */
  readonly rights: JsonObject;
  readonly by: Actor;
};

/** Makes a role or changes its rights. Refuses with M_INVALID_PARAM, M_FORBIDDEN, M_CONFLICT. */
export const putRole = async (context: WorkspaceContext, change: RoleChange): Promise<void> => {
  const { role, basedOn, by } = change;
  if (role === 'admin') throw refusal('M_FORBIDDEN', faultOf('role-fixed'));
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(role)) {
    throw refusal('M_INVALID_PARAM', faultOf('role-name'));
  }
  const rights = readRights(change.rights);
  await transactHearing(context, async (tx) => {
    const row = await tx.get(roles, { role });
    if ((row?.version ?? 0) !== basedOn) throw conflict(role, row);
    if (row === undefined && (await tx.count(roles, {})) >= MAX_ROLES) {
      throw refusal('M_INVALID_PARAM', faultOf('roles-too-many', { most: MAX_ROLES }));
    }
    const before = await rightsOfRole(tx, role);
    for (const [permission, { held, domains }] of rights) {
      const limit = domains === undefined ? null : JSON.stringify(domains);
      await tx.put(roleRights, { role, permission, held: Number(held), domains: limit });
    }
    const changed_ts = context.clock.now();
    await tx.put(roles, { role, version: basedOn + 1, changed_ts, changed_by: by.name });
    await appendAudit(tx, {
      ts: changed_ts,
      action: row === undefined && !isBuiltIn(role) ? 'role.create' : 'role.change',
      by,
      target: role,
      before: jsonOfRights(before),
      after: jsonOfRights(await rightsOfRole(tx, role)),
    });
  });
};

/** The refusal of a role that somebody is to have. */
export const unknownRole = (role: string) =>
  refusal('M_INVALID_PARAM', faultOf('role-unknown', { role: role.slice(0, 100) }));

/** Refuses with M_FORBIDDEN for built-in roles, and while somebody has it. */
export const deleteRole = (context: WorkspaceContext, role: string, by: Actor): Promise<void> =>
  transactHearing(context, async (tx) => {
    if (isBuiltIn(role)) throw refusal('M_FORBIDDEN', faultOf('role-built-in', { role }));
    if ((await tx.get(roles, { role })) === undefined)
      throw refusal('M_NOT_FOUND', faultOf('role-unknown', { role: role.slice(0, 100) }));
    const people = (await tx.scan(accounts, {})).filter((account) => account.role === role);
    if (people.length > 0) {
      throw refusal('M_FORBIDDEN', faultOf('role-held', { role, people: people.length }));
    }
    const before = jsonOfRights(await rightsOfRole(tx, role));
    await tx.delete(roles, { role });
    await tx.deleteRange(roleRights, { where: { role } });
    await appendAudit(tx, { ts: context.clock.now(), action: 'role.delete', by, target: role, before });
  });

export const jsonOfRights = (rights: Rights): JsonObject =>
  Object.fromEntries(
    permissionNames.map((name) => {
      const { held, domains } = rights[name];
      return [name, { held, ...(domains === undefined ? {} : { domains }) }];
    }),
  );

const readRights = (given: JsonObject): ReadonlyMap<Permission, Right> => {
  const rights = new Map<Permission, Right>();
  for (const [name, value] of Object.entries(given)) {
    if (!isPermission(name)) {
      throw refusal(
        'M_INVALID_PARAM',
        faultOf('permission-unknown', {
          permission: name.slice(0, 100),
          permissions: permissionNames.join(', '),
        }),
      );
    }
    if (!isJsonObject(value) || typeof value.held !== 'boolean') {
      throw refusal('M_INVALID_PARAM', faultOf('right-without-held', { permission: name }));
    }
    const domains = readDomains(name, value.domains);
    rights.set(name, { held: value.held, ...(domains === undefined ? {} : { domains }) });
  }
  return rights;
};

const readDomains = (name: Permission, value: JsonValue | undefined): readonly string[] | undefined => {
  if (value === undefined || value === null) return undefined;
  if (!isJsonArray(value)) throw refusal('M_INVALID_PARAM', faultOf('domains-no-list', { permission: name }));
  if (value.length === 0) return undefined;
  return value.map((entry) => {
    const parsed = parseDomainPattern(String(entry));
    if (!parsed.ok) throw refusal('M_INVALID_PARAM', parsed.fault);
    return parsed.value;
  });
};

const conflict = (
  role: string,
  row: { readonly version: number; readonly changed_by: string; readonly changed_ts: number } | undefined,
): MatrixError => {
  if (row === undefined) return refusal('M_CONFLICT', faultOf('role-unchanged', { role }), { version: 0 });
  const { version, changed_by, changed_ts } = row;
  const fault = faultOf('role-changed', { who: changed_by, role, ts: changed_ts });
  return refusal('M_CONFLICT', fault, { version, changed_by, changed_ts });
};
