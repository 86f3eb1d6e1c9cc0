/** The data folder behind `frames.ts`: one long room, one with many members, and somebody who may sign in. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  createHomeserver,
  createRoom,
  type Engine,
  engineTables,
  joinRoom,
  roomById,
} from '@causeway/homeserver';
import { type JsonObject, parseServerName, type RoomId } from '@causeway/protocol';
import { openSqliteStore } from '@causeway/storage';
import { createMemoryBlobs } from '@causeway/testing';
import {
  createAccount,
  createPasswords,
  openContext,
  pinServerName,
  workspaceTables,
} from '@causeway/workspace';
import { appendOwn } from '../packages/homeserver/src/rooms/write-own.ts';
import { localUser, MEASURED_SERVER_NAME } from './measured-server.ts';
import type { Random } from './random.ts';
import { RemotePeer } from './remote-peer.ts';

export const LONG_ROOM = 'long history';
export const LARGE_ROOM = 'many members';
export const MESSAGES = 20_000;
export const MEMBERS = 5_000;
export const PASSWORD = 'a password for measuring';
/** In the long room, and who write there. */
const WRITERS = 24;
const EVENTS_PER_COMMIT = 250;
const BETWEEN_MESSAGES_MS = 120_000;

/** Makes it and returns its path. */
export const makeFramesData = async (folder: string, random: Random): Promise<string> => {
  mkdirSync(folder, { mode: 0o700 });
  const serverName = parseServerName(MEASURED_SERVER_NAME);
  if (serverName === undefined) throw new Error('no server name');
  await using store = await openSqliteStore({
    path: join(folder, 'causeway.db'),
    tables: [...engineTables, ...workspaceTables],
  });
  await pinServerName(store, serverName);
  let now = Date.now() - MESSAGES * BETWEEN_MESSAGES_MS;
  const clock = {
    now: () => now,
    schedule: (ms: number, callback: () => void): Disposable => {
      const timer = setTimeout(callback, ms).unref();
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
  };
  await createAccount(await openContext({ serverName, store, clock, passwords: createPasswords('low') }), {
    localpart: 'ada',
    password: PASSWORD,
    role: 'admin',
    displayName: 'Ada Berg',
  });
  await using homeserver = await createHomeserver(
    { serverName, signingKey: { seed: Buffer.alloc(32, 9), version: 'bench' } },
    {
      store,
      blobs: createMemoryBlobs(),
      transport: new RemotePeer('peer.test').transport,
      directory: {
        exists: async () => true,
        profile: async (userId) => ({ displayname: nameOf(userId.slice(1, userId.indexOf(':'))) }),
      },
      policy: { ask: async () => ({ allowed: true }) },
      clock,
    },
  );
  const { engine } = homeserver;
  const large = await openRoom(engine, LARGE_ROOM, MEMBERS);
  await write(engine, large, random, 40, () => (now += BETWEEN_MESSAGES_MS / MESSAGES));
  const long = await openRoom(engine, LONG_ROOM, WRITERS);
  await write(engine, long, random, MESSAGES, () => (now += BETWEEN_MESSAGES_MS));
  return folder;
};

const nameOf = (localpart: string) => (localpart === 'ada' ? 'Ada Berg' : `Person ${localpart.slice(6)}`);

const openRoom = async (engine: Engine, name: string, members: number): Promise<RoomId> => {
  const roomId = await createRoom(engine, localUser('ada'), { preset: 'public_chat', name });
  for (let number = 1; number < members; number++) {
    await joinRoom(engine, { userId: localUser(`person${number}`), roomIdOrAlias: roomId });
  }
  return roomId;
};

const write = async (
  engine: Engine,
  roomId: RoomId,
  random: Random,
  count: number,
  tick: () => void,
): Promise<void> => {
  let writer = 1;
  for (let written = 0; written < count; ) {
    written += await engine.store.transact(async (tx) => {
      const commit = Math.min(EVENTS_PER_COMMIT, count - written);
      for (let index = 0; index < commit; index++) {
        const room = await roomById(tx, roomId);
        if (room === undefined) throw new Error(`no room ${roomId}`);
        // People often write several messages in a row.
        if (random.below(3) > 0) writer = 1 + random.below(WRITERS - 1);
        tick();
        await appendOwn(engine, tx, room, {
          sender: localUser(`person${writer}`),
          type: 'm.room.message',
          content: messageOf(random, written + index + 1),
        });
      }
      return commit;
    });
  }
};

/** Mostly a line or two; sometimes a paragraph, a list, or code. */
const messageOf = (random: Random, number: number): JsonObject => {
  const words = random.text(20 + random.below(random.below(6) === 0 ? 600 : 140));
  const body = `Message ${number}: ${words}`;
  if (random.below(12) > 0) return { msgtype: 'm.text', body };
  const rich = [
    `<p><strong>Message ${number}</strong>: <em>${words}</em></p>`,
    `<p>Message ${number}</p><ul><li>${words}</li><li>and more</li><li>and the rest</li></ul>`,
    `<p>Message ${number}</p><pre><code class="language-ts">const words = 1;\nreturn words;</code></pre>`,
    `<blockquote><p>${words}</p></blockquote><p>Message ${number}</p>`,
  ][random.below(4)];
  return { msgtype: 'm.text', body, format: 'org.matrix.custom.html', formatted_body: rich ?? body };
};
