import { createServer } from 'node:http';
import {
  createHomeserver,
  createRoom,
  engineTables,
  type Homeserver,
  type HomeserverOptions,
  type HomeserverPorts,
  inviteUser,
  MatrixError,
  type Policy,
  sendEvent,
  type UserDirectory,
} from '@causeway/homeserver';
import { createEgress, createHttpApp, federationRoutes } from '@causeway/http';
import { type EventId, parseUserId, type RoomId, type UserId } from '@causeway/protocol';
import { openDiskBlobs, openSqliteStore } from '@causeway/storage';

const directory: UserDirectory = {
  exists: async (userId) => userId === '@bot:embed.test',
  profile: async () => ({ displayname: 'Bot' }),
};
const policy: Policy = {
  ask: async (question) =>
    question.kind === 'invite-outsider'
      ? { allowed: false, reason: `${question.user} invites nobody.` }
      : { allowed: true },
};

export const start = async (folder: string, options: HomeserverOptions): Promise<Homeserver> => {
  const ports: HomeserverPorts = {
    store: await openSqliteStore({ path: `${folder}/chat.db`, tables: engineTables }),
    blobs: await openDiskBlobs(`${folder}/media`),
    transport: createEgress(),
    directory,
    policy,
  };
  const homeserver = await createHomeserver(options, ports);
  const app = await createHttpApp({
    routes: federationRoutes(homeserver.engine),
    log: homeserver.engine.log,
  });
  createServer(app.handle).listen(8008);
  return homeserver;
};

export const tell = async (
  { engine }: Homeserver,
  sender: UserId,
  body: string,
): Promise<EventId | string> => {
  const roomId: RoomId = await createRoom(engine, sender, { preset: 'public_chat' });
  try {
    return await sendEvent(engine, {
      roomId,
      sender,
      type: 'm.room.message',
      content: { msgtype: 'm.text', body },
    });
  } catch (error) {
    if (error instanceof MatrixError) return error.errcode;
    throw error;
  }
};

export const mistakes = async ({ engine }: Homeserver, roomId: RoomId): Promise<void> => {
  const signingKey = { seed: new Uint8Array(32), version: 'a' };
  // @ts-expect-error a server name is text
  const wrongName: HomeserverOptions = { serverName: 1, signingKey };
  const ada = parseUserId('@ada:embed.test');
  // @ts-expect-error it may have been no user ID
  await createRoom(engine, ada, {});
  // @ts-expect-error any text is no user ID
  const wrongUser: UserId = '@bob:embed.test';
  // @ts-expect-error who invites is said
  await inviteUser(engine, { roomId, target: wrongUser });
  // @ts-expect-error there is no such port
  const wrongPorts: Partial<HomeserverPorts> = { database: wrongName };
  // @ts-expect-error a policy says why not
  const wrongPolicy: Policy = { ask: async () => ({ allowed: false }) };
  void [wrongPorts, wrongPolicy];
};
