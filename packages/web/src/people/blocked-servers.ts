import type { MatrixClient } from 'matrix-js-sdk';
import { isObject } from '../session/matrix-request.ts';

declare module 'matrix-js-sdk/lib/@types/event.js' {
  interface AccountDataEvents {
    'org.causeway.blocked_servers': { servers: string[] };
  }
}

const TYPE = 'org.causeway.blocked_servers';

/** Organisations whose invitations a person does not want to see. */
export function blockedServersOf(client: MatrixClient): readonly string[] {
  const content: unknown = client.getAccountData(TYPE)?.getContent();
  const servers = isObject(content) ? content.servers : undefined;
  return Array.isArray(servers) ? servers.filter((one): one is string => typeof one === 'string') : [];
}

export async function setBlocked(client: MatrixClient, server: string, blocked: boolean): Promise<void> {
  const others = blockedServersOf(client).filter((one) => one !== server);
  await client.setAccountData(TYPE, { servers: blocked ? [...others, server] : others });
}

export async function setIgnored(client: MatrixClient, userId: string, ignored: boolean): Promise<void> {
  const others = client.getIgnoredUsers().filter((one) => one !== userId);
  await client.setIgnoredUsers(ignored ? [...others, userId] : others);
}
