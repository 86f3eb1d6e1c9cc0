/** Events against states, most of them near the border between allowed and not. */
import {
  authTypesFor,
  contentHash,
  type EventId,
  eventIdOf,
  type JsonObject,
  type JsonValue,
  type Pdu,
  parseEventId,
  parseRoomId,
  parseUserId,
  type RoomId,
  type RoomVersionRules,
  referenceTo,
  roomIdOf,
  signingKeyFromSeed,
  signJson,
  type UnsignedPdu,
  type UserId,
} from '@causeway/protocol';
import type { Random } from '../../packages/testing/src/random.ts';
import { oddLevel, writeLevel } from './odd-levels.ts';

export type CitedEvent = { readonly eventId: EventId; readonly pdu: Pdu; readonly rejected: boolean };

export type AuthCase = {
  readonly create: CitedEvent;
  readonly roomId: RoomId;
  readonly event: Pdu;
  /** One for each entry of the event's `auth_events`. */
  readonly authEvents: readonly CitedEvent[];
  /** Whether it turns on power levels, a ban or a join rule. */
  readonly isContested: boolean;
};

const must = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('a generator made something that can not be');
  return value;
};

const user = (text: string): UserId => must(parseUserId(text));
const CREATOR = user('@alice:a.example');
const USERS = [CREATOR, user('@bob:b.example'), user('@carol:a.example'), user('@dave:d.example')];
const LEVELS = [-10, 0, 0, 24, 25, 49, 50, 50, 51, 75, 100, 101];
const ROOM_ID = must(parseRoomId('!room:a.example'));
const OTHER_ROOM_ID = must(parseRoomId('!other:a.example'));
const INVITE_KEY = must(signingKeyFromSeed(new Uint8Array(32).fill(7), '0'));

type Maker = {
  readonly rules: RoomVersionRules;
  readonly random: Random;
  /** Numbers the events of the case. */
  readonly next: () => number;
};

export const makeAuthCase = (rules: RoomVersionRules, random: Random): AuthCase => {
  let made = 0;
  const maker = { rules, random, next: () => made++ };
  const create = makeCreate(maker);
  const roomId = roomIdOf(rules, create.pdu);
  const state = makeState(maker, create, roomId);
  const draft = makeDraft(maker, state);
  const authEvents = perturb(maker, selectAuthEvents(rules, state, draft), state);
  const previous = random.below(10) === 0 ? [create] : random.below(30) === 0 ? [] : [random.pick(state)];
  const isRoomless = draft.type === 'm.room.create' && rules.roomIdIsCreateHash && random.below(4) > 0;
  const event = finish(maker, {
    ...(isRoomless ? {} : { room_id: random.below(60) === 0 ? OTHER_ROOM_ID : roomId }),
    ...draft,
    prev_events:
      draft.type === 'm.room.create' && random.below(3) > 0
        ? []
        : previous.map((one) => referenceTo(rules, one)),
    auth_events: authEvents.map((one) => referenceTo(rules, one)),
  });
  return { create, roomId, event: event.pdu, authEvents, isContested: isContested(draft) };
};

const isContested = ({ type, content }: Draft): boolean =>
  type === 'm.room.power_levels' ||
  type === 'm.room.join_rules' ||
  (type === 'm.room.member' && content['membership'] !== 'leave');

type Draft = Pick<UnsignedPdu, 'type' | 'sender' | 'content'> & {
  readonly state_key?: string;
  readonly room_id?: RoomId;
  readonly redacts?: string;
};

/** Hashes the event and gives it an ID, where its author chooses it. */
const finish = (
  { rules, next }: Maker,
  fields: Draft & Pick<UnsignedPdu, 'prev_events' | 'auth_events'>,
): CitedEvent => {
  const number = next();
  const domain = fields.sender.slice(fields.sender.indexOf(':'));
  const chosen: { readonly event_id?: EventId } =
    rules.eventIdFormat === 'sender-chosen' ? { event_id: must(parseEventId(`$${number}${domain}`)) } : {};
  const drafted: UnsignedPdu = { depth: number + 1, origin_server_ts: number, ...fields };
  const event: UnsignedPdu = { ...drafted, ...chosen };
  const pdu = { ...event, hashes: { sha256: contentHash(event, rules) }, signatures: {} };
  return { eventId: eventIdOf(rules, pdu), pdu, rejected: false };
};

