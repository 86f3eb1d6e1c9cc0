/** Roles and what they may do. */
import {
  putRole as changeRole,
  deleteRole,
  jsonOfRights,
  listRoles,
  permissionNames,
  type RoleInMatrix,
} from '@causeway/workspace';
import { optionalObject, requiredInteger } from '../../client/fields.ts';
import { fresh } from '../workspace-api.ts';
import { type AdminCall, adminRoute } from './admin-route.ts';

/** `GET /_causeway/admin/roles`: the permission matrix. */
export const getRoles = adminRoute('GET', '/roles', answerWithRoles);

/**
 * `PUT /_causeway/admin/roles/{role}`: `{ "rights": { permission: { "held", "domains"? } }, "version" }`. Makes the
 * role where there is none; what is not named stays.
 */
export const putRole = adminRoute('PUT', '/roles/:role', async (call) => {
  const { request, workspace, by } = call;
  const body = request.jsonObject();
  const basedOn = requiredInteger(body, 'version');
  await changeRole(workspace, {
    role: request.param('role'),
    basedOn,
    rights: optionalObject(body, 'rights') ?? {},
    by,
  });
  return answerWithRoles(call);
});

/** `DELETE /_causeway/admin/roles/{role}`: a role that nobody has. */
export const removeRole = adminRoute('DELETE', '/roles/:role', async (call) => {
  await deleteRole(call.workspace, call.request.param('role'), call.by);
  return answerWithRoles(call);
});

async function answerWithRoles({ workspace }: AdminCall): Promise<object> {
  const permissions = permissionNames.map((name) => ({ name, limitable: true }));
  return fresh({ permissions, roles: (await listRoles(workspace)).map(roleJson) });
}

const roleJson = (role: RoleInMatrix) => ({
  role: role.role,
  built_in: role.builtIn,
  fixed: role.fixed,
  people: role.people,
  version: role.version,
  ...(role.changedBy === undefined ? {} : { changed_by: role.changedBy, changed_ts: role.changedTs }),
  rights: jsonOfRights(role.rights),
});
