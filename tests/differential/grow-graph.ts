/** Rooms whose members do things at the same time that can't all be: what state resolution is for. */
import type { EventId, JsonObject, RoomVersionRules, StateMap } from '@causeway/protocol';
import { type Draft, TestRoom } from '../../packages/protocol/src/test-support/room.ts';
import type { Random } from '../../packages/testing/src/random.ts';
import { writeLevel } from './odd-levels.ts';

export type Graph = {
  readonly room: TestRoom;
  /** States to be resolved into one, at least two. */
  readonly states: readonly StateMap[];
  /** Whether the states differ in power levels, join rules or somebody's ban. */
  readonly isContested: boolean;
};

const CREATOR = '@alice:a.example';
const MODERATORS = ['@bob:b.example', '@carol:c.example'];
const MEMBERS = ['@dave:b.example', '@erin:e.example'];
const USERS = [CREATOR, ...MODERATORS, ...MEMBERS];
const LEVELS = [0, 25, 50, 75, 100];
const MAX_BRANCHES = 4;
const MAX_STEPS_PER_BRANCH = 6;

export const growGraph = (rules: RoomVersionRules, random: Random): Graph => {
  for (;;) {
    const room = furnishedRoom(rules, random);
    const base = [...room.leaves];
    const heads: EventId[][] = [];
    for (let branch = 2 + random.below(MAX_BRANCHES - 1); branch > 0; branch--) {
      heads.push(
        growBranch(room, random, heads.length > 1 && random.below(4) === 0 ? random.pick(heads) : base),
      );
    }
    if (random.below(2) === 0) mergeAndForkAgain(room, random, heads);
    const states = heads.map((head) => room.stateAfter(head));
    if (new Set(states.map(textOf)).size > 1) return { room, states, isContested: isContested(room, states) };
  }
};

/** Servers that saw different parts of the room go on from what they saw: what was in conflict is so once more. */
const mergeAndForkAgain = (room: TestRoom, random: Random, heads: EventId[][]): void => {
  const before = [...heads];
  heads.length = 0;
  for (let branch = 2; branch > 0; branch--) {
    const seen = new Set([...random.pick(before), ...random.pick(before), ...random.pick(before)]);
    heads.push(growBranch(room, random, [...seen]));
  }
};

const furnishedRoom = (rules: RoomVersionRules, random: Random): TestRoom => {
  const isShared = rules.privilegedCreators && random.below(4) === 0;
  const content: JsonObject = isShared ? { additional_creators: [MODERATORS[0] ?? ''] } : {};
  const room = new TestRoom(rules, CREATOR, content);
  const state = (type: string, content: JsonObject) =>
    room.attempt({ type, sender: CREATOR, stateKey: '', content });
  room.send({ type: 'm.room.member', sender: CREATOR, stateKey: CREATOR, content: { membership: 'join' } });
  // Some rooms never say who has power.
  if (random.below(8) > 0) state('m.room.power_levels', powerLevels(room, random, [50, 50]));
  state('m.room.join_rules', { join_rule: 'public' });
  for (const user of USERS.slice(1)) {
    if (random.below(6) === 0) continue;
    room.attempt({ type: 'm.room.member', sender: user, stateKey: user, content: { membership: 'join' } });
  }
  if (random.below(3) === 0) state('m.room.join_rules', { join_rule: joinRule(rules, random) });
  return room;
};

const growBranch = (room: TestRoom, random: Random, from: readonly EventId[]): EventId[] => {
  let head = [...from];
  for (let step = 1 + random.below(MAX_STEPS_PER_BRANCH); step > 0; step--) {
    // Few different times, so that ties are common.
    const { event, verdict } = room.attempt({
      ...draft(room, random),
      time: 100 + random.below(4),
      after: head,
    });
    if (verdict.allowed) head = [event.eventId];
  }
  return head;
};

const draft = (room: TestRoom, random: Random): Draft => {
  const { rules } = room;
  // Whoever has power acts more often.
  const sender = random.pick([CREATOR, CREATOR, ...MODERATORS, ...MODERATORS, ...MEMBERS]);
  const other = random.pick(USERS);
  const reason = `${random.below(5)}`;
  const member = (stateKey: string, content: JsonObject): Draft => ({
    type: 'm.room.member',
    sender,
    stateKey,
    content,
  });
  const state = (type: string, content: JsonObject, stateKey = ''): Draft => ({
    type,
    sender,
    stateKey,
    content,
  });
  const actions: readonly (() => Draft)[] = [
    () => state('m.room.power_levels', powerLevels(room, random, [random.pick(LEVELS), random.pick(LEVELS)])),
    () => state('m.room.power_levels', powerLevels(room, random, [random.pick(LEVELS), 50])),
    () => state('m.room.join_rules', { join_rule: joinRule(rules, random) }),
    () => member(other, { membership: 'ban', reason }),
    () => member(other, { membership: 'leave', reason }),
    () => member(other, { membership: 'invite', reason }),
    () => member(sender, { membership: 'join', displayname: reason }),
    () => member(sender, { membership: 'join', join_authorised_via_users_server: random.pick(USERS) }),
    () => member(sender, { membership: 'leave' }),
    () => member(sender, { membership: 'knock', reason }),
    () => state('m.room.topic', { topic: reason }),
    () => state('m.room.aliases', { aliases: [reason] }, sender.slice(sender.indexOf(':') + 1)),
    () => state('m.room.third_party_invite', { display_name: reason }, reason),
    () => state(`org.example.${random.below(2)}`, { value: reason }),
  ];
  return random.pick(actions)();
};

const powerLevels = ({ rules }: TestRoom, random: Random, moderators: readonly number[]): JsonObject => {
  const level = (value: number) => writeLevel(rules, random, value);
  const users: { [userId: string]: JsonObject[string] } = {};
  if (!rules.privilegedCreators) users[CREATOR] = level(100);
  MODERATORS.forEach((user, index) => {
    users[user] = level(moderators[index] ?? 0);
  });
  if (random.below(4) === 0) users[random.pick(MEMBERS)] = level(random.pick(LEVELS));
  return {
    users,
    ...(random.below(3) === 0 ? { state_default: level(random.pick([0, 25, 50])) } : {}),
    ...(random.below(4) === 0 ? { ban: level(random.pick([25, 50, 75])) } : {}),
    ...(random.below(4) === 0 ? { invite: level(random.pick([0, 50])) } : {}),
    ...(random.below(4) === 0 ? { events: { 'm.room.topic': level(random.pick([0, 50])) } } : {}),
    ...(random.below(4) === 0 ? { notifications: { room: level(random.pick([0, 50, 100])) } } : {}),
  };
};

const joinRule = (rules: RoomVersionRules, random: Random): string =>
  random.pick([
    'public',
    'invite',
    'invite',
    'knock',
    ...(rules.restrictedJoins ? ['restricted'] : []),
    ...(rules.knockRestrictedJoins ? ['knock_restricted'] : []),
  ]);

const isContested = (room: TestRoom, states: readonly StateMap[]): boolean => {
  for (const key of new Set(states.flatMap((state) => [...state.keys()]))) {
    const ids = new Set(states.map((state) => state.get(key)));
    if (ids.size < 2) continue;
    const [type] = key.split('\0');
    if (type === 'm.room.power_levels' || type === 'm.room.join_rules') return true;
    const memberships = [...ids].map((id) => (id === undefined ? undefined : room.event(id)?.pdu.content));
    if (type === 'm.room.member' && memberships.some((content) => content?.['membership'] === 'ban'))
      return true;
  }
  return false;
};

const textOf = (state: StateMap): string => JSON.stringify([...state].sort());