const makeCreate = (maker: Maker): CitedEvent => {
  const { rules, random } = maker;
  return finish(maker, {
    type: 'm.room.create',
    sender: CREATOR,
    state_key: '',
    content: {
      room_version: rules.id,
      ...(rules.creatorIsSender ? {} : { creator: random.below(8) === 0 ? random.pick(USERS) : CREATOR }),
      ...(random.below(8) === 0 ? { 'm.federate': random.pick<JsonValue>([true, false]) } : {}),
      ...(rules.privilegedCreators && random.below(3) === 0
        ? { additional_creators: [random.pick(USERS)] }
        : {}),
    },
    ...(rules.roomIdIsCreateHash ? {} : { room_id: ROOM_ID }),
    prev_events: [],
    auth_events: [],
  });
};

const makeState = (maker: Maker, create: CitedEvent, roomId: RoomId): readonly CitedEvent[] => {
  const { random } = maker;
  const state: CitedEvent[] = [create];
  const add = (type: string, sender: UserId, state_key: string, content: JsonObject) => {
    state.push(
      finish(maker, { type, sender, state_key, content, room_id: roomId, prev_events: [], auth_events: [] }),
    );
  };
  if (random.below(5) > 0) add('m.room.power_levels', CREATOR, '', stateLevels(maker));
  if (random.below(6) > 0) {
    add('m.room.join_rules', CREATOR, '', random.below(30) === 0 ? {} : { join_rule: joinRule(random) });
  }
  for (const member of USERS) {
    const membership = random.pick<JsonValue>(['join', 'join', 'join', 'invite', 'leave', 'ban', 'knock']);
    if (random.below(6) > 0) add('m.room.member', random.pick([member, CREATOR]), member, { membership });
  }
  add('m.room.third_party_invite', random.pick(USERS), 'token', {
    display_name: 'x',
    ...(random.below(2) === 0
      ? { public_key: INVITE_KEY.publicKey }
      : { public_keys: [{ public_key: random.below(4) === 0 ? 'AAAA' : INVITE_KEY.publicKey }] }),
  });
  return state;
};

const joinRule = (random: Random): JsonValue =>
  random.pick<JsonValue>([
    'public',
    'public',
    'invite',
    'knock',
    'restricted',
    'knock_restricted',
    'private',
    5,
    null,
  ]);

const LEVEL_PROPERTIES = [
  'users_default',
  'events_default',
  'state_default',
  'ban',
  'redact',
  'kick',
  'invite',
];
/** The more entries there are, the more often one is changed by somebody who may not. */
const ENTRY_PROPERTIES = ['users', 'users', 'events', 'notifications', 'notifications', 'notifications'];
const EVENT_TYPES = [
  'm.room.topic',
  'm.room.message',
  'm.room.power_levels',
  'm.room.redaction',
  'm.room.aliases',
];

/** What the rules of the room version keep out of every state is not in one here. */
const stateLevels = (maker: Maker): JsonObject => {
  const { rules, random } = maker;
  if (random.below(2) === 0) return levelsOfEquals(maker);
  const { users } = powerLevels(maker);
  if (rules.integerPowerLevels || random.below(5) > 0) return powerLevels(maker);
  const { users: _users, ...odd } = powerLevels(maker, true);
  return { ...odd, ...(users === undefined ? {} : { users }) };
};

/** Several may change the levels, and stand in each other's way. */
const levelsOfEquals = ({ rules, random }: Maker): JsonObject => {
  const level = (from: readonly number[]) => writeLevel(rules, random, random.pick(from));
  const users: { [key: string]: JsonValue } = {};
  for (const id of USERS)
    if (!(rules.privilegedCreators && id === CREATOR)) users[id] = level([50, 50, 50, 100]);
  return {
    users,
    events: { 'm.room.topic': level([0, 50, 75]) },
    notifications: { room: level([0, 50, 75]) },
  };
};

