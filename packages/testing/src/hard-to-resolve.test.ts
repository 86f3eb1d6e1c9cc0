/** Rooms whose state costs much to resolve hold up nobody else, and come to the state that the rules give. */
import {
  createRoom,
  forwardExtremities,
  joinRoom,
  type Meter,
  noMeter,
  repairRoom,
  resolveStates,
  roomById,
  sendEvent,
  stagedPdus,
  statesAfter,
} from '@causeway/homeserver';
import type { EventId, RoomId, UserId } from '@causeway/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { forkPowerLevels } from './forked-power-levels.ts';
import type { MadeEvent } from './made-event.ts';
import { eventually, TestNetwork, type TestServer } from './network.ts';
import { bodies, membership, say } from './north-and-south.ts';
import { type Random, randomFrom } from './random.ts';
import { signedTransaction } from './signed-transaction.ts';

const seed = process.env['SEED'] ?? String(Date.now());
const PDUS_PER_TRANSACTION = 50;
const PATIENCE_MS = 120_000;
/** Newest events that a server names. */
const MAX_PARENTS = 10;
/** What a turn of the event loop computes at most is about 50 ms; before there were slices, these rooms took 350 and more. */
const LONGEST_TURN_MS = 200;

let network: TestNetwork;

afterEach(() => network[Symbol.asyncDispose]());

type HostileRoom = {
  readonly north: TestServer;
  /** Makes the forks. */
  readonly south: TestServer;
  /** Of north. */
  readonly ada: UserId;
  readonly roomId: RoomId;
  readonly forks: readonly MadeEvent[];
  readonly random: Random;
  /** How often north resolved states aside of its transactions. */
  readonly aside: () => number;
};

const hostileRoom = async (version: string, branches: number, length: number): Promise<HostileRoom> => {
  network = new TestNetwork();
  let aside = 0;
  const stateResolved: Meter['stateResolved'] = (_ms, where) => {
    if (where === 'aside') aside++;
  };
  const north = await network.add('north.test', { meter: { ...noMeter, stateResolved } });
  const south = await network.add('south.test');
  const ada = north.user('ada');
  const sol = south.user('sol');
  const roomId = await createRoom(south.engine, sol, { preset: 'public_chat', room_version: version });
  await joinRoom(north.engine, { userId: ada, roomIdOrAlias: roomId, via: ['south.test'] });
  await eventually('the join', async () => (await membership(south.engine, roomId, ada)) === 'join');
  const random = randomFrom(`${seed}/${version}`);
  const forks = await forkPowerLevels(south, { roomId, sender: sol, branches, length, random });
  return { north, south, ada, roomId, forks, random, aside: () => aside };
};

const send = async (from: TestServer, to: TestServer, made: readonly MadeEvent[]): Promise<void> => {
  for (let at = 0; at < made.length; at += PDUS_PER_TRANSACTION) {
    const pdus = made.slice(at, at + PDUS_PER_TRANSACTION).map(({ pdu }) => pdu);
    expect((await signedTransaction(from, to, { pdus })).status).toBe(200);
  }
};

const stagedAt = ({ engine }: TestServer, roomId: RoomId): Promise<number> =>
  engine.store.read((reader) => reader.count(stagedPdus, { index: 'by_room', where: { room_id: roomId } }));

const allTaken = (server: TestServer, roomId: RoomId) =>
  eventually('nothing staged', async () => (await stagedAt(server, roomId)) === 0, PATIENCE_MS);

/** The current state by event ID, and that of all ends of the graph when they are resolved in one go. */
const statesOf = ({ engine }: TestServer, roomId: RoomId) =>
  engine.store.transact(async (tx) => {
    const room = await roomById(tx, roomId);
    if (room === undefined) throw new Error('no room');
    const rows = await tx.scan(forwardExtremities, { where: { room_nid: room.room_nid } });
    const ends = await engine.events.many(
      tx,
      rows.map((row) => row.event_nid),
    );
    const atOnce = await resolveStates(engine, tx, room, await statesAfter(engine, tx, ends));
    const idsOf = async (root: Uint8Array) => {
      const ids: EventId[] = [];
      for (const [, nid] of await engine.states.entries(tx, room.room_nid, root)) {
        ids.push((await engine.events.byNid(tx, nid)).eventId);
      }
      return ids.toSorted();
    };
    return { ends: ends.length, current: await idsOf(room.state_root), atOnce: await idsOf(atOnce) };
  });

/** How much this thread computed at most in one turn of the event loop, in milliseconds. */
const watchTurns = () => {
  let longest = 0;
  let last = process.threadCpuUsage();
  let isOn = true;
  const look = () => {
    const { user, system } = process.threadCpuUsage(last);
    last = process.threadCpuUsage();
    longest = Math.max(longest, (user + system) / 1000);
    if (isOn) setImmediate(look);
  };
  setImmediate(look);
  return {
    longest: () => longest,
    [Symbol.dispose]: () => {
      isOn = false;
    },
  };
};

