/** Clients of the library, and servers that they reach through a real port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClientServer, startClientServer } from '@causeway/testing/client-server';
import { watchedFetch } from '@causeway/testing/openapi/watched-fetch';
import {
  ClientEvent,
  createClient,
  type IStartClientOpts,
  type MatrixClient,
  type MatrixEvent,
  type Room,
  SyncState,
} from 'matrix-js-sdk';

/** All that the library asks for, it asks our server for. */
const fetchFn = watchedFetch(() => true);

/** A server on a port of loopback; a new one when none is given. */
export const listen = async (given?: ClientServer) => {
  const server = given ?? (await startClientServer());
  const http = createServer(server.app.handle);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    server,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections();
      http.close();
      await server[Symbol.asyncDispose]();
    },
  };
};

export type Client = MatrixClient & AsyncDisposable;

const passwordOf = (name: string) => `the password of ${name}`;

/** Registers with the library, logs in with the password, and starts to sync. */
export const start = async (baseUrl: string, name: string): Promise<Client> => {
  const visitor = createClient({ baseUrl, fetchFn });
  await visitor.registerRequest({
    username: name,
    password: passwordOf(name),
    auth: { type: 'm.login.dummy' },
  });
  const client = await logIn(baseUrl, name);
  await begin(client, { lazyLoadMembers: true, threadSupport: true });
  return client;
};

/** Another device of somebody who is registered; it does not sync yet. */
export const logIn = async (baseUrl: string, name: string): Promise<Client> => {
  const session = await createClient({ baseUrl, fetchFn }).loginRequest({
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: name },
    password: passwordOf(name),
  });
  const client = createClient({
    baseUrl,
    fetchFn,
    accessToken: session.access_token,
    userId: session.user_id,
    deviceId: session.device_id,
    timelineSupport: true,
  });
  return Object.assign(client, { [Symbol.asyncDispose]: async () => client.stopClient() });
};

/** Syncs until everything is there that there is. */
export const begin = async (client: MatrixClient, options: IStartClientOpts): Promise<void> => {
  const prepared = new Promise<void>((resolve) => {
    client.on(ClientEvent.Sync, (state) => {
      if (state === SyncState.Prepared) resolve();
    });
  });
  await client.startClient({ initialSyncLimit: 20, ...options });
  await prepared;
};

export const until = async <T>(what: string, look: () => T | undefined | null | false): Promise<T> => {
  for (let tries = 0; tries < 400; tries++) {
    const found = look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`never came: ${what}`);
};

export const has = (room: Room | null, body: string): MatrixEvent | undefined =>
  room
    ?.getLiveTimeline()
    .getEvents()
    .find((event) => event.getContent().body === body);
