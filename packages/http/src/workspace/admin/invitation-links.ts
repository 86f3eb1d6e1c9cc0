/** Links that lead to a sign-up page. */
import { createInvitationLink, listInvitationLinks, withdrawInvitationLink } from '@causeway/workspace';
import { optionalInteger, optionalString } from '../../client/fields.ts';
import { invitationAddress } from '../links/link-address.ts';
import { fresh } from '../workspace-api.ts';
import { type AdminCall, adminRoute } from './admin-route.ts';

const DEFAULT_HOURS = 7 * 24;

/** `GET /_causeway/admin/invitation-links`: newest first; the links themselves are shown once only. */
export const getInvitationLinks = adminRoute('GET', '/invitation-links', (call) => answerWithLinks(call));

/** `POST /_causeway/admin/invitation-links`: `{ "role"?, "uses"?, "hours"?, "note"? }`; the answer has the `link`. */
export const postInvitationLink = adminRoute('POST', '/invitation-links', async (call) => {
  const { request, workspace, settings, by } = call;
  const body = request.jsonObject();
  const made = await createInvitationLink(
    workspace,
    {
      role: optionalString(body, 'role') ?? 'user',
      uses: optionalInteger(body, 'uses') ?? 1,
      hours: optionalInteger(body, 'hours') ?? DEFAULT_HOURS,
      note: optionalString(body, 'note'),
    },
    by,
  );
  const link = invitationAddress(settings.publicUrl, made.secret);
  return answerWithLinks(call, { link, link_id: made.linkId, expires_ts: made.expiresTs });
});

/** `DELETE /_causeway/admin/invitation-links/{linkId}`: nobody comes by it any more. */
export const deleteInvitationLink = adminRoute('DELETE', '/invitation-links/:linkId', async (call) => {
  await withdrawInvitationLink(call.workspace, call.request.param('linkId'), call.by);
  return answerWithLinks(call);
});

const answerWithLinks = async ({ workspace }: AdminCall, further: object = {}): Promise<object> =>
  fresh({
    links: (await listInvitationLinks(workspace)).map((link) => ({
      link_id: link.linkId,
      state: link.state,
      role: link.role,
      ...(link.note === undefined ? {} : { note: link.note }),
      uses: link.uses,
      used: link.used,
      created_ts: link.createdTs,
      created_by: link.createdBy,
      expires_ts: link.expiresTs,
    })),
    ...further,
  });
