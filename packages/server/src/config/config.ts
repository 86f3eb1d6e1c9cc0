import type { ServerName } from '@causeway/protocol';
import type { PasswordCost, RegistrationMode } from '@causeway/workspace';

/** How one workspace is started. Everything else is set in the browser and kept in the database. */
export type Config = {
  /** Undefined: asked at set-up. */
  readonly serverName: ServerName | undefined;
  /** Absolute path. */
  readonly dataDir: string;
  readonly bind: string;
  readonly httpPort: number;
  readonly federationPort: number;
  /** Origin without a slash at the end; undefined: made from the server name. */
  readonly publicUrl: string | undefined;
  /** Addresses and networks, such as `127.0.0.1` and `10.0.0.0/8`. */
  readonly trustedProxies: readonly string[];
  /** PEM files of the HTTPS listener; undefined: there is none. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly caCertFile: string | undefined;
  readonly federationOverrides: { readonly [serverName: string]: string };
  readonly dnsServers: readonly string[];
  readonly allowPrivateAddresses: boolean;
  readonly registration: RegistrationMode;
  readonly registrationSharedSecret: string | undefined;
  readonly appserviceDir: string | undefined;
  readonly rateLimits: boolean;
  readonly passwordCost: PasswordCost;
  readonly log: LogConfig;
  /** Lets a scraper that is not on this machine read the metrics. */
  readonly metricsToken: string | undefined;
};

export type LogFormat = 'json' | 'pretty';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogConfig = {
  /** Undefined: `pretty` on a terminal, `json` otherwise. */
  readonly format: LogFormat | undefined;
  readonly level: (typeof logLevels)[number];
};
