/** What people write and what lets them in stands in no log, however much is logged and whatever goes wrong. */
import { readFileSync } from 'node:fs';
import { Client, roomPath } from '../crash/client.ts';
import type { Workspace } from '../processes/workspace-process.ts';
import type { OpsCase } from './ops-case.ts';
import { prepareGround, prepareWorkspaces } from './workspace-pair.ts';

export const logCases = (own: AsyncDisposableStack): readonly OpsCase[] => [
  {
    name: 'logs: no content, no names of rooms and files, no password and no token',
    run: () => quietLogs(own),
  },
];

/** Each is looked for in the logs afterwards; made of letters, so that it survives any escaping. */
const secretOf = (what: string): string => `SECRET${what}SECRET`;

const quietLogs = async (own: AsyncDisposableStack): Promise<string> => {
  const ground = await prepareGround(own, 'logs');
  const workspaces = await prepareWorkspaces(ground, ['north.test', 'south.test'], {
    CAUSEWAY_LOG: 'json,debug',
    CAUSEWAY_REGISTRATION_SHARED_SECRET: secretOf('shared'),
    CAUSEWAY_METRICS_TOKEN: secretOf('metrics'),
  });
  const [north, south] = workspaces;
  if (north === undefined || south === undefined) throw new Error('two workspaces were asked for');
  await Promise.all(workspaces.map((workspace) => workspace.start()));
  const ada = await Client.register(north, 'ada');
  const sol = await Client.register(south, 'sol');
  for (const [workspace, name] of [
    [north, 'ada'],
    [south, 'sol'],
  ] as const) {
    await workspace.run(['user', 'grant', name, 'access-federation']);
  }
  await talk(ada, sol);
  const token = await goWrong(north, ada);
  // What is still on its way is written when the process ends.
  for (const workspace of workspaces) await workspace.stop();
  return compare(workspaces, token);
};

/** Everything that people do with words of their own. */
const talk = async (ada: Client, sol: Client): Promise<void> => {
  const secret = secretOf;
  const message = { msgtype: 'm.text', body: secret('body'), formatted_body: secret('html') };
  const { room_id } = await ada.ok('POST', 'v3/createRoom', {
    preset: 'public_chat',
    name: secret('name'),
    topic: secret('topic'),
  });
  const roomId = String(room_id);
  await sol.ok('POST', `v3/join/${encodeURIComponent(roomId)}?via=north.test`, { reason: secret('reason') });
  const { event_id } = await ada.ok('PUT', roomPath(roomId, 'send/m.room.message/1'), message);
  await sol.ok('PUT', roomPath(roomId, 'send/m.room.message/1'), message);
  await ada.ok('PUT', roomPath(roomId, `redact/${encodeURIComponent(String(event_id))}/2`), {
    reason: secret('redaction'),
  });
  await ada.ok('PUT', `v3/profile/${encodeURIComponent(ada.userId)}/displayname`, {
    displayname: secret('profile'),
  });
  await ada.ok('PUT', `v3/presence/${encodeURIComponent(ada.userId)}/status`, {
    presence: 'online',
    status_msg: secret('status'),
  });
  await ada.ok('PUT', `v3/user/${encodeURIComponent(ada.userId)}/account_data/org.example`, {
    x: secret('data'),
  });
  await ada.ok('POST', 'v3/search', {
    search_categories: { room_events: { search_term: secret('search') } },
  });
  await ada.ok('POST', roomPath(roomId, 'report'), { reason: secret('report') });
  await ada.request('POST', roomPath(roomId, 'invite'), {
    user_id: '@nobody:south.test',
    reason: secret('invite'),
  });
  await ada.ok('GET', 'v3/sync?timeout=0');
};

/** What is refused, and how: the words of a request must not come back in the reason. Returns a token that is in use. */
const goWrong = async ({ url }: Workspace, ada: Client): Promise<string> => {
  const ask = async (path: string, body?: string, headers: { readonly [name: string]: string } = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    return (await answer.json().catch(() => ({}))) as { readonly access_token?: string };
  };
  const login = (password: string) =>
    ask(
      '/_matrix/client/v3/login',
      JSON.stringify({ type: 'm.login.password', identifier: { type: 'm.id.user', user: 'ada' }, password }),
    );
  const { access_token = '' } = await login('a password for tests');
  await login(secretOf('password'));
  await ask(`/_matrix/client/v3/sync?access_token=${secretOf('query')}`);
  await ask('/_matrix/client/v3/sync', undefined, { authorization: `Bearer ${secretOf('bearer')}` });
  await ask('/_matrix/client/v3/login', `{"password": "${secretOf('broken')}`);
  await ask('/_matrix/client/v3/createRoom', `{"name": "${secretOf('unfinished')}`, {
    authorization: `Bearer ${access_token}`,
  });
  await ask(`/_matrix/media/v3/upload?filename=${secretOf('filename')}.txt`, secretOf('file'), {
    authorization: `Bearer ${access_token}`,
    'content-type': 'text/plain',
  });
  await ask('/_synapse/admin/v1/register', `{"nonce": "x", "mac": "${secretOf('mac')}"}`);
  await ask('/metrics', undefined, {
    authorization: `Bearer ${secretOf('metrics')}`,
    'x-forwarded-for': '192.0.2.1',
  });
  await ask('/_matrix/federation/v1/version', undefined, {
    authorization: `X-Matrix origin="south.test",key="ed25519:a",sig="${secretOf('signature')}"`,
  });
  await ask(`/_causeway/setup?token=${secretOf('setup')}`);
  await ask('/_causeway/setup', JSON.stringify({ token: secretOf('setup'), password: secretOf('first') }));
  await ada.request('PUT', 'v3/rooms/!nowhere:north.test/send/m.room.message/1', {
    body: secretOf('nowhere'),
  });
  return access_token;
};

const compare = (workspaces: readonly Workspace[], token: string): string => {
  if (token === '') throw new Error('nobody could sign in');
  let lines = 0;
  for (const { name, options } of workspaces) {
    const log = readFileSync(options.logFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const told = log.filter((line) => line.startsWith('{'));
    if (told.length < 5) throw new Error(`${name} logged ${told.length} lines only`);
    for (const line of told) {
      const { time, level, msg } = JSON.parse(line) as { readonly [field: string]: unknown };
      if (typeof time !== 'string' || typeof level !== 'number' || typeof msg !== 'string') {
        throw new Error(`not a line with time, level and event: ${line}`);
      }
    }
    const found = log.filter((line) => line.includes('SECRET') || line.includes(token));
    if (found.length > 0) throw new Error(`${name}:\n${found.join('\n')}`);
    lines += told.length;
  }
  return `${lines} lines`;
};
