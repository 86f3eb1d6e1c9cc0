import { createPasswordLink, type MadeLink } from '@causeway/workspace';
import { userIdOf } from '../../../client/client-route.ts';
import { passwordLinkAddress } from '../../links/link-address.ts';
import { type AdminCall, adminRoute } from '../admin-route.ts';
import { answerWithPerson } from './person-json.ts';

export const passwordLinkJson = ({ settings }: AdminCall, link: MadeLink) => ({
  link: passwordLinkAddress(settings.publicUrl, link.secret),
  expires_ts: link.expiresTs,
});

/** `POST /_causeway/admin/people/{userId}/password-link`: `{ "link", "expires_ts", "person" }`; earlier links end. */
export const postPasswordLink = adminRoute('POST', '/people/:userId/password-link', async (call) => {
  const userId = userIdOf(call.request);
  const link = await createPasswordLink(call.workspace, userId, call.by);
  return answerWithPerson(call, userId, passwordLinkJson(call, link));
});
