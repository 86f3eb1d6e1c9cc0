/**
 * Unread counts against their definition: every event's push rules evaluated for every member at the moment of
 * the event, one entry for each who is to be notified, taken away by what is read.
 */
import {
  createRoom,
  type Engine,
  inviteUser,
  joinRoom,
  leaveRoom,
  putAccountData,
  readPushRules,
  roomById,
  sendEvent,
  sendReceipt,
  unreadCounts,
  updatePushRules,
} from '@causeway/homeserver';
import {
  type EventId,
  evaluatePushRules,
  type JsonObject,
  type PushRule,
  type RoomId,
  type UserId,
} from '@causeway/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNetwork, type TestServer } from './network.ts';

let network: TestNetwork;
let server: TestServer;
let people: readonly UserId[];

beforeAll(async () => {
  network = new TestNetwork();
  server = await network.add('one.test');
});

afterAll(() => network[Symbol.asyncDispose]());

const PEOPLE = 4;
const person = fc.nat(PEOPLE - 1);

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('say' as const),
      who: person,
      mentions: fc.option(fc.array(person, { maxLength: 2 }), { nil: undefined }),
      room: fc.boolean(),
      body: fc.constantFrom('hello', 'a cake for ada', 'p1: look'),
      notice: fc.boolean(),
      thread: fc.option(fc.nat(5), { nil: undefined }),
      reaction: fc.nat(5).map((value) => value === 0),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      who: person,
      event: fc.nat(10),
      thread: fc.constantFrom('all' as const, 'its' as const),
      isPrivate: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const), who: person }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who: person }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rename' as const), who: person }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ignore' as const), who: person, whom: person }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('rule' as const),
      who: person,
      rule: fc.constantFrom('mute', 'unmute', 'keyword', 'no-mentions'),
    }),
  },
);

type Entry = {
  readonly sender: UserId;
  readonly position: number;
  readonly highlight: boolean;
  readonly thread: string;
};

/** What is kept for one user, by the definition. */
type Model = { joined: boolean; entries: Entry[]; readonly ignored: Set<UserId> };

