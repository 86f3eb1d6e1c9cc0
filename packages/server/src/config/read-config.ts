import { createPrivateKey, X509Certificate } from 'node:crypto';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from './config.ts';
import { isSettingName, type SettingName, type SettingValues, settings } from './settings.ts';

/** One thing that is wrong, with the variable to change and what it could be. */
export type ConfigFault = { readonly variable: string; readonly problem: string; readonly example: string };

export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

export type Environment = { readonly [variable: string]: string | undefined };

export const CONFIG_FILE = 'causeway.config.json';

/** Reads `causeway.config.json` of the data folder, overridden by the environment, and finds every fault. */
export const readConfig = (environment: Environment, workingDirectory: string): ConfigResult => {
  const dataDir = resolve(workingDirectory, environment[settings.dataDir.variable] || 'data');
  const file = readConfigFile(join(dataDir, CONFIG_FILE));
  const given = new Map<SettingName, string>([...file.texts, ...environmentTexts(environment)]);
  const { values, faults } = readValues(given);
  const allFaults = [...file.faults, ...faults, ...checkTogether(values)];
  if (allFaults.length > 0) return { ok: false, faults: allFaults };
  return { ok: true, config: configFrom(values, dataDir), warnings: warningsOf(values, environment) };
};

/** One paragraph per fault, as printed before the start is given up. */
export const describeFaults = (faults: readonly ConfigFault[]): string =>
  [
    faults.length === 1 ? 'The configuration has a fault:' : `The configuration has ${faults.length} faults:`,
    ...faults.map(
      (fault) => `  ${fault.variable} ${fault.problem}\n      for example ${fault.variable}=${fault.example}`,
    ),
  ].join('\n');

const environmentTexts = (environment: Environment): [SettingName, string][] =>
  (Object.keys(settings) as SettingName[]).flatMap((name): [SettingName, string][] => {
    const text = environment[settings[name].variable]?.trim();
    // An empty variable is how a shell or a unit file says "not set".
    return text === undefined || text === '' ? [] : [[name, text]];
  });

type ConfigFile = {
  readonly texts: ReadonlyMap<SettingName, string>;
  readonly faults: readonly ConfigFault[];
};

const readConfigFile = (path: string): ConfigFile => {
  const texts = new Map<SettingName, string>();
  const faults: ConfigFault[] = [];
  const content = readIfThere(path);
  if (content === undefined) return { texts, faults };
  const example = '{"httpPort": 8008}';
  const parsed = parseConfigFile(content);
  if (parsed === undefined) {
    return { texts, faults: [{ variable: path, problem: 'must be a JSON object', example }] };
  }
  for (const [name, value] of Object.entries(parsed)) {
    const text = settingText(value);
    if (!isSettingName(name) || name === 'dataDir') {
      faults.push({ variable: path, problem: `has the unknown setting "${name}"`, example });
    } else if (text === undefined) {
      faults.push({
        variable: `${path}: ${name}`,
        problem: 'cannot be read',
        example: settings[name].example,
      });
    } else {
      texts.set(name, text);
    }
  }
  return { texts, faults };
};

/** A value of the file as it would stand in the environment. */
const settingText = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : undefined;
};

const readValues = (given: ReadonlyMap<SettingName, string>) => {
  const values: { [name: string]: unknown } = {};
  const faults: ConfigFault[] = [];
  for (const [name, text] of given) {
    const { variable, read, example } = settings[name];
    const result = read(text);
    if ('fault' in result) faults.push({ variable, problem: result.fault, example });
    else values[name] = result.value;
  }
  return { values: values as SettingValues, faults };
};

