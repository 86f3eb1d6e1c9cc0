import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Log } from '@causeway/homeserver';
import type { Config } from '../config/config.ts';
import { StartupError } from '../startup-error.ts';
import { followTlsFiles, readTlsFiles } from '../tls/tls-files.ts';

/** The open ports of a workspace. */
export interface Listeners {
  readonly httpPort: number;
  /** Undefined without a certificate. */
  readonly httpsPort: number | undefined;
  /** Takes no new connections; fulfilled when the last one has ended. */
  close(): Promise<void>;
  /** Breaks what is still open. */
  destroy(): void;
}

/** Longer than proxies and other homeservers keep a connection, so that it is they who end it. */
const KEEP_ALIVE_MS = 65_000;

/** Opens the HTTP port and, with a certificate, the HTTPS port; both or none. */
export const openListeners = async (
  config: Pick<Config, 'bind' | 'httpPort' | 'federationPort' | 'tls'>,
  handle: RequestListener,
  log: Log,
): Promise<Listeners> => {
  const limits = { keepAliveTimeout: KEEP_ALIVE_MS };
  const http = createHttpServer(limits, handle);
  const https =
    config.tls === undefined
      ? undefined
      : createHttpsServer({ ...limits, ...readTlsFiles(config.tls), minVersion: 'TLSv1.2' }, handle);
  const servers = https === undefined ? [http] : [http, https];
  const following =
    https !== undefined && config.tls !== undefined ? followTlsFiles(https, config.tls, log) : undefined;
  try {
    await listen(http, { host: config.bind, port: config.httpPort, variable: 'CAUSEWAY_HTTP_PORT' });
    if (https) {
      await listen(https, {
        host: config.bind,
        port: config.federationPort,
        variable: 'CAUSEWAY_FEDERATION_PORT',
      });
    }
  } catch (error) {
    for (const server of servers) server.close();
    following?.[Symbol.dispose]();
    throw error;
  }
  return {
    httpPort: portOf(http),
    httpsPort: https === undefined ? undefined : portOf(https),
    async close() {
      following?.[Symbol.dispose]();
      await Promise.all(servers.map(closeServer));
    },
    destroy() {
      for (const server of servers) server.closeAllConnections();
    },
  };
};

type AnyServer = HttpServer | HttpsServer;

const listen = (
  server: AnyServer,
  at: { readonly host: string; readonly port: number; readonly variable: string },
): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new StartupError(`Cannot listen on ${at.host} port ${at.port} (${at.variable}): ${reasonOf(error)}`),
      );
    });
    server.listen({ host: at.host, port: at.port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });

const reasonOf = (error: NodeJS.ErrnoException): string => {
  if (error.code === 'EADDRINUSE') return 'another program uses this port.';
  if (error.code === 'EACCES') return 'this needs more rights; ports below 1024 belong to root.';
  if (error.code === 'EADDRNOTAVAIL') return 'this machine does not have that address.';
  return error.message;
};

const closeServer = (server: AnyServer): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });

const portOf = (server: AnyServer): number => (server.address() as AddressInfo).port;
