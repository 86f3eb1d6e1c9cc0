/** A workspace in this process, and people who use it over HTTP. */
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { silentLog } from '../log/create-log.ts';
import { type RunningWorkspace, startWorkspace } from '../workspace/start-workspace.ts';

export const configOf = (dataDir: string, serverName = 'north.test'): Config => {
  const environment = {
    CAUSEWAY_DATA_DIR: dataDir,
    CAUSEWAY_SERVER_NAME: serverName,
    CAUSEWAY_HTTP_PORT: '0',
    CAUSEWAY_PASSWORD_COST: 'low',
    CAUSEWAY_REGISTRATION: 'open',
    CAUSEWAY_RATE_LIMITS: 'off',
  };
  const read = readConfig(environment, dataDir);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.config;
};

export const run = (dataDir: string): Promise<RunningWorkspace> =>
  startWorkspace(configOf(dataDir), { log: silentLog, webAppFolder: join(dataDir, 'web') });

type Json = { readonly [name: string]: unknown };

type Client = {
  ask(method: string, path: string, body?: object | string): Promise<Response>;
  /** Throws for anything but success. */
  ok(method: string, path: string, body?: object | string): Promise<Json>;
};

/** A person's requests; a text is sent as a file. */
const client = (port: number, token?: string): Client => {
  const ask: Client['ask'] = (method, path, body) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        'content-type': typeof body === 'string' ? 'text/plain' : 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  return {
    ask,
    async ok(method, path, body) {
      const answer = await ask(method, path, body);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return JSON.parse(text) as Json;
    },
  };
};

export const v3 = '/_matrix/client/v3';
const PASSWORD = 'a long password';

export const register = async (port: number, username: string): Promise<Client> => {
  const account = { username, password: PASSWORD, auth: { type: 'm.login.dummy' } };
  const { access_token } = await client(port).ok('POST', `${v3}/register`, account);
  return client(port, String(access_token));
};

export const signIn = async (port: number, user: string): Promise<Client> => {
  const { access_token } = await client(port).ok('POST', `${v3}/login`, {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user },
    password: PASSWORD,
  });
  return client(port, String(access_token));
};
