/** What the page behind a link for a new password asks. */
import { readPasswordLink, usePasswordLink } from '@causeway/workspace';
import { requiredString } from '../../client/fields.ts';
import { fresh } from '../workspace-api.ts';
import { linkRoute } from './link-route.ts';

/** `POST /_causeway/links/password/look`: `{ "secret" }`; whose password it is. */
export const lookAtPasswordLink = linkRoute('/password/look', async ({ workspace, request }) => {
  const userId = await readPasswordLink(workspace, requiredString(request.jsonObject(), 'secret'));
  return fresh({ user_id: userId });
});

/** `POST /_causeway/links/password`: `{ "secret", "password" }`; sets it and ends all sessions. */
export const useNewPassword = linkRoute('/password', async ({ workspace, request }) => {
  const body = request.jsonObject();
  const userId = await usePasswordLink(workspace, {
    secret: requiredString(body, 'secret'),
    password: requiredString(body, 'password'),
    remoteAddress: request.remoteAddress,
  });
  return fresh({ user_id: userId });
});
