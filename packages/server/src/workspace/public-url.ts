import { parseServerNameParts, type ServerName } from '@causeway/protocol';
import { isTrial } from '@causeway/workspace';
import type { Config } from '../config/config.ts';

/**
 * Where people reach the web app: as configured, or made from the server name. A trial, and a workspace that
 * has no name yet, is reached on this machine.
 */
export const publicUrlOf = (
  config: Pick<Config, 'publicUrl' | 'httpPort' | 'bind'>,
  serverName: ServerName | undefined,
  listeningPort: number | undefined,
): string => {
  if (config.publicUrl !== undefined) return config.publicUrl;
  if (serverName === undefined || isTrial(serverName)) {
    return `http://${localHost(config.bind)}:${listeningPort ?? config.httpPort}`;
  }
  const { host, kind } = parseServerNameParts(serverName);
  return `https://${kind === 'ipv6' ? `[${host}]` : host}`;
};

/** Where other servers look when nothing tells them otherwise. */
const DEFAULT_FEDERATION_PORT = 8448;

/**
 * `host:port` for `.well-known/matrix/server`, for those who would look elsewhere: with a certificate our HTTPS
 * port, without one the proxy in front of the web app. Undefined when the default, or the port in the server
 * name, is right.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#resolving-server-names
 */
export const federationAddressOf = (
  config: Pick<Config, 'tls' | 'federationPort'>,
  serverName: ServerName,
  publicUrl: string,
): string | undefined => {
  const { host, port, kind } = parseServerNameParts(serverName);
  if (port !== undefined || isTrial(serverName)) return undefined;
  if (config.tls !== undefined) {
    const address = kind === 'ipv6' ? `[${host}]` : host;
    const isUsual = [0, DEFAULT_FEDERATION_PORT].includes(config.federationPort);
    return isUsual ? undefined : `${address}:${config.federationPort}`;
  }
  const url = new URL(publicUrl);
  return url.protocol === 'https:' ? `${url.hostname}:${url.port || '443'}` : undefined;
};

/** A name for the address we listen on, for somebody at this machine. */
const localHost = (bind: string): string => {
  if (['127.0.0.1', '0.0.0.0', '::', '::1'].includes(bind)) return 'localhost';
  return bind.includes(':') ? `[${bind}]` : bind;
};
