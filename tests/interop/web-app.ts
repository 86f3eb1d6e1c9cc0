/**
 * What the web app does when members press its buttons, run on the client library that it uses, against any
 * homeserver. There is no page, so the address bar is an object.
 */
import {
  ClientEvent,
  createClient,
  type MatrixClient as LibraryClient,
  type Room,
  SyncState,
} from 'matrix-js-sdk';
import type { Logger } from 'matrix-js-sdk/lib/logger.js';
import { parseCommand, runCommand } from '../../packages/web/src/composer/slash-commands.ts';
import { type MatrixClient, text } from './matrix-client.ts';
import { until } from './two-sides.ts';

Object.defineProperty(globalThis, 'location', { value: { hash: '', href: 'http://localhost/' } });

// Parts of the library know no logger but the console; the suite itself writes to standard output.
console.debug = () => undefined;
console.info = () => undefined;
console.log = () => undefined;
console.warn = () => undefined;

const silent: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  getChild: () => silent,
};

export type WebApp = AsyncDisposable & {
  readonly client: LibraryClient;
  /** A room as soon as the app has heard of it. */
  room(roomId: string): Promise<Room>;
  /** Types a slash command into a room; fails when the app has something to say against it. */
  command(roomId: string, typed: string): Promise<void>;
};

/** The app of somebody who is signed in. */
export const openWebApp = async (person: MatrixClient): Promise<WebApp> => {
  const { baseUrl, userId, token } = person;
  const deviceId = text(await person.call('GET', 'v3/account/whoami'), 'device_id');
  const client = createClient({ baseUrl, userId, accessToken: token, deviceId, logger: silent });
  const prepared = new Promise<void>((resolve) => {
    client.on(ClientEvent.Sync, (state) => {
      if (state === SyncState.Prepared) resolve();
    });
  });
  await client.startClient({ initialSyncLimit: 20, threadSupport: true });
  await prepared;
  const room = (roomId: string) =>
    until('the room in the app', async () => client.getRoom(roomId) ?? undefined);
  return {
    client,
    room,
    command: async (roomId, typed) => {
      const call = parseCommand(typed);
      if (call === undefined) throw new Error(`${typed} is no command`);
      const problem = await runCommand(client, await room(roomId), call, {});
      if (problem !== undefined) throw new Error(`${typed}: ${problem}`);
    },
    [Symbol.asyncDispose]: async () => client.stopClient(),
  };
};
