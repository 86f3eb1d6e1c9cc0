/** Reads the text of one setting. A fault says what is wrong with it, in words that follow the variable's name. */
import { isIP } from 'node:net';
import { parseServerName, type ServerName } from '@causeway/protocol';
import { type LogConfig, type LogFormat, logLevels } from './config.ts';

export type Read<T> = { readonly value: T } | { readonly fault: string };

export type Reader<T> = (text: string) => Read<T>;

export const text: Reader<string> = (value) => ({ value });

export const oneOf =
  <const T extends string>(...choices: readonly T[]): Reader<T> =>
  (given) => {
    const value = choices.find((choice) => choice === given);
    return value === undefined ? { fault: `must be ${choices.join(' or ')}, not "${given}"` } : { value };
  };

/** Words for yes and no. */
export const yesNo =
  (yes: string, no: string): Reader<boolean> =>
  (given) =>
    given === yes || given === no
      ? { value: given === yes }
      : { fault: `must be ${yes} or ${no}, not "${given}"` };

/** A TCP port; 0 lets the system choose. */
export const port: Reader<number> = (given) =>
  /^[0-9]{1,5}$/.test(given) && Number(given) <= 65_535
    ? { value: Number(given) }
    : { fault: `must be a port from 0 to 65535, not "${given}"` };

export const serverName: Reader<ServerName> = (given) => {
  if (given !== given.toLowerCase()) return { fault: `must be in small letters, not "${given}"` };
  const value = parseServerName(given);
  return value === undefined
    ? { fault: `must be a domain, with a port if need be, not "${given}"` }
    : { value };
};

export const ipAddress: Reader<string> = (given) =>
  isIP(given) === 0 ? { fault: `must be an IP address, not "${given}"` } : { value: given };

export const origin: Reader<string> = (given) => {
  const url = URL.parse(given);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    return { fault: `must be an http or https address, not "${given}"` };
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    return { fault: `must end after the host or port, unlike "${given}"` };
  }
  return { value: url.origin };
};

/** Items between commas. */
export const listOf =
  (item: Reader<string>): Reader<readonly string[]> =>
  (given) => {
    const values: string[] = [];
    for (const part of given.split(',').map((part) => part.trim())) {
      if (part === '') continue;
      const read = item(part);
      if ('fault' in read) return read;
      values.push(read.value);
    }
    return { value: values };
  };

/** `10.0.0.0/8`, `::1` or `192.0.2.7`. */
export const network: Reader<string> = (given) => {
  const [address = '', bits, ...rest] = given.split('/');
  const width = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const bitsAreRight = bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= width);
  return width > 0 && bitsAreRight && rest.length === 0
    ? { value: given }
    : { fault: `must be addresses or networks, unlike "${given}"` };
};

/** An IP address, with a port if need be. */
export const resolver: Reader<string> = (given) => {
  const match = /^(?:\[(?<v6>.+)\]|(?<v4>[^:]+))(?::(?<port>[0-9]{1,5}))?$/.exec(given);
  const address = match?.groups?.v6 ?? match?.groups?.v4 ?? given;
  return isIP(address) === 0 || Number(match?.groups?.port ?? 53) > 65_535
    ? { fault: `must be addresses of DNS resolvers, unlike "${given}"` }
    : { value: given };
};

/** JSON `{"name": "host:port"}`. */
export const overrides: Reader<{ readonly [serverName: string]: string }> = (given) => {
  const parsed = parseObject(given);
  if (parsed === undefined) return { fault: 'must be a JSON object from server names to host:port' };
  for (const [name, target] of Object.entries(parsed)) {
    if (parseServerName(name) === undefined) return { fault: `has "${name}", which is not a server name` };
    const parts =
      typeof target === 'string' ? /^(?:\[[0-9a-fA-F:.]+\]|[^:[\]\s]+):([0-9]{1,5})$/.exec(target) : null;
    if (parts === null || Number(parts[1]) > 65_535) return { fault: `must give "${name}" a host:port` };
  }
  return {
    value: Object.fromEntries(Object.entries(parsed).map(([name, target]) => [name, String(target)])),
  };
};

/** `json`, `debug`, or both: `json,debug`. */
export const log: Reader<LogConfig> = (given) => {
  let format: LogFormat | undefined;
  let level: LogConfig['level'] = 'info';
  for (const word of given.split(/[\s,:]+/).filter(Boolean)) {
    const knownLevel = logLevels.find((name) => name === word);
    if (word === 'json' || word === 'pretty') format = word;
    else if (knownLevel !== undefined) level = knownLevel;
    else return { fault: `must be json or pretty and a level (${logLevels.join(', ')}), not "${word}"` };
  }
  return { value: { format, level } };
};

const parseObject = (given: string): object | undefined => {
  try {
    const value: unknown = JSON.parse(given);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
