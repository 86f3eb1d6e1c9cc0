/** Two Causeways and a Synapse: one is cut off, both sides change the room, and afterwards the room is one again. */
import { randomUUID } from 'node:crypto';
import type { MatrixClient } from './matrix-client.ts';
import { type Member, startThreeServers } from './three-servers.ts';
import { equal, type Scenario, serverOf, until, untilMembership } from './two-sides.ts';

const VERSIONS = ['1', '6', '10', '11', '12'];

/** Of each server: one who may do everything, one who may moderate, and one who may not. */
type People = { readonly admin: MatrixClient; readonly mod: MatrixClient; readonly guest: MatrixClient };

type Fork = {
  readonly version: string;
  readonly roomId: string;
  /** Of the server that is cut off. */
  readonly lone: People;
  readonly near: People;
  readonly far: People;
};

export const forkScenarios: readonly Scenario[] = [
  {
    name: 'three servers, each cut off in turn while both sides change the room: the same state everywhere',
    direction: 'causeway-synapse',
    shows: ['bans.agree', 'outage.taken', 'outage.arrives'],
    run: async ({ ca, synapse }) => {
      await using three = await startThreeServers(ca, synapse);
      const [a, b, c] = three.members;
      const [ofA, ofB, ofC] = [await peopleOf(a), await peopleOf(b), await peopleOf(c)];
      const rounds = [
        { alone: a, lone: ofA, near: ofB, far: ofC },
        { alone: b, lone: ofB, near: ofC, far: ofA },
        { alone: c, lone: ofC, near: ofA, far: ofB },
      ];
      const shared = rounds.map(({ alone, ...people }, round) => ({
        alone,
        forks: Promise.all(
          VERSIONS.map((version, index) =>
            shareRoom({ version, ...people }, (round + index) % 2 === 0 ? people.lone : people.near),
          ),
        ),
      }));
      // None of the rooms is made while somebody is cut off.
      await Promise.all(shared.map(({ forks }) => forks));
      for (const { alone, forks } of shared) {
        const rooms = await forks;
        const mend = three.cutOff(alone);
        const last = await Promise.all(rooms.map(changeBothSides));
        mend();
        await Promise.all(rooms.map((fork, index) => expectOneState(fork, last[index] ?? [])));
      }
    },
  },
];

const peopleOf = async ({ register }: Member): Promise<People> => {
  const mark = randomUUID().slice(0, 8);
  const [admin, mod, guest] = await Promise.all([
    register(`fork-admin-${mark}`),
    register(`fork-mod-${mark}`),
    register(`fork-guest-${mark}`),
  ]);
  return { admin, mod, guest };
};

/** The guests of the lone server and of the near one are outside; the far one's is inside. */
const shareRoom = async (fork: Omit<Fork, 'roomId'>, host: People): Promise<Fork> => {
  const { version, lone, near, far } = fork;
  const sides = [lone, near, far];
  const users = Object.fromEntries(
    sides.flatMap(({ admin, mod }) => [
      // From version 12 on, who makes a room is above all levels, and is not listed.
      ...(admin === host.admin && version === '12' ? [] : [[admin.userId, 100]]),
      [mod.userId, 50],
    ]),
  );
  const roomId = await host.admin.createRoom({
    preset: 'public_chat',
    room_version: version,
    power_level_content_override: { users },
  });
  const shared = { ...fork, roomId };
  const inside = [host.admin];
  for (const each of [...sides.flatMap(({ admin, mod }) => [admin, mod]), far.guest]) {
    if (each === host.admin) continue;
    await each.join(roomId, [serverOf(host.admin)]);
    if (adminsOf(shared).includes(each)) inside.push(each);
    // A server that joins meanwhile would not be sent it.
    for (const admin of inside) await untilMembership(admin, roomId, each, 'join');
  }
  return shared;
};

const adminsOf = ({ lone, near, far }: Fork): readonly MatrixClient[] => [lone.admin, near.admin, far.admin];

