/** What the page behind an invitation link asks. The secret comes in bodies, never in addresses. */
import { acceptInvitationLink, readInvitationLink } from '@causeway/workspace';
import { optionalString, requiredString } from '../../client/fields.ts';
import { fresh } from '../workspace-api.ts';
import { linkRoute } from './link-route.ts';

/** `POST /_causeway/links/invitation/look`: `{ "secret" }`; whether it can be used, and until when. */
export const lookAtInvitation = linkRoute('/invitation/look', async ({ workspace, request }) => {
  const link = await readInvitationLink(workspace, requiredString(request.jsonObject(), 'secret'));
  return fresh({ expires_ts: link.expiresTs });
});

/** `POST /_causeway/links/invitation`: `{ "secret", "username", "password", "display_name"? }`; makes the account. */
export const acceptInvitation = linkRoute('/invitation', async ({ workspace, request }) => {
  const body = request.jsonObject();
  const userId = await acceptInvitationLink(workspace, {
    secret: requiredString(body, 'secret'),
    localpart: requiredString(body, 'username'),
    password: requiredString(body, 'password'),
    displayName: optionalString(body, 'display_name'),
    remoteAddress: request.remoteAddress,
  });
  return fresh({ user_id: userId });
});
