/** First contact: the organisations that wait for an admin, and what was decided about others. */
import { type Contact, type ContactRequest, decideContact, listContacts } from '@causeway/workspace';
import { optionalChoice, optionalString, requiredInteger } from '../../client/fields.ts';
import { MatrixError } from '@causeway/homeserver';
import { fresh } from '../workspace-api.ts';
import { type AdminCall, adminRoute } from './admin-route.ts';

/** `GET /_causeway/admin/contacts`: those that wait first, the newest first. */
export const getContacts = adminRoute('GET', '/contacts', answerWithContacts);

/** `PUT /_causeway/admin/contacts/{serverName}`: `{ "decision": "approved" | "refused", "reason"?, "version" }`. */
export const putContact = adminRoute('PUT', '/contacts/:serverName', async (call) => {
  const { request, workspace, by } = call;
  const body = request.jsonObject();
  const decision = optionalChoice(body, 'decision', ['approved', 'refused']);
  if (decision === undefined) throw new MatrixError('M_MISSING_PARAM', '"decision" is missing.');
  await decideContact(workspace, {
    serverName: request.param('serverName'),
    decision,
    reason: optionalString(body, 'reason'),
    basedOn: requiredInteger(body, 'version'),
    by,
  });
  return answerWithContacts(call);
});

async function answerWithContacts({ workspace }: AdminCall): Promise<object> {
  const found = await listContacts(workspace);
  return fresh({
    switched_on: workspace.settings.get('federation.first-contact'),
    contacts: found.map(({ requests, ...contact }) => ({
      ...contactJson(contact),
      requests: requests.map(requestJson),
    })),
  });
}

export const contactJson = (contact: Contact): object => ({
  server_name: contact.serverName,
  status: contact.status,
  reason: contact.reason,
  version: contact.version,
  first_ts: contact.firstTs,
  decided_ts: contact.decidedTs,
  decided_by: contact.decidedBy,
});

export const requestJson = (request: ContactRequest) => ({
  id: request.id,
  server_name: request.serverName,
  kind: request.kind,
  person: request.localpart === '' ? undefined : request.localpart,
  room: request.room === '' ? undefined : request.room,
  other: request.other === '' ? undefined : request.other,
  requested_ts: request.requestedTs,
  state: request.state,
  outcome: request.outcome,
});