/** What only shows when settings are seen together, or with the files that they name. */
const checkTogether = (values: SettingValues): ConfigFault[] => {
  const faults: ConfigFault[] = [];
  const fault = (name: SettingName, problem: string) => {
    faults.push({ variable: settings[name].variable, problem, example: settings[name].example });
  };
  if (values.databaseUrl !== undefined) {
    fault('databaseUrl', 'is not supported by this version: leave it out, and the embedded database is used');
  }
  if (values.tlsCert !== undefined && values.tlsKey === undefined) {
    fault('tlsKey', `is missing: ${settings.tlsCert.variable} needs the private key that belongs to it`);
  }
  if (values.tlsKey !== undefined && values.tlsCert === undefined) {
    fault('tlsCert', `is missing: ${settings.tlsKey.variable} needs the certificate that belongs to it`);
  }
  const cert = values.tlsCert && checkPem(values.tlsCert, 'certificate');
  const key = values.tlsKey && checkPem(values.tlsKey, 'private key');
  const ca = values.caCert && checkPem(values.caCert, 'certificate');
  if (cert) fault('tlsCert', cert);
  if (key) fault('tlsKey', key);
  if (ca) fault('caCert', ca);
  if (values.tlsCert && values.tlsKey && !cert && !key && !belongTogether(values.tlsCert, values.tlsKey)) {
    fault('tlsKey', `does not belong to the certificate in ${settings.tlsCert.variable}`);
  }
  if (values.appserviceDir !== undefined && !isFolder(values.appserviceDir)) {
    fault('appserviceDir', `is not a folder: ${values.appserviceDir}`);
  }
  const sharePort =
    values.httpPort !== undefined && values.httpPort !== 0 && values.httpPort === values.federationPort;
  if (sharePort && values.tlsCert) fault('federationPort', 'must differ from the HTTP port');
  return faults;
};

const checkPem = (path: string, kind: 'certificate' | 'private key'): string | undefined => {
  const pem = readIfThere(path);
  if (pem === undefined) return `names a file that cannot be read: ${path}`;
  try {
    if (kind === 'certificate') new X509Certificate(pem);
    else createPrivateKey(pem);
    return undefined;
  } catch {
    return `names a file without a PEM ${kind}: ${path}`;
  }
};

const belongTogether = (certFile: string, keyFile: string): boolean =>
  new X509Certificate(readFileSync(certFile)).checkPrivateKey(createPrivateKey(readFileSync(keyFile)));

const configFrom = (values: SettingValues, dataDir: string): Config => ({
  serverName: values.serverName,
  dataDir,
  bind: values.bind ?? '127.0.0.1',
  httpPort: values.httpPort ?? 8008,
  federationPort: values.federationPort ?? 8448,
  publicUrl: values.publicUrl,
  trustedProxies: values.trustedProxies ?? [],
  tls:
    values.tlsCert !== undefined && values.tlsKey !== undefined
      ? { certFile: resolve(values.tlsCert), keyFile: resolve(values.tlsKey) }
      : undefined,
  caCertFile: values.caCert === undefined ? undefined : resolve(values.caCert),
  federationOverrides: values.federationOverrides ?? {},
  dnsServers: values.dnsServers ?? [],
  allowPrivateAddresses: values.allowPrivateAddresses ?? false,
  registration: values.registration ?? 'closed',
  registrationSharedSecret: values.registrationSharedSecret,
  appserviceDir: values.appserviceDir,
  rateLimits: values.rateLimits ?? true,
  passwordCost: values.passwordCost ?? 'normal',
  log: values.log ?? { format: undefined, level: 'info' },
  metricsToken: values.metricsToken,
});

const warningsOf = (values: SettingValues, environment: Environment): string[] => {
  const known = new Set<string>(Object.values(settings).map((setting) => setting.variable));
  const warnings = Object.keys(environment)
    .filter((variable) => variable.startsWith('CAUSEWAY_') && !known.has(variable))
    .map((variable) => `${variable} is not a setting; it has no effect.`);
  if (values.appserviceDir !== undefined) {
    warnings.push(`${settings.appserviceDir.variable}: application services are not supported yet.`);
  }
  if (values.rateLimits === false) warnings.push(`${settings.rateLimits.variable}=off is for tests only.`);
  if (values.passwordCost === 'low')
    warnings.push(`${settings.passwordCost.variable}=low is for tests only.`);
  return warnings;
};

const parseConfigFile = (content: string): object | undefined => {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const readIfThere = (path: string): string | undefined => {
  try {
    accessSync(path, constants.R_OK);
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
