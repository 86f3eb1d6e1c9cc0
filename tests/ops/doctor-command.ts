/** `causeway doctor` and the endpoint behind the admin page, with running and with stopped workspaces. */
import { existsSync } from 'node:fs';
import type { CheckStep } from '@causeway/http';
import type { Workspace } from '../processes/workspace-process.ts';
import { Client } from '../crash/client.ts';
import { guideCases } from './guide-commands.ts';
import type { OpsCase } from './ops-case.ts';
import { prepareGround, startWorkspaces } from './workspace-pair.ts';

type Pair = { readonly north: Workspace; readonly south: Workspace };

export const doctorCommandCases = (own: AsyncDisposableStack): readonly OpsCase[] => {
  let pair: Promise<Pair> | undefined;
  const thePair = () => {
    pair ??= startPair(own);
    return pair;
  };
  const cases: readonly (readonly [string, (pair: Pair) => Promise<string>])[] = [
    ['finds a healthy peer healthy, and is found by it', checkHealthy],
    ['checks one’s own set-up', checkOwn],
    ['is an endpoint for admins only, step by step', checkEndpoint],
    ['ends with 1 when something failed', checkBroken],
    ['ends with 2 when there was no check', checkUsage],
    ['says what can not be shown while the workspace is stopped', checkStopped],
    ['works before there is a workspace, and makes nothing', checkBeforeSetup],
  ];
  return [
    ...cases.map(([name, run]) => ({
      name: `doctor command: it ${name}`,
      run: async () => run(await thePair()),
    })),
    ...guideCases(async () => (await thePair()).north),
  ];
};

const startPair = async (own: AsyncDisposableStack): Promise<Pair> => {
  const ground = await prepareGround(own, 'doctor');
  const [north, south] = await startWorkspaces(ground, ['chat.example.org', 'chat.birch.example']);
  if (north === undefined || south === undefined) throw new Error('there are not two workspaces');
  return { north, south };
};

type Report = { readonly verdict: string; readonly steps: readonly CheckStep[] };

const doctor = async (workspace: Workspace, args: readonly string[], environment?: NodeJS.ProcessEnv) => {
  const { code, output } = await workspace.run(['doctor', ...args], environment);
  const begin = output.indexOf('{\n');
  const report: Report = begin < 0 ? { verdict: '', steps: [] } : JSON.parse(output.slice(begin));
  const found = Object.fromEntries(
    report.steps.map(({ id, status, code: what }) => [id, `${status} ${what}`]),
  );
  return { code, output, report, found };
};