const powerLevels = (maker: Maker, isOdd = false): JsonObject => {
  const { rules, random } = maker;
  const level = () =>
    isOdd && random.below(4) === 0 ? oddLevel(rules, random) : writeLevel(rules, random, random.pick(LEVELS));
  const content: { [key: string]: JsonValue } = {};
  for (const property of LEVEL_PROPERTIES) if (random.below(3) === 0) content[property] = level();
  const users: { [key: string]: JsonValue } = {};
  for (const id of USERS) {
    if (random.below(2) === 0 && !(rules.privilegedCreators && id === CREATOR)) users[id] = level();
  }
  if (isOdd && random.below(6) === 0) users[random.pick(['bob', '@bob', '@:b.example', '@bob:'])] = 0;
  if (random.below(8) > 0)
    content['users'] = isOdd && random.below(8) === 0 ? random.pick([null, [], 5, 'x']) : users;
  for (const property of ['events', 'notifications']) {
    if (random.below(3) > 0) continue;
    const entries: { [key: string]: JsonValue } = {};
    for (const key of property === 'events' ? EVENT_TYPES : ['room', 'other'])
      if (random.below(2) === 0) entries[key] = level();
    content[property] = isOdd && random.below(8) === 0 ? random.pick([null, [], 5, 'x']) : entries;
  }
  return content;
};

const makeDraft = (maker: Maker, state: readonly CitedEvent[]): Draft => {
  const { random } = maker;
  const sender = random.pick(USERS);
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      return member(maker, sender);
    case 5:
    case 6:
      return powerLevelsDraft(maker, state);
    case 7:
      return { type: 'm.room.join_rules', sender, state_key: '', content: { join_rule: joinRule(random) } };
    case 8:
      return redaction(maker, sender);
    case 9:
      return createAgain(maker, sender);
    default:
      return other(maker, sender);
  }
};

/** Mostly of somebody who is joined, so that it turns on the levels. */
const powerLevelsDraft = (maker: Maker, state: readonly CitedEvent[]): Draft => {
  const { random } = maker;
  const joined = USERS.filter((id) =>
    state.some(({ pdu }) => pdu.state_key === id && pdu.content['membership'] === 'join'),
  );
  const sender = random.pick(joined.length === 0 || random.below(8) === 0 ? USERS : joined);
  return { type: 'm.room.power_levels', sender, state_key: '', content: changedLevels(maker, state) };
};

const member = ({ random }: Maker, sender: UserId): Draft => {
  const target = random.pick([sender, sender, ...USERS, ...USERS]);
  const membership = random.pick<JsonValue>([
    'join',
    'join',
    'join',
    'invite',
    'invite',
    'leave',
    'leave',
    'ban',
    'ban',
    'knock',
    'odd',
    5,
  ]);
  const isThirdParty = membership === 'invite' && random.below(2) === 0;
  return {
    type: 'm.room.member',
    sender,
    ...(random.below(40) === 0
      ? {}
      : { state_key: membership === 'join' && random.below(6) > 0 ? sender : target }),
    content: {
      ...(random.below(40) === 0 ? {} : { membership }),
      ...(random.below(3) === 0 ? { join_authorised_via_users_server: random.pick(USERS) } : {}),
      ...(isThirdParty ? { third_party_invite: thirdPartyInvite(random, target) } : {}),
    },
  };
};

const thirdPartyInvite = (random: Random, target: string): JsonValue => {
  const mxid = random.below(6) === 0 ? random.pick(USERS) : target;
  const signed = {
    mxid,
    ...(random.below(12) === 0 ? {} : { token: random.below(6) === 0 ? 'unknown' : 'token' }),
  };
  switch (random.below(8)) {
    case 0:
      return { display_name: 'x' };
    case 1:
      return { signed };
    case 2:
      return { signed: { ...signJson(signed, 'id.example', INVITE_KEY), mxid: random.pick(USERS) } };
    default:
      return { display_name: 'x', signed: signJson(signed, 'id.example', INVITE_KEY) };
  }
};