/** What everybody has to have in the end: the last event of each server. */
const changeBothSides = async (fork: Fork): Promise<readonly string[]> => {
  const last = await Promise.all([changeAlone(fork), changeTogether(fork)]);
  const states = await statesOf(fork);
  if (states[0] === states[1]) throw new Error(`nobody was cut off in version ${fork.version}`);
  return last.flat();
};

const changeAlone = async ({ roomId, lone, near, far }: Fork): Promise<readonly string[]> => {
  const { admin, mod, guest } = lone;
  await admin.sendState(roomId, 'm.room.name', '', { name: 'As the lone side calls it' });
  await changeLevels(admin, roomId, { users: { [near.mod.userId]: 0 } });
  await admin.ban(roomId, far.guest.userId, 'for a test');
  await guest.join(roomId);
  await mod.sendState(roomId, 'm.room.topic', '', { topic: 'what the lone moderator wants' });
  await admin.sendState(roomId, 'm.room.join_rules', '', { join_rule: 'invite' });
  await mod.leave(roomId);
  return [await admin.sendText(roomId, 'from the lone side')];
};

const changeTogether = async ({ roomId, lone, near, far }: Fork): Promise<readonly string[]> => {
  await near.admin.sendState(roomId, 'm.room.name', '', { name: 'As the others call it' });
  await near.mod.sendState(roomId, 'm.room.topic', '', { topic: 'what the near moderator wants' });
  await near.mod.ban(roomId, lone.guest.userId);
  await changeLevels(far.admin, roomId, {
    users: { [far.mod.userId]: 75 },
    events: { 'm.room.topic': 75 },
  });
  await near.guest.join(roomId);
  await far.guest.leave(roomId);
  await far.admin.ban(roomId, lone.mod.userId);
  await far.mod.sendState(roomId, 'm.room.topic', '', { topic: 'what the far moderator wants' });
  return [
    await near.admin.sendText(roomId, 'from the near side'),
    await far.admin.sendText(roomId, 'from the far side'),
  ];
};

const changeLevels = async (
  admin: MatrixClient,
  roomId: string,
  change: { readonly users: object; readonly events?: object },
): Promise<void> => {
  const levels = await admin.state(roomId, 'm.room.power_levels');
  await admin.sendState(roomId, 'm.room.power_levels', '', {
    ...levels,
    users: { ...Object(levels['users']), ...change.users },
    events: { ...Object(levels['events']), ...change.events },
  });
};

/** The whole state as each server has it, as text: type and state key to event ID. */
const statesOf = (fork: Fork): Promise<readonly string[]> =>
  Promise.all(
    adminsOf(fork).map(async (admin) => {
      const events = await admin.fullState(fork.roomId);
      const lines = events.map((event) => `${event.type} ${event.state_key ?? ''} ${event.event_id}`);
      return lines.sort().join('\n');
    }),
  );

/** Nobody writes anything: what was kept for the others arrives by itself. */
const expectOneState = async (fork: Fork, last: readonly string[]): Promise<void> => {
  const { version, roomId, far } = fork;
  for (const admin of adminsOf(fork)) {
    for (const eventId of last) {
      await until(`${admin.userId} has ${eventId} of version ${version}`, () => admin.event(roomId, eventId));
    }
  }
  let found: readonly string[] = [];
  try {
    await until(`one state in version ${version}`, async () => {
      found = await statesOf(fork);
      return new Set(found).size === 1;
    });
  } catch (error) {
    throw new Error(differences(found), { cause: error });
  }
  const ban = await fork.near.admin.state(roomId, 'm.room.member', far.guest.userId);
  equal(ban['membership'], 'ban', `in version ${version}, who was banned on one side and left on the other`);
};

const differences = (states: readonly string[]): string => {
  const lines = states.map((state) => new Set(state.split('\n')));
  return states
    .map((_, index) => {
      const own = [...(lines[index] ?? [])].filter((line) => lines.some((other) => !other.has(line)));
      return `only on some servers, and on server ${index}:\n${own.join('\n')}`;
    })
    .join('\n');
};
