import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_FILE, describeFaults, type Environment, readConfig } from './read-config.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'causeway-config-'));

const configOf = (environment: Environment) => {
  const result = readConfig(environment, folder());
  if (!result.ok) throw new Error(describeFaults(result.faults));
  return result.config;
};

describe('the configuration', () => {
  it('has defaults that reach nobody but this machine', () => {
    const directory = folder();
    const result = readConfig({}, directory);
    expect(result).toEqual({
      ok: true,
      warnings: [],
      config: {
        serverName: undefined,
        dataDir: join(directory, 'data'),
        bind: '127.0.0.1',
        httpPort: 8008,
        federationPort: 8448,
        publicUrl: undefined,
        trustedProxies: [],
        tls: undefined,
        caCertFile: undefined,
        federationOverrides: {},
        dnsServers: [],
        allowPrivateAddresses: false,
        registration: 'closed',
        registrationSharedSecret: undefined,
        appserviceDir: undefined,
        rateLimits: true,
        passwordCost: 'normal',
        log: { format: undefined, level: 'info' },
        metricsToken: undefined,
      },
    });
  });

  it('reads every variable', () => {
    expect(
      configOf({
        CAUSEWAY_SERVER_NAME: 'chat.example.org',
        CAUSEWAY_BIND: '::',
        CAUSEWAY_HTTP_PORT: '0',
        CAUSEWAY_FEDERATION_PORT: '443',
        CAUSEWAY_PUBLIC_URL: 'https://chat.example.org/',
        CAUSEWAY_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8,::1',
        CAUSEWAY_FEDERATION_OVERRIDES: '{"south.test":"127.0.0.1:8449","localhost:1":"[::1]:2"}',
        CAUSEWAY_DNS_SERVERS: '192.0.2.53,192.0.2.54:5353,[2001:db8::53]:53,2001:db8::54',
        CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: 'true',
        CAUSEWAY_REGISTRATION: 'open',
        CAUSEWAY_REGISTRATION_SHARED_SECRET: 'secret',
        CAUSEWAY_RATE_LIMITS: 'off',
        CAUSEWAY_PASSWORD_COST: 'low',
        CAUSEWAY_LOG: 'json,debug',
        CAUSEWAY_TLS_CERT: '',
      }),
    ).toMatchObject({
      serverName: 'chat.example.org',
      bind: '::',
      httpPort: 0,
      federationPort: 443,
      publicUrl: 'https://chat.example.org',
      trustedProxies: ['127.0.0.1', '10.0.0.0/8', '::1'],
      federationOverrides: { 'south.test': '127.0.0.1:8449', 'localhost:1': '[::1]:2' },
      dnsServers: ['192.0.2.53', '192.0.2.54:5353', '[2001:db8::53]:53', '2001:db8::54'],
      allowPrivateAddresses: true,
      registration: 'open',
      registrationSharedSecret: 'secret',
      rateLimits: false,
      passwordCost: 'low',
      log: { format: 'json', level: 'debug' },
      tls: undefined,
    });
  });

  it('comes from the file in the data folder, and the environment overrides it', () => {
    const dataDir = folder();
    const file = {
      serverName: 'file.test',
      httpPort: 9001,
      allowPrivateAddresses: true,
      trustedProxies: ['127.0.0.1'],
      federationOverrides: { 'south.test': '127.0.0.1:1' },
    };
    writeFileSync(join(dataDir, CONFIG_FILE), JSON.stringify(file));
    expect(configOf({ CAUSEWAY_DATA_DIR: dataDir, CAUSEWAY_HTTP_PORT: '9002' })).toMatchObject({
      ...file,
      httpPort: 9002,
    });
  });

  it('lists every fault at once, each with its variable and an example', () => {
    const dataDir = folder();
    writeFileSync(join(dataDir, CONFIG_FILE), '{"htpPort": 1, "bind": "nowhere"}');
    const result = readConfig(
      {
        CAUSEWAY_DATA_DIR: dataDir,
        CAUSEWAY_SERVER_NAME: 'https://chat.example.org',
        CAUSEWAY_HTTP_PORT: '80800',
        CAUSEWAY_FEDERATION_PORT: 'x',
        CAUSEWAY_PUBLIC_URL: 'chat.example.org',
        CAUSEWAY_TRUSTED_PROXIES: '10.0.0.0/33',
        CAUSEWAY_TLS_CERT: '/nowhere.pem',
        CAUSEWAY_CA_CERT: '/nowhere.pem',
        CAUSEWAY_DATABASE_URL: 'postgres://localhost/x',
        CAUSEWAY_FEDERATION_OVERRIDES: '{"south.test":"nowhere"}',
        CAUSEWAY_DNS_SERVERS: 'dns.example.org',
        CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: 'yes',
        CAUSEWAY_REGISTRATION: 'sometimes',
        CAUSEWAY_RATE_LIMITS: 'false',
        CAUSEWAY_PASSWORD_COST: 'free',
        CAUSEWAY_LOG: 'loud',
        CAUSEWAY_APPSERVICE_DIR: '/nowhere',
      },
      '/',
    );
    expect(result.ok).toBe(false);
    const faults = result.ok ? [] : result.faults;
    expect(faults.map((fault) => fault.variable).sort()).toEqual(
      [
        `${dataDir}/${CONFIG_FILE}`,
        'CAUSEWAY_BIND',
        'CAUSEWAY_SERVER_NAME',
        'CAUSEWAY_HTTP_PORT',
        'CAUSEWAY_FEDERATION_PORT',
        'CAUSEWAY_PUBLIC_URL',
        'CAUSEWAY_TRUSTED_PROXIES',
        'CAUSEWAY_TLS_CERT',
        'CAUSEWAY_TLS_KEY',
        'CAUSEWAY_CA_CERT',
        'CAUSEWAY_DATABASE_URL',
        'CAUSEWAY_FEDERATION_OVERRIDES',
        'CAUSEWAY_DNS_SERVERS',
        'CAUSEWAY_ALLOW_PRIVATE_ADDRESSES',
        'CAUSEWAY_REGISTRATION',
        'CAUSEWAY_RATE_LIMITS',
        'CAUSEWAY_PASSWORD_COST',
        'CAUSEWAY_LOG',
        'CAUSEWAY_APPSERVICE_DIR',
      ].sort(),
    );
    const text = describeFaults(faults);
    expect(text).toContain('The configuration has 19 faults:');
    expect(text).toContain('for example CAUSEWAY_HTTP_PORT=8008');
  });

  it.each(['Chat.Example.org', 'chat.example.org/', 'a b', '[::1', 'chat.example.org:99999999'])(
    'refuses the server name %j',
    (name) => {
      expect(readConfig({ CAUSEWAY_SERVER_NAME: name }, folder())).toMatchObject({
        ok: false,
        faults: [{ variable: 'CAUSEWAY_SERVER_NAME' }],
      });
    },
  );

  it.each(['{', '[]', '"x"', 'null'])('refuses the file %j', (content) => {
    const dataDir = folder();
    writeFileSync(join(dataDir, CONFIG_FILE), content);
    expect(readConfig({ CAUSEWAY_DATA_DIR: dataDir }, '/')).toMatchObject({ ok: false });
  });

  it('warns of variables that nobody reads', () => {
    const result = readConfig({ CAUSEWAY_HTP_PORT: '1' }, folder());
    expect(result.ok && result.warnings).toEqual(['CAUSEWAY_HTP_PORT is not a setting; it has no effect.']);
  });
});
