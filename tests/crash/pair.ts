/** Two workspaces that reach each other over TLS on loopback, their people and the room they share. */
import { preparePair } from '../processes/pair.ts';
import type { Workspace } from '../processes/workspace-process.ts';
import { Client, roomPath } from './client.ts';

export type Place = {
  readonly workspace: Workspace;
  /** Those who write. */
  readonly writers: readonly [Client, Client];
  /** Somebody who only reads. */
  readonly reader: Client;
};

export type Pair = {
  readonly places: readonly [Place, Place];
  readonly roomId: string;
};

const PLACES = [
  { name: 'north', people: ['nils', 'nora', 'noel'] },
  { name: 'south', people: ['sol', 'sara', 'sven'] },
] as const;

/** Starts both; `own` is called with each as soon as there is something to end. */
export const startPair = async (folder: string, own: (workspace: Workspace) => void): Promise<Pair> => {
  const workspaces = await preparePair(folder, [PLACES[0].name, PLACES[1].name]);
  workspaces.forEach(own);
  await Promise.all(workspaces.map((workspace) => workspace.start()));
  const [north, south] = await Promise.all([settle(workspaces[0], 0), settle(workspaces[1], 1)]);
  return { places: [north, south], roomId: await shareRoom(north, south) };
};

const settle = async (workspace: Workspace, index: 0 | 1): Promise<Place> => {
  const [first, second, third] = PLACES[index].people;
  const register = async (name: string): Promise<Client> => {
    const client = await Client.register(workspace, name);
    const { code, output } = await workspace.run(['user', 'grant', name, 'access-federation']);
    if (code !== 0) throw new Error(`${name} was not granted access-federation: ${output}`);
    return client;
  };
  return {
    workspace,
    writers: [await register(first), await register(second)],
    reader: await register(third),
  };
};

/** The first of North makes the room and invites everybody. */
const shareRoom = async (north: Place, south: Place): Promise<string> => {
  const [founder, colleague] = north.writers;
  const others = [colleague, north.reader, ...south.writers, south.reader];
  const created = await founder.ok('POST', 'v3/createRoom', {
    name: 'Crashes',
    preset: 'private_chat',
    invite: others.map((client) => client.userId),
  });
  const roomId = String(created.room_id);
  const via = encodeURIComponent(north.workspace.serverName);
  for (const client of others)
    await client.ok('POST', `v3/join/${encodeURIComponent(roomId)}?via=${via}`, {});
  await allJoined([north.reader, south.reader], roomId, others.length + 1);
  return roomId;
};

const allJoined = async (readers: readonly Client[], roomId: string, count: number): Promise<void> => {
  const deadline = performance.now() + 15_000;
  for (const reader of readers) {
    for (;;) {
      const { joined } = await reader.ok('GET', roomPath(roomId, 'joined_members'));
      if (Object.keys(joined as object).length === count) break;
      if (performance.now() > deadline) throw new Error(`${reader.userId} does not see all ${count} members`);
    }
  }
};
