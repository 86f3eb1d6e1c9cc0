/** Rooms with random forks and conflicts, for properties of state resolution. */
import fc from 'fast-check';
import type { EventId } from '../identifiers/identifiers.ts';
import type { JsonObject } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { type Draft, TestRoom } from './room.ts';

/** What happens next: numbers that are taken modulo the number of choices. */
export type Step = {
  readonly actor: number;
  readonly target: number;
  readonly action: number;
  readonly value: number;
  readonly time: number;
  /** Which events it follows: positions counted from the newest event. */
  readonly after: readonly number[];
};

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    actor: fc.nat(4),
    target: fc.nat(4),
    action: fc.nat(11),
    value: fc.nat(5),
    // Few different times, so that ties are common.
    time: fc.nat(3),
    after: fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 8, maxLength: 30, size: 'max' },
);

const users = [
  '@alice:a.example',
  '@bob:b.example',
  '@carol:c.example',
  '@dave:b.example',
  '@erin:e.example',
];

/** Lets the steps happen in a room, without those that are not allowed. */
export function growRoom(rules: RoomVersionRules, script: readonly Step[]): TestRoom {
  const room = new TestRoom(rules).furnish('public', levels(rules, { [pick(users, 1)]: 50 }));
  const newest: EventId[] = [...room.leaves];
  for (const user of users.slice(1)) {
    newest.push(
      room.send({ type: 'm.room.member', sender: user, stateKey: user, content: { membership: 'join' } })
        .eventId,
    );
  }
  for (const step of script) {
    const after = new Set(step.after.map((back) => newest.at(-1 - (back % newest.length))));
    const { event, verdict } = room.attempt({
      ...drafted(rules, step),
      time: 100 + step.time,
      after: [...after].filter((id) => id !== undefined),
    });
    if (verdict.allowed) newest.push(event.eventId);
  }
  return room;
}

function drafted(rules: RoomVersionRules, { actor, target, action, value }: Step): Draft {
  const sender = pick(users, actor);
  const other = pick(users, target);
  const member = (stateKey: string, content: JsonObject): Draft => ({
    type: 'm.room.member',
    sender,
    stateKey,
    content,
  });
  const state = (type: string, content: JsonObject): Draft => ({ type, sender, stateKey: '', content });
  switch (action) {
    case 0:
    case 1:
      return member(sender, { membership: 'join', displayname: `${value}` });
    case 2:
      return member(sender, { membership: 'leave' });
    case 3:
      return member(other, { membership: 'invite' });
    case 4:
      return member(other, { membership: 'leave', reason: `${value}` });
    case 5:
    case 6:
      return member(other, { membership: 'ban', reason: `${value}` });
    case 7:
      return state('m.room.join_rules', { join_rule: pick(['public', 'invite', 'knock'], value) });
    case 8:
      return state('m.room.topic', { topic: `${value} by ${sender}` });
    case 9:
      return state('m.room.power_levels', levels(rules, { [other]: pick([0, 25, 50, 75, 100], value) }));
    case 10:
      return state('m.room.power_levels', {
        ...levels(rules, { [sender]: 50, [other]: pick([0, 50], value) }),
        state_default: pick([0, 25, 50], value),
      });
    default:
      return state(`org.example.${value % 2}`, { value });
  }
}

function levels(rules: RoomVersionRules, of: JsonObject): JsonObject {
  const { [pick(users, 0)]: _creator, ...others } = of;
  return { state_default: 25, users: rules.privilegedCreators ? others : { ...of, [pick(users, 0)]: 100 } };
}

function pick<Choice>(choices: readonly Choice[], index: number): Choice {
  const choice = choices[index % choices.length];
  if (choice === undefined) throw new Error('nothing to choose from');
  return choice;
}
