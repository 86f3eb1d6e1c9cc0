/** What the admin pages ask of the server. What is wrong with a value comes from there, in words. */
import { isObject, type JsonObject, request, text } from '../session/matrix-request.ts';
import { settingWords } from './setting-words.ts';
import { ADMIN, number, objects, strings } from './answer-parts.ts';

export type SettingControl =
  | { readonly kind: 'switch' | 'text' | 'rules' }
  | {
      readonly kind: 'choice';
      readonly choices: readonly { readonly value: string; readonly label: string }[];
    }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly unit: string }
  | { readonly kind: 'list'; readonly example: string };

export type Change = { readonly by: string; readonly ts: number };

export type AdminSetting = {
  readonly key: string;
  readonly group: string;
  readonly label: string;
  readonly sentence: string;
  readonly control: SettingControl;
  readonly value: unknown;
  readonly isDefault: boolean;
  readonly version: number;
  readonly changed: Change | undefined;
};

export type Settings = { readonly serverName: string; readonly settings: readonly AdminSetting[] };

export type Right = { readonly held: boolean; readonly domains: readonly string[] };

export type RoleRow = {
  readonly role: string;
  readonly builtIn: boolean;
  readonly fixed: boolean;
  readonly people: number;
  readonly version: number;
  readonly changed: Change | undefined;
  readonly rights: ReadonlyMap<string, Right>;
};

export type Matrix = {
  readonly permissions: readonly { readonly name: string; readonly limitable: boolean }[];
  readonly roles: readonly RoleRow[];
};

export type AuditEntry = {
  readonly sequence: number;
  readonly ts: number;
  readonly action: string;
  readonly actor: string;
  readonly address: string | undefined;
  readonly target: string | undefined;
  readonly before: unknown;
  readonly after: unknown;
};

export type AuditFilter = { readonly action: string; readonly actor: string; readonly target: string };

export const fetchSettings = async (accessToken: string): Promise<Settings> =>
  readSettings(await request(`${ADMIN}/settings`, { accessToken }));

export const changeSetting = async (
  accessToken: string,
  setting: AdminSetting,
  value: unknown,
): Promise<Settings> =>
  readSettings(
    await request(`${ADMIN}/settings/${encodeURIComponent(setting.key)}`, {
      method: 'PUT',
      accessToken,
      body: { value, version: setting.version },
    }),
  );

export const fetchRoles = async (accessToken: string): Promise<Matrix> =>
  readMatrix(await request(`${ADMIN}/roles`, { accessToken }));

export const changeRole = async (
  accessToken: string,
  role: { readonly role: string; readonly version: number },
  rights: Readonly<Record<string, { readonly held: boolean; readonly domains?: readonly string[] }>>,
): Promise<Matrix> =>
  readMatrix(
    await request(`${ADMIN}/roles/${encodeURIComponent(role.role)}`, {
      method: 'PUT',
      accessToken,
      body: { rights, version: role.version },
    }),
  );

export const removeRole = async (accessToken: string, role: string): Promise<Matrix> =>
  readMatrix(await request(`${ADMIN}/roles/${encodeURIComponent(role)}`, { method: 'DELETE', accessToken }));

export async function fetchAudit(
  accessToken: string,
  filter: AuditFilter,
  before?: number,
): Promise<{ readonly entries: readonly AuditEntry[]; readonly before: number | undefined }> {
  const query = queryOf(filter);
  if (before !== undefined) query.set('before', String(before));
  const body = await request(`${ADMIN}/audit?${query}`, { accessToken });
  return {
    entries: objects(body.entries).map((entry) => ({
      sequence: number(entry.sequence),
      ts: number(entry.ts),
      action: text(entry.action) ?? '',
      actor: text(entry.actor) ?? '',
      address: text(entry.address),
      target: text(entry.target),
      before: entry.before,
      after: entry.after,
    })),
    before: typeof body.before === 'number' ? body.before : undefined,
  };
}

export type Verification =
  | { readonly sound: true; readonly entries: number }
  | { readonly sound: false; readonly sequence: number; readonly reason: string };

export async function verifyAudit(accessToken: string): Promise<Verification> {
  const body = await request(`${ADMIN}/audit/verification`, { accessToken });
  return body.sound === true
    ? { sound: true, entries: number(body.entries) }
    : { sound: false, sequence: number(body.sequence), reason: text(body.reason) ?? '' };
}

export async function exportAudit(accessToken: string, filter: AuditFilter): Promise<Blob> {
  const answer = await fetch(`${ADMIN}/audit/export?${queryOf(filter)}`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.blob();
}

const queryOf = (filter: AuditFilter): URLSearchParams =>
  new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ''));

const changeIn = (body: JsonObject): Change | undefined => {
  const by = text(body.changed_by);
  return by === undefined ? undefined : { by, ts: number(body.changed_ts) };
};

const readSettings = (body: JsonObject): Settings => ({
  serverName: text(body.server_name) ?? '',
  settings: objects(body.settings).map((setting) => {
    const key = text(setting.key) ?? '';
    return {
      key,
      group: text(setting.group) ?? '',
      label: settingWords(key, 'label', text(setting.label) ?? ''),
      sentence: settingWords(key, 'sentence', text(setting.sentence) ?? ''),
      control: readControl(setting.control, key),
      value: setting.value,
      isDefault: setting.is_default === true,
      version: number(setting.version),
      changed: changeIn(setting),
    };
  }),
});

const readControl = (value: unknown, key: string): SettingControl => {
  const control = isObject(value) ? value : {};
  switch (control.kind) {
    case 'choice':
      return {
        kind: 'choice',
        choices: objects(control.choices).map((choice) => {
          const chosen = text(choice.value) ?? '';
          return {
            value: chosen,
            label: settingWords(key, `choices.${chosen}`, text(choice.label) ?? ''),
          };
        }),
      };
    case 'number':
      return {
        kind: 'number',
        min: number(control.min),
        max: number(control.max),
        unit: settingWords(key, 'unit', text(control.unit) ?? ''),
      };
    case 'list':
      return { kind: 'list', example: text(control.example) ?? '' };
    case 'switch':
    case 'rules':
      return { kind: control.kind };
    default:
      return { kind: 'text' };
  }
};

const readMatrix = (body: JsonObject): Matrix => ({
  permissions: objects(body.permissions).map((permission) => ({
    name: text(permission.name) ?? '',
    limitable: permission.limitable === true,
  })),
  roles: objects(body.roles).map((role) => ({
    role: text(role.role) ?? '',
    builtIn: role.built_in === true,
    fixed: role.fixed === true,
    people: number(role.people),
    version: number(role.version),
    changed: changeIn(role),
    rights: new Map(
      Object.entries(isObject(role.rights) ? role.rights : {}).map(([name, right]) => [
        name,
        {
          held: isObject(right) && right.held === true,
          domains: strings(isObject(right) ? right.domains : []),
        },
      ]),
    ),
  })),
});
