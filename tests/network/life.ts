/** What people do in a room: mostly they talk, and now and then they change who may do what. */
import {
  backfillRoom,
  banUser,
  inviteUser,
  joinRoom,
  kickUser,
  leaveRoom,
  MatrixError,
  redactEvent,
  sendEvent,
  unbanUser,
} from '@causeway/homeserver';
import type { EventId, JsonObject, RoomId, RoomVersionRules, UserId } from '@causeway/protocol';
import type { Random } from '../../packages/testing/src/random.ts';
import type { Host } from './host.ts';

export type Life = {
  readonly roomId: RoomId;
  readonly rules: RoomVersionRules;
  readonly creator: UserId;
  readonly hosts: readonly Host[];
  readonly liars: ReadonlySet<string>;
  readonly random: Random;
  /** Messages that people sent, as their own server accepted them. */
  readonly said: { readonly eventId: EventId; readonly host: Host; readonly isLast: boolean }[];
  /** Exceptions that nobody expects. */
  readonly faults: string[];
};

/** Begins one action of somebody; how it ends is seen in time. */
export const live = (life: Life): void => {
  const { random, hosts } = life;
  const host = random.pick(hosts);
  const user = random.pick(host.users);
  const deed = random.pick(deeds);
  void deed(life, host, user).catch((error: unknown) => {
    if (error instanceof MatrixError || isOver(error)) return;
    life.faults.push(`${host.name}: ${error instanceof Error ? error.stack : String(error)}`);
  });
};

const isOver = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

type Deed = (life: Life, host: Host, user: UserId) => Promise<unknown>;

const say: Deed = async ({ roomId, said, random }, host, sender) => {
  const content = { msgtype: 'm.text', body: `said ${random.below(1e6)}` };
  const eventId = await sendEvent(host.engine, { roomId, sender, type: 'm.room.message', content });
  said.push({ eventId, host, isLast: false });
};

const setState =
  (type: string, content: (life: Life, user: UserId) => JsonObject): Deed =>
  (life, { engine }, sender) =>
    sendEvent(engine, { roomId: life.roomId, sender, type, stateKey: '', content: content(life, sender) });

const anybody = ({ hosts, random }: Life): UserId => random.pick(random.pick(hosts).users);

const LEVELS = [0, 25, 50, 75, 100];

const powerLevels = (life: Life, sender: UserId): JsonObject => {
  const { random, rules, creator } = life;
  const users: { [userId: string]: number } = {};
  for (const user of life.hosts.flatMap((host) => host.users)) {
    if (random.below(3) === 0) users[user] = random.pick(LEVELS);
  }
  users[sender] = random.pick([50, 100, 100]);
  if (rules.privilegedCreators) delete users[creator];
  else users[creator] = 100;
  return { users, state_default: random.pick([25, 50]), ban: 50, kick: random.pick([25, 50]), invite: 0 };
};

const join: Deed = async ({ roomId, hosts, random }, { engine, name }, userId) => {
  const others = hosts.filter((host) => host.name !== name).map((host) => host.name);
  const via = [random.pick(others), random.pick(others)];
  await joinRoom(engine, { userId, roomIdOrAlias: roomId, via });
};

const moderate =
  (act: typeof banUser): Deed =>
  (life, { engine }, sender) =>
    act(engine, { roomId: life.roomId, sender, target: anybody(life) });

const invite: Deed = (life, { engine }, sender) =>
  inviteUser(engine, { roomId: life.roomId, sender, target: anybody(life) });

const leave: Deed = ({ roomId }, { engine }, sender) => leaveRoom(engine, { roomId, sender });

const redact: Deed = async ({ roomId, said, random }, { engine }, sender) => {
  if (said.length === 0) return;
  await redactEvent(engine, { roomId, sender, eventId: random.pick(said).eventId });
};

const readBack: Deed = ({ roomId }, { engine }) =>
  backfillRoom(engine, { roomId, belowPosition: Number.MAX_SAFE_INTEGER, limit: 20 });

/** As often as they stand here. */
const deeds: readonly Deed[] = [
  ...Array.from({ length: 14 }, () => say),
  ...Array.from({ length: 4 }, () => join),
  setState('m.room.topic', ({ random }) => ({ topic: `topic ${random.below(1e6)}` })),
  setState('m.room.topic', ({ random }) => ({ topic: `topic ${random.below(1e6)}` })),
  setState('m.room.name', ({ random }) => ({ name: `name ${random.below(1e6)}` })),
  setState('m.room.power_levels', powerLevels),
  setState('m.room.power_levels', powerLevels),
  setState('m.room.power_levels', powerLevels),
  setState('m.room.join_rules', ({ random }) => ({ join_rule: random.pick(['public', 'public', 'invite']) })),
  setState('m.room.history_visibility', ({ random }) => ({
    history_visibility: random.pick(['shared', 'joined', 'invited', 'world_readable']),
  })),
  setState('m.room.server_acl', ({ random, liars }) => ({
    allow: ['*'],
    deny: [...liars].filter(() => random.below(2) === 0),
  })),
  moderate(banUser),
  moderate(banUser),
  moderate(kickUser),
  moderate(kickUser),
  moderate(unbanUser),
  invite,
  invite,
  leave,
  redact,
  redact,
  readBack,
];
