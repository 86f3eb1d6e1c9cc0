/** The engine resolves by difference and index; the protocol by walking everything. They must agree. */
import {
  createRoom,
  type Engine,
  forwardExtremities,
  inviteUser,
  isServerInRoom,
  joinRoom,
  resolveStates,
  roomById,
  sendEvent,
  stateAfter,
} from '@causeway/homeserver';
import {
  type EventId,
  getRoomVersion,
  type RoomId,
  resolveStateSets,
  stateKeyOf,
  type UserId,
  authEventIds,
} from '@causeway/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, TestNetwork, type TestServer } from './network.ts';
import { randomFrom } from './random.ts';

const seed = Number(process.env['SEED'] ?? 7);
let network: TestNetwork;

afterEach(() => network[Symbol.asyncDispose]());

const stateSet = (engine: Engine, roomId: RoomId, root: Uint8Array) =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const set = new Map<string, EventId>();
    for (const [, nid] of await engine.states.entries(reader, room?.room_nid ?? 0, root)) {
      const { pdu, eventId } = await engine.events.byNid(reader, nid);
      set.set(stateKeyOf(pdu.type, pdu.state_key ?? ''), eventId);
    }
    return set;
  });

const compareWithProtocol = async (engine: Engine, roomId: RoomId): Promise<number> => {
  const { roots, resolved } = await engine.store.transact(async (tx) => {
    const room = await roomById(tx, roomId);
    if (room === undefined) throw new Error('no room');
    const rows = await tx.scan(forwardExtremities, { where: { room_nid: room.room_nid } });
    const roots: Uint8Array[] = [];
    for (const row of rows)
      roots.push(await stateAfter(engine, tx, await engine.events.byNid(tx, row.event_nid)));
    return { roots, resolved: await resolveStates(engine, tx, room, roots) };
  });
  if (roots.length < 2) return roots.length;
  const sets = await Promise.all(roots.map((root) => stateSet(engine, roomId, root)));
  const all = new Map<EventId, { eventId: EventId; pdu: never; rejected: boolean }>();
  const load = async (id: EventId): Promise<void> => {
    if (all.has(id)) return;
    const event = await engine.store.read((reader) => engine.events.byId(reader, id));
    if (event === undefined) throw new Error(`no event ${id}`);
    all.set(id, { eventId: id, pdu: event.pdu as never, rejected: event.verdict === 'rejected' });
    for (const parent of authEventIds(event.pdu)) await load(parent);
  };
  for (const set of sets) for (const id of set.values()) await load(id);
  const room = await engine.store.read((reader) => roomById(reader, roomId));
  const rules = getRoomVersion(room?.room_version ?? '');
  if (rules === undefined || room === undefined) throw new Error('no rules');
  const create = await engine.store.read((reader) => engine.events.byNid(reader, room.create_event_nid));
  await load(create.eventId);
  const expected = resolveStateSets({ rules, stateSets: sets, event: (id) => all.get(id) });
  expect(expected.kind).toBe('resolved');
  const ours = await stateSet(engine, roomId, resolved);
  if (expected.kind === 'resolved')
    expect(new Map([...ours].sort())).toEqual(new Map([...expected.state].sort()));
  return roots.length;
};

// One of each state resolution, and of each event format.
describe.each(['1', '2', '11', '12'])('random forks of a room of version %s', (version) => {
  it(`resolve as the specification's definitions do (seed ${seed})`, async () => {
    const random = randomFrom(`${seed}/${version}`);
    network = new TestNetwork();
    const names = ['one.test', 'two.test', 'three.test'];
    const servers: TestServer[] = [];
    for (const name of names) servers.push(await network.add(name));
    const [first, ...others] = servers;
    if (first === undefined) throw new Error('no server');
    const admin = first.user('admin');
    const users: [TestServer, UserId][] = [[first, admin]];
    const roomId = await createRoom(first.engine, admin, { room_version: version, preset: 'public_chat' });
    for (const server of others) {
      for (const localpart of ['mod', 'member']) {
        const user = server.user(localpart);
        await joinRoom(server.engine, { userId: user, roomIdOrAlias: roomId, via: ['one.test'] });
        users.push([server, user]);
      }
    }
    await sendEvent(first.engine, {
      roomId,
      sender: admin,
      type: 'm.room.power_levels',
      stateKey: '',
      content: {
        users: {
          ...(version === '12' ? {} : { [admin]: 100 }),
          '@mod:two.test': 100,
          '@mod:three.test': 50,
        },
      },
    });
    await settled(servers, users, roomId, async () => {});

    // Only they are kicked and banned: servers that throw each other out would not talk again.
    const members = users.map(([, user]) => user).filter((user) => user.startsWith('@member'));
    const act = async () => {
      const [server, user] = random.pick(users);
      const target = random.pick(users)[1];
      const state = (
        type: string,
        stateKey: string,
        content: { readonly [key: string]: string | number | object },
      ) => sendEvent(server.engine, { roomId, sender: user, type, stateKey, content: content as never });
      const actions = [
        () => state('m.room.topic', '', { topic: `topic ${random.next()}` }),
        () => state('m.room.name', '', { name: `name ${random.next()}` }),
        () => state('m.room.join_rules', '', { join_rule: random.pick(['public', 'invite']) }),
        () => state('m.room.member', random.pick(members), { membership: random.pick(['ban', 'leave']) }),
        () => state('m.room.member', user, { membership: 'join', displayname: `n${random.next()}` }),
        () =>
          state('m.room.power_levels', '', {
            users: {
              ...(version === '12' ? {} : { [admin]: 100 }),
              '@mod:two.test': random.pick([100, 50, 0]),
              '@mod:three.test': random.pick([50, 0]),
            },
            events: { 'm.room.topic': random.pick([0, 50]) },
          }),
        () => inviteUser(server.engine, { roomId, sender: user, target }),
      ];
      await random
        .pick(actions)()
        .catch(() => undefined);
    };

    let forks = 0;
    for (let round = 0; round < 5; round++) {
      for (const server of servers) network.cut(server.name, true);
      for (let step = 0; step < 10; step++) await act();
      for (const server of servers) network.cut(server.name, false);
      await settled(servers, users, roomId, async () => {
        for (const one of servers) forks += Number((await compareWithProtocol(one.engine, roomId)) > 1);
      });
    }
    expect(forks).toBeGreaterThan(0);
  }, 90_000);
});

/**
 * Waits until all servers that are in the room have the same state. A server may soft-fail what another
 * accepts; that heals when later events name both as parents, so everybody says something in turn.
 */
const settled = async (
  servers: readonly TestServer[],
  users: readonly (readonly [TestServer, UserId])[],
  roomId: RoomId,
  observe: () => Promise<void>,
): Promise<void> => {
  const view = ({ engine }: TestServer) =>
    engine.store.read(async (reader) => {
      const room = await roomById(reader, roomId);
      if (room === undefined || !(await isServerInRoom(engine, reader, room.room_nid, engine.serverName))) {
        return undefined;
      }
      return JSON.stringify([...(await stateSet(engine, roomId, room.state_root))].sort());
    });
  const agree = async () => {
    const views = await Promise.all(servers.map(view));
    return new Set(views.filter((one) => one !== undefined)).size === 1;
  };
  for (let round = 0; round < 15; round++) {
    for (const [server, user] of users) {
      await sendEvent(server.engine, { roomId, sender: user, type: 'm.x', content: {} }).catch(
        () => undefined,
      );
      await new Promise((resume) => setTimeout(resume, 30));
      await observe();
    }
    if (await agree()) return;
  }
  await eventually('all servers agree', agree, 2_000);
};
