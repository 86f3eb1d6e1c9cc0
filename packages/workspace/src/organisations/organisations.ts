/** Organisations as admins see them: what the engine knows of a server, and what they decided about it. */
import {
  type ConnectedServer,
  connectedServer,
  connectedServers,
  type Engine,
  type SharedRoom,
} from '@causeway/homeserver';
import type { ServerName } from '@causeway/protocol';
import { contactRefusal } from '../contacts/contact-policy.ts';
import type { Contact } from '../contacts/contacts.ts';
import type { WorkspaceContext } from '../context.ts';
import { type DomainRule, refusalOf } from '../settings/domain-rules.ts';

/**
 * `ok`: the last attempt came through. `failing`: it cannot be reached now. `silent`: nothing was tried yet. The others
 * are what an admin decided, or has to decide.
 */
export type Health = 'ok' | 'failing' | 'silent' | 'blocked' | 'waiting' | 'refused' | 'disconnected';

export type Organisation = ConnectedServer & {
  readonly health: Health;
  /** The rule that shuts it out, in one direction or both; `not-listed`: only others are allowed. */
  readonly blockedBy?: DomainRule | 'not-listed';
  readonly contact?: Contact;
};

export const listOrganisations = async (
  context: WorkspaceContext,
  engine: Engine,
): Promise<readonly Organisation[]> =>
  (await connectedServers(engine)).map((server) => organisationOf(context, server));

/** @throws M_NOT_FOUND for one that nothing was ever shared with */
export const readOrganisation = async (
  context: WorkspaceContext,
  engine: Engine,
  serverName: ServerName,
): Promise<Organisation & { readonly sharedRooms: readonly SharedRoom[] }> => {
  const server = await connectedServer(engine, serverName);
  return { ...server, ...organisationOf(context, server) };
};

const organisationOf = (context: WorkspaceContext, server: ConnectedServer): Organisation => {
  const rules = context.settings.get('federation.rules');
  const blockedBy =
    refusalOf(rules, server.serverName, 'outbound') ?? refusalOf(rules, server.serverName, 'inbound');
  const contact = context.contacts.get(server.serverName);
  return {
    ...server,
    health: healthOf(context, server, blockedBy !== undefined),
    ...(blockedBy === undefined ? {} : { blockedBy }),
    ...(contact === undefined ? {} : { contact }),
  };
};

const healthOf = (context: WorkspaceContext, server: ConnectedServer, blocked: boolean): Health => {
  const decided = context.contacts.get(server.serverName)?.status;
  if (decided === 'refused' || decided === 'disconnected') return decided;
  if (blocked) return 'blocked';
  if (contactRefusal(context, server.serverName) !== undefined) return 'waiting';
  if (server.failingSinceTs !== undefined) return 'failing';
  return server.lastDeliveredTs === undefined && server.lastReceivedTs === undefined ? 'silent' : 'ok';
};
