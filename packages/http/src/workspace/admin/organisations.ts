/** The organisations that this one is connected with. */
import { invalidParam, retryDestination, type SharedRoom } from '@causeway/homeserver';
import { parseServerName, type ServerName } from '@causeway/protocol';
import {
  blockOrganisation,
  disconnectOrganisation,
  listOrganisations,
  type Organisation,
  readOrganisation,
  recordAudit,
  versionOfSetting,
} from '@causeway/workspace';
import { optionalString, requiredBoolean, requiredInteger } from '../../client/fields.ts';
import { fresh } from '../workspace-api.ts';
import { type AdminCall, adminRoute } from './admin-route.ts';
import { contactJson } from './contacts.ts';
import { faultOf } from '@causeway/workspace';

/** `GET /_causeway/admin/organisations`: every server that rooms are shared with, or that something was sent to. */
export const getOrganisationList = adminRoute('GET', '/organisations', async ({ engine, workspace }) =>
  fresh({ organisations: (await listOrganisations(workspace, engine)).map(organisationJson) }),
);

/** `GET /_causeway/admin/organisations/{serverName}`: one, with the rooms shared with it. */
export const getOrganisation = adminRoute('GET', '/organisations/:serverName', answerWithOrganisation);

/** `POST …/retry`: tries at once to send what waits. */
export const postRetry = adminRoute('POST', '/organisations/:serverName/retry', async (call) => {
  const server = serverOf(call);
  await retryDestination(call.engine, server);
  await recordAudit(call.workspace, { action: 'organisation.retry', by: call.by, target: server });
  return answerWithOrganisation(call);
});

/** `PUT …/block`: `{ "blocked", "version" }`, with the version of the rules for domains. */
export const putBlock = adminRoute('PUT', '/organisations/:serverName/block', async (call) => {
  const body = call.request.jsonObject();
  await blockOrganisation(call.workspace, {
    serverName: serverOf(call),
    blocked: requiredBoolean(body, 'blocked'),
    basedOn: requiredInteger(body, 'version'),
    by: call.by,
  });
  return answerWithOrganisation(call);
});

/** `POST …/disconnect`: `{ "reason"?, "version" }`, with the version of the decision about it. */
export const postDisconnect = adminRoute('POST', '/organisations/:serverName/disconnect', async (call) => {
  const { engine, workspace, request, by } = call;
  const body = request.jsonObject();
  const left = await disconnectOrganisation(workspace, engine, {
    serverName: serverOf(call),
    reason: optionalString(body, 'reason'),
    basedOn: requiredInteger(body, 'version'),
    by,
  });
  return fresh({
    rooms: left.rooms,
    people: left.people,
    invitations: left.invitations,
    failures: left.failures,
  });
});

async function answerWithOrganisation(call: AdminCall): Promise<object> {
  const { engine, workspace } = call;
  const found = await readOrganisation(workspace, engine, serverOf(call));
  return fresh({
    ...organisationJson(found),
    shared_rooms: found.sharedRooms.map(roomJson),
    rules_version: await versionOfSetting(workspace, 'federation.rules'),
  });
}

export const serverOf = ({ request }: AdminCall): ServerName => {
  const name = request.param('serverName');
  const server = parseServerName(name);
  if (server === undefined) throw invalidParam(faultOf('no-server', { name: name.slice(0, 255) }));
  return server;
};

const organisationJson = (one: Organisation) => ({
  server_name: one.serverName,
  health: one.health,
  rooms: one.rooms,
  people: one.people,
  last_delivered_ts: one.lastDeliveredTs,
  last_received_ts: one.lastReceivedTs,
  failing_since_ts: one.failingSinceTs,
  last_error: one.lastError,
  next_attempt_ts: one.nextAttemptTs,
  backlog: {
    events: one.backlog.events,
    edus: one.backlog.edus,
    at_least: one.backlog.atLeast,
    oldest_ts: one.backlog.oldestTs,
  },
  set_aside: one.setAside && {
    events: one.setAside.events,
    edus: one.setAside.edus,
    at_least: one.setAside.atLeast,
    newest_ts: one.setAside.newestTs,
    reason: one.setAside.reason,
  },
  hours: one.hours,
  blocked_by: one.blockedBy === 'not-listed' ? 'not-listed' : one.blockedBy?.domain,
  ...(one.contact === undefined ? {} : { contact: contactJson(one.contact) }),
});

const roomJson = (room: SharedRoom) => ({
  room_id: room.roomId,
  name: room.name,
  their_members: room.theirMembers,
  our_members: room.ourMembers,
  others: room.others,
});
