/** Every setting of the environment, with an example for the person who got it wrong. */
import * as readers from './readers.ts';

type Setting<T> = { readonly variable: string; readonly example: string; readonly read: readers.Reader<T> };

const setting = <T>(variable: string, read: readers.Reader<T>, example: string): Setting<T> => ({
  variable,
  read,
  example,
});

/** By the name a setting has in `causeway.config.json`. */
export const settings = {
  serverName: setting('CAUSEWAY_SERVER_NAME', readers.serverName, 'chat.example.org'),
  dataDir: setting('CAUSEWAY_DATA_DIR', readers.text, '/var/lib/causeway'),
  bind: setting('CAUSEWAY_BIND', readers.ipAddress, '0.0.0.0'),
  httpPort: setting('CAUSEWAY_HTTP_PORT', readers.port, '8008'),
  federationPort: setting('CAUSEWAY_FEDERATION_PORT', readers.port, '8448'),
  publicUrl: setting('CAUSEWAY_PUBLIC_URL', readers.origin, 'https://chat.example.org'),
  trustedProxies: setting(
    'CAUSEWAY_TRUSTED_PROXIES',
    readers.listOf(readers.network),
    '127.0.0.1,10.0.0.0/8',
  ),
  tlsCert: setting('CAUSEWAY_TLS_CERT', readers.text, '/etc/causeway/fullchain.pem'),
  tlsKey: setting('CAUSEWAY_TLS_KEY', readers.text, '/etc/causeway/privkey.pem'),
  caCert: setting('CAUSEWAY_CA_CERT', readers.text, '/etc/causeway/extra-ca.pem'),
  databaseUrl: setting('CAUSEWAY_DATABASE_URL', readers.text, 'postgres://causeway@localhost/causeway'),
  federationOverrides: setting(
    'CAUSEWAY_FEDERATION_OVERRIDES',
    readers.overrides,
    '{"south.test":"127.0.0.1:8449"}',
  ),
  dnsServers: setting(
    'CAUSEWAY_DNS_SERVERS',
    readers.listOf(readers.resolver),
    '192.0.2.53,[2001:db8::53]:53',
  ),
  allowPrivateAddresses: setting('CAUSEWAY_ALLOW_PRIVATE_ADDRESSES', readers.yesNo('true', 'false'), 'true'),
  registration: setting('CAUSEWAY_REGISTRATION', readers.oneOf('closed', 'token', 'open'), 'closed'),
  registrationSharedSecret: setting(
    'CAUSEWAY_REGISTRATION_SHARED_SECRET',
    readers.text,
    'a long random text',
  ),
  appserviceDir: setting('CAUSEWAY_APPSERVICE_DIR', readers.text, '/etc/causeway/appservices'),
  rateLimits: setting('CAUSEWAY_RATE_LIMITS', readers.yesNo('on', 'off'), 'on'),
  passwordCost: setting('CAUSEWAY_PASSWORD_COST', readers.oneOf('normal', 'low'), 'normal'),
  log: setting('CAUSEWAY_LOG', readers.log, 'json,info'),
  metricsToken: setting('CAUSEWAY_METRICS_TOKEN', readers.text, 'a long random text'),
} as const;

export type SettingName = keyof typeof settings;

export const isSettingName = (name: string): name is SettingName => Object.hasOwn(settings, name);

type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** What was given, read; a setting that was not given, or could not be read, is absent. */
export type SettingValues = { readonly [name in SettingName]?: ValueOf<(typeof settings)[name]> };