describe('unread counts', () => {
  it('are what the push rules of each member say of each event, until it is read', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        run++;
        people = Array.from({ length: PEOPLE }, (_, index) => server.user(`p${index}-${run}`));
        await play(server.engine, steps);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

type Step = (typeof step extends fc.Arbitrary<infer S> ? S : never) & object;

const play = async (engine: Engine, steps: readonly Step[]): Promise<void> => {
  const [creator] = people;
  if (creator === undefined) throw new Error('nobody');
  const roomId = await createRoom(engine, creator, { preset: 'public_chat' });
  const models = new Map<UserId, Model>(
    people.map((id) => [id, { joined: true, entries: [], ignored: new Set() }]),
  );
  for (const userId of people) await joinRoom(engine, { roomIdOrAlias: roomId, userId });
  const said: { readonly id: EventId; readonly thread: string }[] = [];
  for (const one of steps) {
    const who = at(people, one.who);
    const model = models.get(who);
    if (model === undefined) throw new Error('no model');
    switch (one.kind) {
      case 'say': {
        if (!model.joined) break;
        const root = one.thread === undefined ? undefined : said[one.thread];
        const thread = root === undefined ? '' : root.thread || root.id;
        const content = contentOf(one, thread);
        const type = one.reaction ? 'm.reaction' : 'm.room.message';
        const id = await sendEvent(engine, { roomId, sender: who, type, content });
        said.push({ id, thread });
        await notifyByDefinition(engine, roomId, models, id, thread);
        break;
      }
      case 'read': {
        const event = said[one.event];
        if (!model.joined || event === undefined) break;
        const threadId = one.thread === 'all' ? undefined : event.thread || 'main';
        const type = one.isPrivate ? 'm.read.private' : 'm.read';
        await sendReceipt(engine, { roomId, userId: who, deviceId: 'D', type, eventId: event.id, threadId });
        const { position } = await stored(engine, event.id);
        model.entries = model.entries.filter(
          (entry) => entry.position > position || (threadId !== undefined && entry.thread !== event.thread),
        );
        break;
      }
      case 'join':
        if (model.joined) break;
        if (one.who % 2 === 0) await inviteUser(engine, { roomId, sender: creator, target: who });
        await joinRoom(engine, { roomIdOrAlias: roomId, userId: who });
        model.joined = true;
        model.entries = [];
        break;
      case 'leave':
        if (!model.joined || who === creator) break;
        await leaveRoom(engine, { roomId, sender: who });
        model.joined = false;
        model.entries = [];
        break;
      case 'rename': {
        if (!model.joined) break;
        const content = { membership: 'join', displayname: 'Ada' };
        await sendEvent(engine, { roomId, sender: who, type: 'm.room.member', stateKey: who, content });
        break;
      }
      case 'ignore': {
        const whom = at(people, one.whom);
        if (!model.ignored.delete(whom)) model.ignored.add(whom);
        const ignored = Object.fromEntries([...model.ignored].map((id) => [id, {}]));
        const key = { userId: who, roomId: '', type: 'm.ignored_user_list' };
        await putAccountData(engine, key, { ignored_users: ignored });
        break;
      }
      case 'rule':
        await updatePushRules(engine, who, (rules) => ({
          ...rules,
          room: one.rule === 'mute' ? [rule(roomId, [])] : one.rule === 'unmute' ? [] : rules.room,
          content:
            one.rule === 'keyword'
              ? [{ ...rule('cake', ['notify', { set_tweak: 'highlight' }]), pattern: 'cake' }]
              : rules.content,
          override: rules.override.map((each) =>
            each.rule_id === '.m.rule.is_user_mention' && one.rule === 'no-mentions'
              ? { ...each, enabled: false }
              : each,
          ),
        }));
        break;
    }
  }
  for (const [userId, model] of models) if (model.joined) await expectCounts(engine, roomId, userId, model);
};

const notifyByDefinition = async (
  engine: Engine,
  roomId: RoomId,
  models: ReadonlyMap<UserId, Model>,
  eventId: EventId,
  thread: string,
): Promise<void> => {
  const { pdu, position } = await stored(engine, eventId);
  const memberCount = [...models.values()].filter(({ joined }) => joined).length;
  for (const [userId, model] of models) {
    if (!model.joined) continue;
    const rules = await engine.store.read((reader) => readPushRules(engine, reader, userId));
    const verdict = evaluatePushRules(rules, { ...pdu, room_id: roomId } as JsonObject, {
      userId,
      displayName: undefined,
      memberCount,
      senderPowerLevel: pdu.sender === people[0] ? Number.POSITIVE_INFINITY : 0,
      notificationLevels: undefined,
    });
    if (verdict.notify)
      model.entries.push({ sender: pdu.sender, position, highlight: verdict.highlight, thread });
  }
};

const expectCounts = async (engine: Engine, roomId: RoomId, userId: UserId, model: Model): Promise<void> => {
  // Who is ignored is not counted as long as they are.
  const entries = model.entries.filter(({ sender }) => !model.ignored.has(sender));
  const count = (list: readonly Entry[]) => ({
    notification_count: list.length,
    highlight_count: list.filter(({ highlight }) => highlight).length,
  });
  const [together, apart] = await engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    const userNid = await engine.names.userNid(reader, userId);
    if (room === undefined || userNid === undefined) throw new Error('no room');
    const who = { userId, userNid, roomNid: room.room_nid };
    return [
      await unreadCounts(engine, reader, { ...who, apart: false }),
      await unreadCounts(engine, reader, { ...who, apart: true }),
    ];
  });
  expect(together.main).toEqual(count(entries));
  expect(apart.main).toEqual(count(entries.filter(({ thread }) => thread === '')));
  const threads = Map.groupBy(
    entries.filter(({ thread }) => thread !== ''),
    ({ thread }) => thread,
  );
  expect(Object.fromEntries(apart.threads)).toEqual(
    Object.fromEntries([...threads].map(([root, list]) => [root, count(list)])),
  );
};

const contentOf = (
  one: {
    readonly body: string;
    readonly notice: boolean;
    readonly room: boolean;
    readonly mentions?: readonly number[] | undefined;
  },
  thread: string,
): JsonObject => ({
  msgtype: one.notice ? 'm.notice' : 'm.text',
  body: one.body,
  ...(one.mentions === undefined && !one.room
    ? {}
    : {
        'm.mentions': {
          user_ids: (one.mentions ?? []).map((index) => at(people, index)),
          ...(one.room ? { room: true } : {}),
        },
      }),
  ...(thread === '' ? {} : { 'm.relates_to': { rel_type: 'm.thread', event_id: thread } }),
});

const rule = (rule_id: string, actions: PushRule['actions']): PushRule => ({
  rule_id,
  default: false,
  enabled: true,
  actions,
});

const stored = async (engine: Engine, eventId: EventId) => {
  const event = await engine.store.read((reader) => engine.events.byId(reader, eventId));
  if (event?.position == null) throw new Error(`no event ${eventId}`);
  return { pdu: event.pdu, position: event.position };
};

const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index];
  if (found === undefined) throw new Error(`nothing at ${index}`);
  return found;
};
