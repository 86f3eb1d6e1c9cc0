import { createAccount, createPasswordLink } from '@causeway/workspace';
import { optionalString, requiredString } from '../../../client/fields.ts';
import { adminRoute } from '../admin-route.ts';
import { passwordLinkJson } from './password-link.ts';
import { answerWithPerson } from './person-json.ts';

/**
 * `POST /_causeway/admin/people`: `{ "username", "role"?, "display_name"?, "password"? }`. Without a password the answer
 * has a link with which the person chooses one; it is shown this once.
 */
export const postPerson = adminRoute('POST', '/people', async (call) => {
  const { request, workspace, by } = call;
  const body = request.jsonObject();
  const password = optionalString(body, 'password');
  const userId = await createAccount(workspace, {
    localpart: requiredString(body, 'username'),
    role: optionalString(body, 'role') ?? 'user',
    displayName: optionalString(body, 'display_name')?.trim() || undefined,
    password,
    by,
  });
  if (password !== undefined) return answerWithPerson(call, userId);
  const link = await createPasswordLink(workspace, userId, by);
  return answerWithPerson(call, userId, passwordLinkJson(call, link));
});
