import type { JsonObject } from '../json/json-value.ts';
import type { ServerName } from '../identifiers/identifiers.ts';

/** Whether a server may take part in a room with this `m.room.server_acl` content (undefined: no such event). */
export function isServerAllowed(aclContent: JsonObject | undefined, serverName: ServerName): boolean {
  throw new Error(`not yet ${typeof aclContent} ${serverName}`);
}
