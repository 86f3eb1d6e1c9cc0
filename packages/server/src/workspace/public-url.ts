import { isTrial } from '@causeway/workspace';
import { parseServerNameParts, type ServerName } from '@causeway/protocol';
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

/** A name for the address we listen on, for somebody at this machine. */
const localHost = (bind: string): string => {
  if (['127.0.0.1', '0.0.0.0', '::', '::1'].includes(bind)) return 'localhost';
  return bind.includes(':') ? `[${bind}]` : bind;
};
