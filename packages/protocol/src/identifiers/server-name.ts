/**
 * The grammar of server names.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#server-name
 */
import { isIPv6 } from 'node:net';
import type { ServerName } from './identifiers.ts';

export type ServerNameParts = {
  /** The host without brackets and port. */
  readonly host: string;
  readonly port?: number;
  readonly kind: 'dns' | 'ipv4' | 'ipv6';
};

const serverName =
  /^(?:(?<dns>[A-Za-z0-9.-]{1,255})|\[(?<ipv6>[0-9A-Fa-f:.]{2,45})\])(?::(?<port>[0-9]{1,5}))?$/;
const dottedQuad = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|0{0,2}[0-9]|0?[1-9][0-9])(?:\.(?!$)|$)){4}$/;

/** Whether the text is a server name. */
export function isServerNameText(text: string): boolean {
  const groups = serverName.exec(text)?.groups;
  return groups !== undefined && (groups.ipv6 === undefined || isIPv6(groups.ipv6));
}

/** Takes a server name apart. */
export function parseServerNameParts(name: ServerName): ServerNameParts {
  const groups = serverName.exec(name)?.groups;
  const port = groups?.port === undefined ? {} : { port: Number(groups.port) };
  if (groups?.ipv6 !== undefined) return { host: groups.ipv6, ...port, kind: 'ipv6' };
  const host = groups?.dns ?? name;
  return { host, ...port, kind: dottedQuad.test(host) ? 'ipv4' : 'dns' };
}
