/** Two workspaces as processes of their own, so that one can really be away, and people signed in at them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preparePair } from '../processes/pair.ts';
import type { Workspace } from '../processes/workspace-process.ts';
import { type Person, signIn } from './browser.ts';
import type { Story } from './story.ts';

const PASSWORD = 'a password for tests';

export type Pair = {
  readonly east: Workspace;
  readonly west: Workspace;
  /** At the first. */
  readonly eve: Person;
  /** At the second. */
  readonly wes: Person;
};

/** Starts both, lets somebody in at each, and leaves nothing behind. */
export async function withPair(
  { browser }: Story,
  run: (pair: Pair) => Promise<void>,
  environment: { readonly [variable: string]: string } = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-outage-'));
  try {
    const [east, west] = await preparePair(folder, ['east', 'west'], environment);
    await using _east = east;
    await using _west = west;
    await Promise.all([east.start(), west.start()]);
    const eve = await enter(browser, east, 'eve');
    const wes = await enter(browser, west, 'wes');
    try {
      await run({ east, west, eve, wes });
    } finally {
      for (const { context } of [eve, wes]) await context.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function enter(browser: Story['browser'], workspace: Workspace, username: string): Promise<Person> {
  const answer = await fetch(`${workspace.url}/_matrix/client/v3/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: PASSWORD, auth: { type: 'm.login.dummy' } }),
  });
  if (!answer.ok) throw new Error(`${username} was not registered: ${await answer.text()}`);
  const granted = await workspace.run(['user', 'grant', username, 'access-federation']);
  if (granted.code !== 0) throw new Error(`${username} was granted nothing: ${granted.output}`);
  const user = { username, password: PASSWORD, user_id: `@${username}:${workspace.serverName}` };
  const { name, url, serverName } = workspace;
  return signIn(browser, { name, url, server_name: serverName, users: [user, user] }, user);
}
