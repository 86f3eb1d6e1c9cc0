/** People who administrate their organisation, over the endpoints for admins. */
import { type JsonObject, type JsonValue, parseUserId } from '@causeway/protocol';
import { grantPermission, setRole } from '@causeway/workspace';
import type { ClientAnswer, ClientServer, Person } from './client-server.ts';
import { list, type Organisations, startOrganisations } from './organisations.ts';

/** Two organisations; nora is an admin of hers. */
export const withAdmin = async (): Promise<Organisations> => {
  const net = await startOrganisations();
  await makeAdmin(net.north, net.nora);
  return net;
};

export const makeAdmin = async (server: ClientServer, person: Person): Promise<void> => {
  const userId = parseUserId(person.userId);
  if (userId !== undefined) await setRole(server.context, userId, 'admin');
};

/** They may take part in rooms with other organisations. */
export const permitFederation = async (server: ClientServer, person: Person): Promise<void> => {
  const userId = parseUserId(person.userId);
  if (userId !== undefined) await grantPermission(server.context, userId, 'access-federation');
};

export const settingOf = async (admin: Person, key: string): Promise<JsonObject> => {
  const { settings } = await admin.ok('GET', '/_causeway/admin/settings');
  const found = list(settings).find((setting) => setting.key === key);
  if (found === undefined) throw new Error(`there is no setting ${key}`);
  return found;
};

/** Changes a setting, whoever changed it before. */
export const set = async (admin: Person, key: string, value: JsonValue): Promise<ClientAnswer> => {
  const { version = 0 } = await settingOf(admin, key);
  return admin.call('PUT', `/_causeway/admin/settings/${key}`, { value, version });
};