const expect = (what: string, actual: unknown, expected: unknown, context: string): void => {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}\n${context}`);
  }
};

const contains = (text: string, ...words: readonly (string | RegExp)[]): void => {
  for (const word of words) {
    const there = typeof word === 'string' ? text.includes(word) : word.test(text);
    if (!there) throw new Error(`nothing says ${word}\n${text}`);
  }
};

const checkHealthy = async ({ north }: Pair): Promise<string> => {
  const { code, output, found } = await doctor(north, ['chat.birch.example', '--json']);
  expect('the exit status', code, 0, output);
  expect('signed-request', found['signed-request'], 'ok signed-request', output);
  expect('inbound', found['inbound'], 'ok keys-fetched', output);
  const text = await doctor(north, ['chat.birch.example']);
  expect('the exit status', text.code, 0, text.output);
  contains(
    text.output,
    'Federation check of chat.birch.example',
    /\d+ ok, 0 with a warning, 0 failed, 0 not shown/,
  );
  return '';
};

const checkOwn = async ({ north }: Pair): Promise<string> => {
  const { code, output, found } = await doctor(north, ['--json']);
  expect('the exit status', code, 0, output);
  expect('keys', found['keys'], 'ok keys', output);
  expect('signed-request', found['signed-request'], 'ok signed-request', output);
  expect('inbound', found['inbound'], 'not-shown own-inbound', output);
  return '';
};

const checkEndpoint = async ({ north }: Pair): Promise<string> => {
  const url = `${north.url}/_causeway/admin/federation-check?server=chat.birch.example`;
  await Client.register(north, 'member');
  const member = await signIn(north, 'member', 'a password for tests');
  const added = await north.run(['user', 'add', 'boss', '--admin', '--password', 'long enough']);
  expect('adding an admin', added.code, 0, added.output);
  const boss = await signIn(north, 'boss', 'long enough');
  const ask = (token: string | undefined) =>
    fetch(url, {
      method: 'POST',
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  expect('without a token', (await ask(undefined)).status, 401, '');
  expect('as a member', (await ask(member)).status, 403, '');
  const answer = await ask(boss);
  const text = await answer.text();
  expect('as an admin', answer.status, 200, text);
  expect('the type', answer.headers.get('content-type'), 'application/x-ndjson', text);
  const steps = text
    .trimEnd()
    .split('\n')
    .map((line): CheckStep => JSON.parse(line));
  expect('the steps', steps.map(({ status }) => status).join(), Array(11).fill('ok').join(), text);
  return '';
};

const signIn = async (workspace: Workspace, user: string, password: string): Promise<string> => {
  const answer = await fetch(`${workspace.url}/_matrix/client/v3/login`, {
    method: 'POST',
    body: JSON.stringify({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password,
    }),
  });
  const { access_token: token } = (await answer.json()) as { readonly access_token: string };
  return token;
};

const checkBroken = async ({ north, south }: Pair): Promise<string> => {
  await south.stop();
  try {
    const { code, output, found, report } = await doctor(north, ['chat.birch.example', '--json']);
    expect('the exit status', code, 1, output);
    expect('the verdict', report.verdict, 'failed', output);
    expect('connection', found['connection'], 'failed port-closed', output);
    const text = await doctor(north, ['chat.birch.example']);
    expect('the exit status', text.code, 1, text.output);
    contains(text.output, 'FAILED     Connection', '→ For the admins of chat.birch.example: ');
  } finally {
    await south.start();
  }
  return '';
};

const checkUsage = async ({ north }: Pair): Promise<string> => {
  const wrongs: readonly (readonly [readonly string[], NodeJS.ProcessEnv, string])[] = [
    [['https://chat.birch.example/'], {}, 'is not a server name'],
    [['--wrong'], {}, 'unknown option'],
    [['one.test', 'two.test'], {}, 'too many arguments'],
    [['chat.birch.example'], { CAUSEWAY_HTTP_PORT: 'x' }, 'The configuration has a fault'],
    [[], { CAUSEWAY_DATA_DIR: `${north.options.dataDir}-none`, CAUSEWAY_SERVER_NAME: '' }, 'Name the server'],
  ];
  for (const [args, environment, words] of wrongs) {
    const { code, output } = await doctor(north, args, environment);
    expect(`the exit status of ${args.join(' ')}`, code, 2, output);
    contains(output, words);
  }
  return '';
};

const checkStopped = async ({ north }: Pair): Promise<string> => {
  await north.stop();
  try {
    const peer = await doctor(north, ['chat.birch.example', '--json']);
    expect('the exit status', peer.code, 0, peer.output);
    expect('version', peer.found['version'], 'ok version', peer.output);
    expect('signed-request', peer.found['signed-request'], 'not-shown stopped', peer.output);
    const own = await doctor(north, ['--json']);
    expect('the exit status', own.code, 0, own.output);
    expect('connection', own.found['connection'], 'not-shown stopped', own.output);
    contains(own.output, 'this workspace does not run');
  } finally {
    await north.start();
  }
  return '';
};

const checkBeforeSetup = async ({ north }: Pair): Promise<string> => {
  const dataDir = `${north.options.dataDir}-none`;
  const environment = { CAUSEWAY_DATA_DIR: dataDir, CAUSEWAY_SERVER_NAME: '' };
  const { code, output, found } = await doctor(north, ['chat.birch.example', '--json'], environment);
  expect('the exit status', code, 0, output);
  expect('version', found['version'], 'ok version', output);
  expect('signed-request', found['signed-request'], 'not-shown no-workspace', output);
  expect('the data folder', existsSync(dataDir), false, output);
  return '';
};