describe.each(['11', '12'])('a room of version %s that one server forks again and again', (version) => {
  it(`holds up no other room, and has the state that the rules give (seed ${seed})`, async () => {
    const { north, south, ada, roomId, forks, aside } = await hostileRoom(version, 12, 25);
    const quiet = await createRoom(north.engine, ada, { preset: 'private_chat' });
    let said = 0;
    let isOver = false;
    using turns = watchTurns();
    const talking = (async () => {
      while (!isOver) await say(north, ada, quiet, `message ${said++}`);
    })();
    await send(south, north, forks);
    await allTaken(north, roomId);
    isOver = true;
    await talking;
    // Each was resolved while people went on talking: at least one message for each of them.
    expect(aside()).toBeGreaterThan(50);
    expect(said).toBeGreaterThan(aside());
    expect(turns.longest()).toBeLessThan(LONGEST_TURN_MS);
    expect(await bodies(north.engine, quiet)).toHaveLength(said);
    const { ends, current, atOnce } = await statesOf(north, roomId);
    expect(ends).toBeGreaterThan(1);
    expect(current).toEqual(atOnce);
  }, 180_000);
});

describe('while a state is resolved aside', () => {
  it(`what is written in the same room counts, and servers that hear in another order agree (seed ${seed})`, async () => {
    const { north, south, ada, roomId, forks, random, aside } = await hostileRoom('11', 12, 25);
    const east = await network.add('east.test');
    const eve = east.user('eve');
    await joinRoom(east.engine, { userId: eve, roomIdOrAlias: roomId, via: ['south.test'] });
    await eventually('the join', async () => (await membership(north.engine, roomId, eve)) === 'join');
    await send(south, north, forks);
    await eventually('it began', async () => aside() > 5, PATIENCE_MS);
    const left = await stagedAt(north, roomId);
    expect(left).toBeGreaterThan(0);
    // A state event beside more than ten ends, in the middle of it: the state after it has to be resolved as well.
    const profile = await sendEvent(north.engine, {
      roomId,
      sender: ada,
      type: 'm.room.member',
      stateKey: ada,
      content: { membership: 'join', displayname: 'Ada in the middle' },
    });
    await allTaken(north, roomId);
    await send(south, east, inAnotherOrder(forks, random));
    await allTaken(east, roomId);
    const here = await statesOf(north, roomId);
    expect(here.current).toEqual(here.atOnce);
    expect(here.current).toContain(profile);
    await eventually('east has it', async () => (await statesOf(east, roomId)).current.includes(profile));
    const there = await statesOf(east, roomId);
    expect(there.current).toEqual(there.atOnce);
    expect(there.current).toEqual(here.current);

    // What repairs the room resolves the ends that the other server names at once, and the room goes on.
    const began = performance.now();
    const repaired = await repairRoom(north.engine, { roomId, server: east.engine.serverName });
    process.stdout.write(`repaired in ${Math.round(performance.now() - began)} ms\n`);
    expect(repaired.newest).toHaveLength(MAX_PARENTS);
    const after = await statesOf(north, roomId);
    expect(after.current).toEqual(after.atOnce);
    const eventId = await say(north, ada, roomId, 'after the repair');
    await eventually('east hears it', () =>
      east.engine.store.read(
        async (reader) => (await east.engine.events.byId(reader, eventId)) !== undefined,
      ),
    );
  }, 180_000);

  it(`a restart loses nothing (seed ${seed})`, async () => {
    const { north, south, roomId, forks, aside } = await hostileRoom('12', 12, 25);
    await send(south, north, forks);
    await eventually('it began', async () => aside() > 5, PATIENCE_MS);
    const left = await stagedAt(north, roomId);
    const again = await north.restart();
    expect(left).toBeGreaterThan(0);
    await allTaken(again, roomId);
    const verdicts = await again.engine.store.read(async (reader) => {
      const found: string[] = [];
      for (const { eventId } of forks) {
        const event = await again.engine.events.byId(reader, eventId);
        if (event !== undefined && !event.outlier) found.push(event.verdict);
      }
      return found;
    });
    expect(verdicts).toHaveLength(forks.length);
    expect(new Set(verdicts)).toEqual(new Set(['accepted']));
    const { ends, current, atOnce } = await statesOf(again, roomId);
    expect(ends).toBeGreaterThan(1);
    expect(current).toEqual(atOnce);
  }, 180_000);
});

/** Each still after the one that it follows. */
const inAnotherOrder = (forks: readonly MadeEvent[], random: Random): readonly MadeEvent[] => {
  const known = new Set(forks.map(({ eventId }) => eventId));
  const told = new Set<unknown>();
  const waiting = [...forks];
  const ordered: MadeEvent[] = [];
  while (waiting.length > 0) {
    const ready = waiting.filter(({ pdu }) => {
      const [parent] = Array.isArray(pdu['prev_events']) ? pdu['prev_events'] : [];
      return told.has(parent) || !known.has(parent);
    });
    const next = random.pick(ready);
    waiting.splice(waiting.indexOf(next), 1);
    told.add(next.eventId);
    ordered.push(next);
  }
  return ordered;
};
