/** One network from its beginning to the verdict: it grows, is disturbed and lied to, heals, and is examined. */
import { createRoom, joinRoom, MatrixError, sendEvent } from '@causeway/homeserver';
import { getRoomVersion, KNOWN_ROOM_VERSIONS, type RoomId } from '@causeway/protocol';
import { type Random, randomFrom } from '../../packages/testing/src/random.ts';
import { FakeClock } from './fake-clock.ts';
import { type Host, isInRoom, isMember, startHost } from './host.ts';
import { beliefs, tellLastLies } from './last-lies.ts';
import { Liar } from './liar.ts';
import { type Life, live } from './life.ts';
import { isDelivered } from './quiet.ts';
import { seedWorld } from './seeded-world.ts';
import { examine } from './verdict.ts';
import { showRoom } from './show.ts';
import { NO_FAULTS, Wire } from './wire.ts';

export type Outcome = {
  readonly faults: readonly string[];
  readonly servers: number;
  readonly liars: number;
  readonly version: string;
  readonly requests: number;
  readonly events: number;
  readonly lies: number;
  /** Pairs of honest servers that were compared. */
  readonly compared: number;
  /** Pairs of honest servers of which one does not see the other in the room any more. */
  readonly apart: number;
  readonly misled: number;
  readonly softFailed: number;
  readonly rejected: number;
  readonly digest: string;
};

/** `trace`: what the engines log. `show`: the room on each server, when something is wrong. */
export type Watching = { readonly trace: boolean; readonly show: boolean };

const MOST_STEPS = 36;
const MEAN_PAUSE_MS = 4_000;
/** After everything is well again: longer than the longest pause of a retry in the first hour, several times. */
const HEALING_MS = 2 * 3_600_000;
/** Everybody speaks in turn; after two rounds everything that anybody has is behind what everybody has. */
const ROUNDS = 3;

export const runGraph = async (seed: string, { trace, show }: Watching): Promise<Outcome> => {
  seedWorld(seed);
  const random = randomFrom(`${seed}/graph`);
  const clock = new FakeClock();
  const wire = new Wire(clock, randomFrom(`${seed}/wire`));
  const hosts: Host[] = [];
  const servers = 3 + random.below(5);
  for (let index = 0; index < servers; index++) {
    const name = `s${index}.test`;
    const transport = (from: Host['name']) => wire.transport(from);
    const host = await startHost(name, { random, clock, transport, users: 1 + random.below(2), trace });
    hosts.push(host);
    wire.attach(host);
  }
  try {
    return await liveAndJudge({ seed, random, clock, wire, hosts, show });
  } finally {
    wire.close();
    for (const { homeserver } of hosts) await homeserver[Symbol.asyncDispose]();
  }
};

type World = {
  readonly seed: string;
  readonly random: Random;
  readonly clock: FakeClock;
  readonly wire: Wire;
  readonly hosts: readonly Host[];
  readonly show: boolean;
};

const liveAndJudge = async ({ seed, random, clock, wire, hosts, show }: World): Promise<Outcome> => {
  const liars = chooseLiars(hosts, wire, random);
  const honest = hosts.filter((host) => host.lies === undefined);
  const rules = getRoomVersion(random.pick(KNOWN_ROOM_VERSIONS));
  if (rules === undefined) throw new Error('there is no such room version');
  const roomId = await openRoom({ clock, hosts, random, version: rules.id });
  const creator = hosts[0]?.users[0];
  if (creator === undefined) throw new Error('nobody made the room');
  const life: Life = {
    roomId,
    rules,
    creator,
    hosts,
    liars: new Set(liars.map(({ host }) => host.name)),
    random,
    said: [],
    faults: [],
  };

  wire.faults = { lost: random.below(80), repeated: random.below(80), slow: random.below(250) };
  const steps = MOST_STEPS / 2 + random.below(MOST_STEPS / 2);
  const victims = hosts.flatMap((host) => host.users);
  for (let step = 0; step < steps; step++) {
    if (random.below(8) === 0) wire.island = someOf(hosts, random);
    if (random.below(5) === 0) wire.island = new Set();
    live(life);
    for (const liar of liars) {
      if (random.below(5) > 0) continue;
      const peers = hosts.filter((host) => host !== liar.host).map((host) => host.name);
      void liar
        .act(roomId, peers, victims)
        .catch((error: unknown) => life.faults.push(`a liar: ${String(error)}`));
    }
    await clock.run(random.below(2 * MEAN_PAUSE_MS));
  }

  wire.faults = NO_FAULTS;
  wire.island = new Set();
  for (const liar of liars) liar.repent();
  await heal(clock, wire, honest);
  await speakInTurn(life, clock, wire, honest);
  const refused = await tellLastLies(roomId, liars, honest);
  await heal(clock, wire, honest);
  const misled = honest.filter((host) => host.misled).length;
  const verdict = await examine(life, honest);
  const believed = await beliefs(roomId, refused);
  if (show && verdict.faults.length > 0) await showRoom(hosts, roomId);
  return {
    faults: [...life.faults, ...hosts.flatMap((host) => host.faults), ...verdict.faults, ...believed],
    servers: hosts.length,
    liars: liars.length,
    version: rules.id,
    requests: wire.requests,
    lies: liars.reduce((sum, liar) => sum + liar.told, 0),
    misled,
    events: verdict.events,
    compared: verdict.compared,
    apart: verdict.apart,
    softFailed: verdict.softFailed,
    rejected: verdict.rejected,
    digest: `${seed} ${verdict.digest}`,
  };
};

