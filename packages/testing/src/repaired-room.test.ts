/** A room whose state is damaged here is repaired from another server of it. */
import {
  type Engine,
  forwardExtremities,
  memberships,
  repairRoom,
  roomById,
  roomServers,
  rooms,
  stateEvents,
  stateNodes,
} from '@causeway/homeserver';
import { parseRoomId, type RoomId } from '@causeway/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type TestServer } from './network.ts';
import { bodies, type NorthAndSouth, northAndSouth, say, sharedRoom } from './north-and-south.ts';

let parts: NorthAndSouth;
let roomId: RoomId;

beforeEach(async () => {
  parts = await northAndSouth();
  roomId = await sharedRoom(parts, { name: 'Harbour' });
  await say(parts.north, parts.ada, roomId, 'before');
  await arrived(parts.south, 'before');
});

afterEach(() => parts.network[Symbol.asyncDispose]());

const arrived = (server: TestServer, body: string) =>
  eventually(`${body} at ${server.name}`, async () => (await bodies(server.engine, roomId)).includes(body));

const known = async (engine: Engine) => {
  const room = await engine.store.read((reader) => roomById(reader, roomId));
  if (room === undefined) throw new Error('no room');
  return room;
};

const stateOf = async (engine: Engine): Promise<readonly string[]> => {
  const room = await known(engine);
  const found = await engine.store.read((reader) => stateEvents(engine, reader, room));
  return found.map(({ eventId }) => eventId).toSorted();
};

const derivedFrom = async (engine: Engine) => {
  const { room_nid } = await known(engine);
  return engine.store.read(async (reader) => {
    const people = await reader.scan(memberships, { where: { room_nid } });
    const servers = await reader.scan(roomServers, { where: { room_nid } });
    return {
      people: people.map(({ user_nid, membership }) => [user_nid, membership]),
      servers: servers.map(({ server_nid, joined }) => [server_nid, joined]),
    };
  });
};

/** South believes that ada is not in the room, and that nobody has any power. */
const forget = async (engine: Engine) => {
  const room = await known(engine);
  await engine.store.transact(async (tx) => {
    const changes = new Map<number, undefined>();
    for (const [type, stateKey] of [
      ['m.room.member', parts.ada],
      ['m.room.power_levels', ''],
      ['m.room.name', ''],
    ] as const) {
      changes.set((await engine.names.stateKeyNid(tx, type, stateKey)) ?? 0, undefined);
    }
    const root = await engine.states.update(tx, room.room_nid, room.state_root, changes);
    await tx.update(rooms, { room_nid: room.room_nid }, { state_root: root });
    for (const { event_nid } of await tx.scan(forwardExtremities, { where: { room_nid: room.room_nid } })) {
      await engine.events.update(tx, event_nid, { state_before: root });
    }
  });
};

const fromNorth = () => ({ roomId, server: parts.north.engine.serverName });

describe('a room whose state is wrong here', () => {
  it('has the state of the other server after a repair, and people hear each other again', async () => {
    const { north, south, ada, sol } = parts;
    const right = await stateOf(north.engine);
    await forget(south.engine);
    const eventId = await say(north, ada, roomId, 'not believed');
    await eventually('south refuses it', async () => {
      const event = await south.engine.store.read((reader) => south.engine.events.byId(reader, eventId));
      return event?.verdict === 'rejected';
    });
    expect(await stateOf(south.engine)).not.toEqual(right);

    const repaired = await repairRoom(south.engine, fromNorth());
    expect(repaired).toMatchObject({ changed: 3, events: right.length });
    expect(await stateOf(south.engine)).toEqual(right);
    // What was refused last is judged anew.
    expect(await bodies(south.engine, roomId)).toEqual(['before', 'not believed']);
    await say(north, ada, roomId, 'here I am');
    await arrived(south, 'here I am');
    await say(south, sol, roomId, 'me, too');
    await arrived(north, 'me, too');
    const again = await south.restart();
    expect(await stateOf(again.engine)).toEqual(await stateOf(north.engine));
    await say(again, sol, roomId, 'still here');
    await arrived(north, 'still here');
  });

  it('can be repaired when its state cannot be read any more', async () => {
    const { north, south, ada, sol } = parts;
    const before = await derivedFrom(south.engine);
    const { room_nid } = await known(south.engine);
    await south.engine.store.transact((tx) => tx.deleteRange(stateNodes, { where: { room_nid } }));
    const again = await south.restart();
    parts = { ...parts, south: again };
    await expect(say(again, sol, roomId, 'into the void')).rejects.toThrow();
    await repairRoom(again.engine, fromNorth());
    expect(await stateOf(again.engine)).toEqual(await stateOf(north.engine));
    expect(await derivedFrom(again.engine)).toEqual(before);
    await say(again, sol, roomId, 'it works');
    await arrived(north, 'it works');
    await say(north, ada, roomId, 'so it does');
    await arrived(again, 'so it does');
  });

  it('is left as it is when nothing is wrong with it', async () => {
    const { south } = parts;
    const before = await stateOf(south.engine);
    expect(await repairRoom(south.engine, fromNorth())).toMatchObject({ changed: 0, events: before.length });
    expect(await stateOf(south.engine)).toEqual(before);
  });
});

describe('a repair that can not be made', () => {
  it.each<[string, string, number]>([
    ['does not say which events are its newest', '/make_leave/', 403],
    ['does not give the state', '/state_ids/', 403],
    ['leaves events of the state out', '/event/', 404],
  ])('changes nothing when the server %s', async (_, path, status) => {
    const { south, network } = parts;
    await forget(south.engine);
    await say(parts.north, parts.ada, roomId, 'unknown at south');
    const before = { state: await stateOf(south.engine), ...(await derivedFrom(south.engine)) };
    network.standIn = async (request) => {
      if (request.path.includes('/state_ids/') && path === '/event/') {
        return { status: 200, body: { pdu_ids: ['$none'], auth_chain_ids: [] } };
      }
      if (!request.path.includes(path)) return undefined;
      return { status, body: { errcode: 'M_FORBIDDEN', error: 'No.' } };
    };
    await expect(repairRoom(south.engine, fromNorth())).rejects.toMatchObject({
      message: expect.stringContaining('Nothing was changed'),
    });
    expect({ state: await stateOf(south.engine), ...(await derivedFrom(south.engine)) }).toEqual(before);
  });

  it('is refused in words for this server itself, a room that is not known, and a server that is down', async () => {
    const { south, network } = parts;
    const none = parseRoomId('!none:north.test');
    if (none === undefined) throw new Error('no room ID');
    const server = south.engine.serverName;
    await expect(repairRoom(south.engine, { roomId, server })).rejects.toMatchObject({
      errcode: 'M_INVALID_PARAM',
    });
    await expect(repairRoom(south.engine, { ...fromNorth(), roomId: none })).rejects.toMatchObject({
      errcode: 'M_NOT_FOUND',
    });
    network.cut('north.test', true);
    await expect(repairRoom(south.engine, fromNorth())).rejects.toMatchObject({
      errcode: 'CAUSEWAY_UNREACHABLE',
    });
  });
});
