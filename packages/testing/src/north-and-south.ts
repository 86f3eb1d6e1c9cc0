/** Two servers with one person each, and what tests between two servers do most. */
import {
  createRoom,
  type Engine,
  joinRoom,
  roomById,
  sendEvent,
  stateEvent,
  timeline,
} from '@causeway/homeserver';
import type { RoomId, UserId } from '@causeway/protocol';
import { eventually, type ServerOptions, TestNetwork, type TestServer } from './network.ts';

export type NorthAndSouth = {
  readonly network: TestNetwork;
  readonly north: TestServer;
  readonly south: TestServer;
  /** Of north. */
  readonly ada: UserId;
  /** Of south. */
  readonly sol: UserId;
};

/** The options are those of south. The network is the caller's to dispose. */
export const northAndSouth = async (options: ServerOptions = {}): Promise<NorthAndSouth> => {
  const network = new TestNetwork();
  const north = await network.add('north.test');
  const south = await network.add('south.test', options);
  return { network, north, south, ada: north.user('ada'), sol: south.user('sol') };
};

/** A public room of ada's that sol has joined; both servers know it. */
export const sharedRoom = async (
  { north, south, ada, sol }: NorthAndSouth,
  options: { readonly name?: string; readonly room_version?: string } = {},
): Promise<RoomId> => {
  const roomId = await createRoom(north.engine, ada, { preset: 'public_chat', ...options });
  await joinRoom(south.engine, { userId: sol, roomIdOrAlias: roomId, via: [north.name] });
  await eventually(
    'north knows that sol joined',
    async () => (await membership(north.engine, roomId, sol)) === 'join',
  );
  return roomId;
};

export const say = (server: TestServer, sender: UserId, roomId: RoomId, body: string) =>
  sendEvent(server.engine, { roomId, sender, type: 'm.room.message', content: { msgtype: 'm.text', body } });

/** The texts on a room's timeline, in reading order. */
export const bodies = (engine: Engine, roomId: RoomId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const rows = room ? await reader.scan(timeline, { where: { room_nid: room.room_nid } }) : [];
    const events = await engine.events.many(
      reader,
      rows.map((row) => row.event_nid),
    );
    return events
      .filter((event) => event.pdu.type === 'm.room.message')
      .map((event) => event.pdu.content['body']);
  });

/** What a server takes somebody's membership to be. */
export const membership = (engine: Engine, roomId: RoomId, user: UserId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const event = room && (await stateEvent(engine, reader, room, 'm.room.member', user));
    return event?.pdu.content['membership'];
  });