/** The levels of the state with a few changes, or others altogether. */
const changedLevels = (maker: Maker, state: readonly CitedEvent[]): JsonObject => {
  const { rules, random } = maker;
  const isOdd = random.below(4) === 0;
  const before = state.find(({ pdu }) => pdu.type === 'm.room.power_levels')?.pdu.content;
  const fresh = powerLevels(maker, isOdd);
  if (before === undefined || random.below(4) === 0) return fresh;
  if (random.below(2) === 0) return withOneEntryChanged(maker, before);
  const content: { [key: string]: JsonValue } = { ...before };
  for (let changes = 1 + random.below(2); changes > 0; changes--) {
    const property = random.pick([...ENTRY_PROPERTIES, ...LEVEL_PROPERTIES]);
    const [old, value] = [content[property], fresh[property]];
    const isEntry = property === 'users' || property === 'events' || property === 'notifications';
    if (value === undefined) delete content[property];
    else if (isEntry && isObject(old) && isObject(value)) {
      const key = random.pick([...Object.keys(value), ...USERS]);
      content[property] = { ...old, [key]: value[key] ?? writeLevel(rules, random, random.pick(LEVELS)) };
    } else content[property] = value;
  }
  // A level as text, where it must be a number.
  if (rules.integerPowerLevels && random.below(6) === 0) {
    content[random.pick(LEVEL_PROPERTIES)] = random.pick(['0', '0', '50', ' 25 ']);
  }
  return content;
};

const withOneEntryChanged = ({ rules, random }: Maker, before: JsonObject): JsonObject => {
  const property = random.pick(['users', 'events', 'notifications']);
  const entries = before[property];
  if (!isObject(entries)) return before;
  const key = random.pick([...Object.keys(entries), property === 'users' ? random.pick(USERS) : 'new']);
  const { [key]: _old, ...others } = entries;
  const isRemoved = random.below(4) === 0;
  return {
    ...before,
    [property]: isRemoved ? others : { ...others, [key]: writeLevel(rules, random, random.pick(LEVELS)) },
  };
};

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const redaction = ({ rules, random }: Maker, sender: UserId): Draft => {
  const redacts = random.pick(['$x:a.example', '$x:b.example', '$x:d.example', '$x']);
  return rules.redactsInContent
    ? { type: 'm.room.redaction', sender, content: { redacts } }
    : { type: 'm.room.redaction', sender, content: {}, redacts };
};

const createAgain = ({ rules, random }: Maker, sender: UserId): Draft => ({
  type: 'm.room.create',
  sender,
  state_key: '',
  content: {
    ...(random.below(4) === 0 ? {} : { room_version: random.pick<JsonValue>([rules.id, '1', 'unknown', 5]) }),
    ...(random.below(3) === 0 ? {} : { creator: sender }),
    ...(random.below(3) === 0
      ? { additional_creators: random.pick<JsonValue>([[], [sender], ['x'], 'x', [5]]) }
      : {}),
  },
});

const other = ({ random }: Maker, sender: UserId): Draft => {
  const domain = sender.slice(sender.indexOf(':') + 1);
  return random.pick<Draft>([
    { type: 'm.room.topic', sender, state_key: '', content: { topic: 'x' } },
    { type: 'm.room.message', sender, content: { body: 'x' } },
    {
      type: 'm.room.aliases',
      sender,
      state_key: random.pick([domain, domain, 'a.example', '']),
      content: {},
    },
    { type: 'm.room.aliases', sender, content: {} },
    { type: 'm.room.third_party_invite', sender, state_key: 'token', content: {} },
    {
      type: 'org.example.own',
      sender,
      state_key: random.pick([sender, ...USERS, '@', '@x', 'x']),
      content: {},
    },
  ]);
};

const selectAuthEvents = (
  rules: RoomVersionRules,
  state: readonly CitedEvent[],
  draft: Draft,
): readonly CitedEvent[] =>
  authTypesFor(rules, draft).flatMap(([type, stateKey]) =>
    state.filter(({ pdu }) => pdu.type === type && pdu.state_key === stateKey),
  );

/** Sometimes something is wrong with the auth events. */
const perturb = (
  { random }: Maker,
  selected: readonly CitedEvent[],
  state: readonly CitedEvent[],
): readonly CitedEvent[] => {
  switch (random.below(40)) {
    case 0:
      return [...selected, random.pick(state)];
    case 1:
      return selected.slice(1);
    case 2:
      return selected.map((event, index) => (index === 0 ? { ...event, rejected: true } : event));
    case 3:
      return selected.slice(0, -1);
    default:
      return selected;
  }
};
