/**
 * Changes of one person. Each takes the `version` that the admin saw, so that a change of somebody else in between is a
 * 409; without one it is made on whatever is there.
 */
import { invalidParam } from '@causeway/homeserver';
import {
  type Edit,
  faultOf,
  grantPermission,
  isPermission,
  permissionNames,
  revokePermission,
  setEmail,
  setRole,
} from '@causeway/workspace';
import { userIdOf } from '../../../client/client-route.ts';
import {
  optionalBoolean,
  optionalInteger,
  optionalString,
  requiredBoolean,
  requiredString,
} from '../../../client/fields.ts';
import { type AdminCall, adminRoute } from '../admin-route.ts';
import { answerWithPerson } from './person-json.ts';

export const editOf = ({ request, by }: AdminCall): Edit => {
  const basedOn = optionalInteger(request.jsonObject(), 'version');
  return { by, basedOn };
};

/** `PUT /_causeway/admin/people/{userId}/role`: `{ "role", "version"? }`. */
export const putPersonRole = adminRoute('PUT', '/people/:userId/role', async (call) => {
  const userId = userIdOf(call.request);
  await setRole(call.workspace, userId, requiredString(call.request.jsonObject(), 'role'), editOf(call));
  return answerWithPerson(call, userId);
});

/**
 * `PUT /_causeway/admin/people/{userId}/permissions/{permission}`: `{ "held", "version"? }`, beside what the role
 * gives.
 */
export const putPersonPermission = adminRoute(
  'PUT',
  '/people/:userId/permissions/:permission',
  async (call) => {
    const { request, workspace } = call;
    const userId = userIdOf(request);
    const permission = request.param('permission');
    if (!isPermission(permission)) {
      throw invalidParam(
        faultOf('permission-unknown', {
          permission: permission.slice(0, 100),
          permissions: permissionNames.join(', '),
        }),
      );
    }
    const change = requiredBoolean(request.jsonObject(), 'held') ? grantPermission : revokePermission;
    await change(workspace, userId, permission, editOf(call));
    return answerWithPerson(call, userId);
  },
);

/**
 * `PUT /_causeway/admin/people/{userId}/email`: `{ "address"?, "verified"?, "version"? }`; without an address it is
 * forgotten.
 */
export const putPersonEmail = adminRoute('PUT', '/people/:userId/email', async (call) => {
  const body = call.request.jsonObject();
  const userId = userIdOf(call.request);
  const email = {
    address: optionalString(body, 'address'),
    verified: optionalBoolean(body, 'verified') ?? false,
  };
  await setEmail(call.workspace, userId, email, editOf(call));
  return answerWithPerson(call, userId);
});
