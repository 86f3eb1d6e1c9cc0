/** Servers that are in a room by the word of the one that it was joined through, and by nothing else. */
import { createRoom, joinRoom, roomById, roomServers } from '@causeway/homeserver';
import type { RoomId } from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import { joinAll } from './fill-room.ts';
import { hurriedClock } from './hurried-clocks.ts';
import { eventually } from './network.ts';
import { bodies, type NorthAndSouth, northAndSouth, say } from './north-and-south.ts';

/** Beyond what is told whole. */
const CROWD = 60;
/** A minute passes in some tenths of a second. */
const FASTER = 200;
const NINE_HOURS_MS = 9 * 3_600_000;
const NOWHERE = 'nowhere.test';

/** A large room of ada's; north says that a server is in it that is not. */
const largeRoom = async ({ network, north, ada }: NorthAndSouth): Promise<RoomId> => {
  const roomId = await createRoom(north.engine, ada, { preset: 'public_chat', name: 'Harbour' });
  const people = Array.from({ length: CROWD }, (_, index) => ({
    userId: north.user(`member${index}`),
    displayname: `member ${index}`,
  }));
  await joinAll(north.engine, roomId, people);
  network.tamper = ({ path }, answer) => {
    if (!path.includes('/send_join/')) return answer;
    const body: { servers_in_room: string[] } = JSON.parse(answer);
    return JSON.stringify({ ...body, servers_in_room: [...body.servers_in_room, NOWHERE] });
  };
  return roomId;
};

const serversOf = ({ south: { engine } }: NorthAndSouth, roomId: RoomId) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const rows = room ? await reader.scan(roomServers, { where: { room_nid: room.room_nid } }) : [];
    const names: string[] = [];
    for (const { server_nid } of rows) names.push(await engine.names.serverName(reader, server_nid));
    return names.sort();
  });

describe('a server that is said to be in a room', () => {
  it('is in it no more when the members are here, and it has none', async () => {
    const two = await northAndSouth({ clock: hurriedClock(FASTER) });
    await using _network = two.network;
    const roomId = await largeRoom(two);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    two.network.beforeAnswer = async ({ path }) => (path.includes('/v1/state/') ? released : undefined);
    await joinRoom(two.south.engine, { userId: two.sol, roomIdOrAlias: roomId, via: ['north.test'] });
    expect(await serversOf(two, roomId)).toEqual(['north.test', NOWHERE, 'south.test']);
    release();
    await eventually('it is gone', async () => !(await serversOf(two, roomId)).includes(NOWHERE));
    expect(await serversOf(two, roomId)).toEqual(['north.test', 'south.test']);
  });

  it('is in it no more when the members do not come for hours; the one that said so is', async () => {
    const clock = hurriedClock(FASTER);
    const two = await northAndSouth({ clock });
    await using _network = two.network;
    const roomId = await largeRoom(two);
    two.network.isUnknown = ({ path }) => path.includes('/v1/state/');
    await joinRoom(two.south.engine, { userId: two.sol, roomIdOrAlias: roomId, via: ['north.test'] });
    expect(await serversOf(two, roomId)).toEqual(['north.test', NOWHERE, 'south.test']);
    clock.aheadMs = NINE_HOURS_MS;
    await say(two.north, two.ada, roomId, 'is anybody here?');
    await eventually('it is gone', async () => !(await serversOf(two, roomId)).includes(NOWHERE));
    expect(await serversOf(two, roomId)).toEqual(['north.test', 'south.test']);
    await say(two.south, two.sol, roomId, 'I am');
    await eventually('it is heard', async () => (await bodies(two.north.engine, roomId)).includes('I am'));
  });
});
