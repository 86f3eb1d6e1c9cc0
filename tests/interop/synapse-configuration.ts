import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';

export type SynapsePorts = {
  /** HTTPS, for other servers; part of the server name. */
  readonly federation: number;
  /** Plain HTTP, for clients. */
  readonly client: number;
};

export type SynapseConfiguration = {
  readonly serverName: string;
  readonly sharedSecret: string;
  /** File name to content. */
  readonly files: { readonly [name: string]: string };
};

/** Where the harness and Synapse find the files. */
export const CONFIGURATION_FILE = 'homeserver.yaml';
export const LOG_FILE = 'homeserver.log';

/** No limit that a test could meet. */
const UNLIMITED = { per_second: 1e6, burst_count: 1e6 };

/**
 * The configuration of a Synapse that talks with servers on loopback. Synapse has no override map, so it
 * and its peers are called `localhost:PORT`: an explicit port skips well-known and SRV.
 *
 * @see https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html
 */
export const configureSynapse = (options: {
  readonly ports: SynapsePorts;
  readonly folder: string;
  readonly certificate: { readonly certPem: string; readonly keyPem: string };
  readonly caPem: string;
}): SynapseConfiguration => {
  const { ports, folder, certificate, caPem } = options;
  const serverName = `localhost:${ports.federation}`;
  const sharedSecret = randomBytes(16).toString('hex');
  const at = (name: string) => join(folder, name);
  const configuration = {
    server_name: serverName,
    public_baseurl: `http://localhost:${ports.client}/`,
    pid_file: at('homeserver.pid'),
    listeners: [
      listener(ports.federation, true, ['federation', 'keys']),
      listener(ports.client, false, ['client']),
    ],
    tls_certificate_path: at('certificate.pem'),
    tls_private_key_path: at('key.pem'),
    federation_verify_certificates: true,
    // Replaces the system's authorities.
    federation_custom_ca_list: [at('ca.pem')],
    federation_ip_range_blacklist: [],
    ip_range_blacklist: [],
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    http_proxy: null,
    https_proxy: null,
    federation: {
      client_timeout: '10s',
      max_short_retries: 1,
      destination_min_retry_interval: '1s',
      destination_max_retry_interval: '5s',
    },
    signing_key_path: at('signing.key'),
    macaroon_secret_key: randomBytes(16).toString('hex'),
    form_secret: randomBytes(16).toString('hex'),
    registration_shared_secret: sharedSecret,
    enable_registration: false,
    bcrypt_rounds: 4,
    report_stats: false,
    database: { name: 'sqlite3', args: { database: at('homeserver.db') } },
    media_store_path: at('media'),
    log_config: at('log.yaml'),
    // A client that starts anew is told what is, not what was two minutes ago.
    caches: { sync_response_cache_duration: '0s' },
    experimental_features: { msc4155_enabled: true },
    allow_public_rooms_over_federation: true,
    room_list_publication_rules: [{ action: 'allow' }],
    allow_public_rooms_without_auth: true,
    ...RATE_LIMITS,
  };
  return {
    serverName,
    sharedSecret,
    files: {
      // Every JSON text is also YAML.
      [CONFIGURATION_FILE]: JSON.stringify(configuration, undefined, 2),
      'log.yaml': JSON.stringify(logConfiguration(at(LOG_FILE)), undefined, 2),
      'signing.key': newSigningKey(),
      'certificate.pem': certificate.certPem,
      'key.pem': certificate.keyPem,
      'ca.pem': caPem,
    },
  };
};

export const newSigningKey = (): string =>
  `ed25519 a_${randomBytes(4).toString('hex')} ${randomBytes(32).toString('base64').replaceAll('=', '')}\n`;

const listener = (port: number, tls: boolean, names: readonly string[]) => ({
  port,
  tls,
  type: 'http',
  bind_addresses: hasIpv6Loopback() ? ['127.0.0.1', '::1'] : ['127.0.0.1'],
  resources: [{ names, compress: false }],
});

const hasIpv6Loopback = (): boolean =>
  Object.values(networkInterfaces())
    .flat()
    .some((each) => each?.address === '::1');

const logConfiguration = (file: string) => ({
  version: 1,
  disable_existing_loggers: false,
  formatters: {
    line: { format: '%(asctime)s %(levelname)s %(name)s %(request)s %(message)s' },
  },
  filters: { context: { '()': 'synapse.logging.context.LoggingContextFilter', request: '' } },
  handlers: {
    file: { class: 'logging.FileHandler', filename: file, formatter: 'line', filters: ['context'] },
  },
  root: { level: 'INFO', handlers: ['file'] },
});

const RATE_LIMITS = {
  rc_message: UNLIMITED,
  rc_registration: UNLIMITED,
  rc_registration_token_validity: UNLIMITED,
  rc_login: { address: UNLIMITED, account: UNLIMITED, failed_attempts: UNLIMITED },
  rc_admin_redaction: UNLIMITED,
  rc_joins: { local: UNLIMITED, remote: UNLIMITED },
  rc_joins_per_room: UNLIMITED,
  rc_room_creation: UNLIMITED,
  rc_3pid_validation: UNLIMITED,
  rc_invites: { per_room: UNLIMITED, per_user: UNLIMITED, per_issuer: UNLIMITED },
  rc_third_party_invite: UNLIMITED,
  rc_media_create: UNLIMITED,
  rc_presence: { per_user: UNLIMITED },
  rc_key_requests: UNLIMITED,
  rc_reports: UNLIMITED,
  rc_federation: {
    window_size: 1_000,
    sleep_limit: 1e6,
    sleep_delay: 1,
    reject_limit: 1e6,
    concurrent: 1_000,
  },
  remote_media_download_per_second: '1G',
  remote_media_download_burst_count: '1G',
} as const;
