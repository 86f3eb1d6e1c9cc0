/** What a person wanted of other organisations that waits for an admin, and what became of it. */
import { invalidParam, notFound } from '@causeway/homeserver';
import { removeRequest, requestsOfPerson, type WorkspaceContext } from '@causeway/workspace';
import { type ClientRoute, route } from '../../client/client-route.ts';
import { requestJson } from '../admin/contacts.ts';
import { fresh } from '../workspace-api.ts';
import { faultOf } from '@causeway/workspace';

export const contactRequestOperations = (workspace: WorkspaceContext): readonly ClientRoute[] => [
  // `GET /_causeway/contact-requests`: one's own, newest first.
  route('GET', ['/_causeway/contact-requests'], async ({ userId }) => {
    const found = await requestsOfPerson(workspace, userId);
    return fresh({ requests: found.map(requestJson) });
  }),
  // `DELETE /_causeway/contact-requests/{id}`: withdraws what waits, or takes note of what became of it.
  route('DELETE', ['/_causeway/contact-requests/:id'], async ({ request, userId }) => {
    const id = Number(request.param('id'));
    if (!Number.isSafeInteger(id)) throw invalidParam(faultOf('request-unknown'));
    if (!(await removeRequest(workspace, userId, id))) throw notFound(faultOf('request-unknown'));
    return fresh({});
  }),
];
