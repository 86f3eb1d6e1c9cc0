import { deactivateAccount, reactivateAccount } from '@causeway/workspace';
import { userIdOf } from '../../../client/client-route.ts';
import { optionalBoolean } from '../../../client/fields.ts';
import { adminRoute } from '../admin-route.ts';
import { editOf } from './change-person.ts';
import { answerWithPerson } from './person-json.ts';

/**
 * `POST /_causeway/admin/people/{userId}/deactivation`: `{ "erase"?, "version"? }`. The account has ended when this is
 * answered; the rooms are left soon after, which `leaving` tells.
 */
export const postDeactivation = adminRoute('POST', '/people/:userId/deactivation', async (call) => {
  const userId = userIdOf(call.request);
  const erase = optionalBoolean(call.request.jsonObject(), 'erase') ?? false;
  await deactivateAccount(call.workspace, userId, { ...editOf(call), erase });
  return answerWithPerson(call, userId);
});

/** `POST /_causeway/admin/people/{userId}/reactivation`: `{ "version"? }`. Not after it was erased. */
export const postReactivation = adminRoute('POST', '/people/:userId/reactivation', async (call) => {
  const userId = userIdOf(call.request);
  await reactivateAccount(call.workspace, userId, editOf(call));
  return answerWithPerson(call, userId);
});