const chooseLiars = (hosts: readonly Host[], wire: Wire, random: Random): readonly Liar[] => {
  const most = Math.min(2, hosts.length - 2);
  const liars: Liar[] = [];
  for (let count = 1 + random.below(most); count > 0; count--) {
    const host = random.pick(hosts.filter(({ lies }) => lies === undefined));
    liars.push(new Liar(host, wire, random));
  }
  return liars;
};

/** Most servers are in the room before anything goes wrong; the others may come later. */
const openRoom = async ({
  clock,
  hosts,
  random,
  version,
}: Pick<World, 'clock' | 'hosts' | 'random'> & { readonly version: string }): Promise<RoomId> => {
  const [first, ...others] = hosts;
  const creator = first?.users[0];
  if (first === undefined || creator === undefined) throw new Error('nobody is there');
  // A liar that made the room lets everybody in as it should, so that there is something to agree on.
  const levels = Object.fromEntries(
    hosts.flatMap((host) => host.users.slice(0, 1)).map((user) => [user, random.pick([0, 50, 50, 100])]),
  );
  const isPrivileged = getRoomVersion(version)?.privilegedCreators === true;
  const { [creator]: _creator, ...rest } = levels;
  const users = isPrivileged ? rest : { ...levels, [creator]: 100 };
  const lies = new Map(hosts.map((host) => [host, host.lies]));
  for (const host of hosts) host.lies = undefined;
  const roomId = await createRoom(first.engine, creator, {
    preset: 'public_chat',
    room_version: version,
    power_level_content_override: { users, state_default: random.pick([25, 50]) },
  });
  for (const host of others) {
    const user = host.users[0];
    if (user === undefined || random.below(6) === 0) continue;
    let joined = false;
    void joinRoom(host.engine, { userId: user, roomIdOrAlias: roomId, via: [first.name] }).then(() => {
      joined = true;
    });
    await clock.run(60_000, () => joined);
  }
  for (const [host, kept] of lies) host.lies = kept;
  return roomId;
};

const someOf = (hosts: readonly Host[], random: Random): ReadonlySet<string> =>
  new Set(hosts.filter(() => random.below(2) === 0).map((host) => host.name));

/** Until everything that honest servers have for each other is delivered and worked through. */
const heal = (clock: FakeClock, wire: Wire, honest: readonly Host[]): Promise<boolean> =>
  clock.run(HEALING_MS, async () => wire.inFlight === 0 && (await isDelivered(honest)));

const speakInTurn = async (
  { roomId, said, faults }: Life,
  clock: FakeClock,
  wire: Wire,
  honest: readonly Host[],
): Promise<void> => {
  for (let round = 0; round < ROUNDS; round++) {
    for (const host of honest) {
      if (!(await isInRoom(host, roomId))) continue;
      try {
        for (const sender of host.users) {
          if (!(await isMember(host, roomId, sender))) continue;
          const content = { msgtype: 'm.text', body: `round ${round}` };
          const eventId = await sendEvent(host.engine, { roomId, sender, type: 'm.room.message', content });
          said.push({ eventId, host, isLast: round === ROUNDS - 1 });
          break;
        }
      } catch (error) {
        if (!(error instanceof MatrixError)) faults.push(`${host.name}: ${String(error)}`);
      }
      await heal(clock, wire, honest);
    }
  }
};
