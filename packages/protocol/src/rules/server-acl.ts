/**
 * Which servers a room keeps out.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#mroomserver_acl
 */
import { parseServerName, type ServerName } from '../identifiers/identifiers.ts';
import { parseServerNameParts } from '../identifiers/server-name.ts';
import { isJsonArray, type JsonObject, type JsonValue } from '../json/json-value.ts';
import { compileGlob } from './glob.ts';

/** Whether a server may take part in a room with this `m.room.server_acl` content (undefined: no such event). */
export function isServerAllowed(aclContent: JsonObject | undefined, serverName: ServerName): boolean {
  return compileServerAcl(aclContent)(serverName);
}

/** The same for many servers: reads the content once. */
export function compileServerAcl(aclContent: JsonObject | undefined): (serverName: ServerName) => boolean {
  // "If there is no m.room.server_acl event in the room state, allow."
  if (aclContent === undefined) return () => true;
  const deniesIpLiterals = aclContent.allow_ip_literals === false;
  const denied = compilePatterns(aclContent.deny);
  const allowed = compilePatterns(aclContent.allow);
  return (serverName) => {
    const { kind } = parseServerNameParts(serverName);
    // "If the server name is an IP address (v4 or v6) literal, and allow_ip_literals is present and false, deny."
    if (deniesIpLiterals && kind !== 'dns') return false;
    const name = withoutPort(serverName).toLowerCase();
    // "If the server name matches an entry in the deny list, deny."
    if (denied(name)) return false;
    // "If the server name matches an entry in the allow list, allow." "Otherwise, deny."
    return allowed(name);
  };
}

function compilePatterns(value: JsonValue | undefined): (name: string) => boolean {
  const entries = isJsonArray(value) ? value : [];
  const patterns = new Set(
    entries.filter((entry) => typeof entry === 'string').map((entry) => entry.toLowerCase()),
  );
  const globs = [...patterns]
    .filter((pattern) => /[*?]/.test(pattern))
    .map((pattern) => compileGlob(pattern));
  return (name) => patterns.has(name) || globs.some((matches) => matches(name));
}

/** "the suspect server's port number must not be considered" */
function withoutPort(serverName: ServerName): string {
  const { host, kind } = parseServerNameParts(serverName);
  return parseServerName(kind === 'ipv6' ? `[${host}]` : host) ?? serverName;
}
