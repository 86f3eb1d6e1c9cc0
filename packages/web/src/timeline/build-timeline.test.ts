import { describe, expect, it } from 'vitest';
import { buildTimeline, GROUPING_MS, type MessageItem, type TimelineItem } from './build-timeline.ts';
import { relationOf } from './relation.ts';
import type { TimelineEvent } from './timeline-event.ts';

const NOON = new Date(2030, 4, 6, 12).getTime();

function event(id: string, part: Partial<TimelineEvent> = {}): TimelineEvent {
  return {
    key: id,
    id,
    type: 'm.room.message',
    sender: '@ada:north.test',
    ts: NOON,
    content: { msgtype: 'm.text', body: id },
    previousContent: {},
    stateKey: undefined,
    redactedBy: undefined,
    erased: false,
    send: { state: 'sent' },
    bundledThread: undefined,
    threadRoot: relationOf(part.content ?? {}).threadRoot,
    ...part,
  };
}

const build = (events: TimelineEvent[], readUpTo?: string) =>
  buildTimeline(events, { myself: '@ada:north.test', readUpTo, hasOlder: false, pageStarts: new Set() });

const messages = (items: TimelineItem[]) =>
  items.filter((item): item is MessageItem => item.kind === 'message');

const relation = (relType: string, eventId: string, rest: object = {}) => ({
  'm.relates_to': { rel_type: relType, event_id: eventId, ...rest },
});

describe('the timeline', () => {
  it('groups messages of one person within five minutes', () => {
    const items = messages(
      build([
        event('a'),
        event('b', { ts: NOON + GROUPING_MS - 1 }),
        event('c', { ts: NOON + 2 * GROUPING_MS }),
        event('d', { ts: NOON + 2 * GROUPING_MS + 1, sender: '@bob:south.test' }),
      ]),
    );
    expect(items.map((item) => item.startsGroup)).toEqual([true, false, true, true]);
  });

  it('puts readers at the message they read, or at the one before what is not shown', () => {
    const events = [
      event('a'),
      event('b', { type: 'm.reaction', content: relation('m.annotation', 'a', { key: '+' }) }),
      event('c'),
    ];
    const read: { readonly [id: string]: readonly string[] } = {
      b: ['@bob:south.test'],
      c: ['@sol:south.test'],
    };
    const items = buildTimeline(events, {
      myself: '@ada:north.test',
      readUpTo: undefined,
      hasOlder: false,
      pageStarts: new Set(),
      readersOf: (eventId) => read[eventId] ?? [],
    });
    expect(messages(items).map((item) => item.readers)).toEqual([['@bob:south.test'], ['@sol:south.test']]);
  });

  it('separates days', () => {
    const items = build([event('a'), event('b', { ts: NOON + 86_400_000 })]);
    expect(items.map((item) => item.kind)).toEqual(['beginning', 'day', 'message', 'day', 'message']);
    expect(messages(items)[1]?.startsGroup).toBe(true);
  });

  it('draws the line before the first unread message of somebody else', () => {
    const bob = { sender: '@bob:south.test' };
    const items = build([event('a', bob), event('mine'), event('b', bob), event('c', bob)], 'a');
    expect(items.map((item) => item.kind)).toEqual([
      'beginning',
      'day',
      'message',
      'message',
      'new',
      'message',
      'message',
    ]);
    expect(build([event('a', bob)], 'a').some((item) => item.kind === 'new')).toBe(false);
  });

  it('shows the newest edit of the author and nobody else', () => {
    const edit = (id: string, body: string, part: Partial<TimelineEvent> = {}) =>
      event(id, { content: { 'm.new_content': { body }, ...relation('m.replace', 'a') }, ...part });
    const items = messages(
      build([
        event('a'),
        edit('e1', 'one'),
        edit('e2', 'two'),
        edit('e3', 'forged', { sender: '@mallory:evil.test' }),
      ]),
    );
    expect(items).toHaveLength(1);
    expect(items[0]?.content.body).toBe('two');
    expect(items[0]?.edited).toBe(true);
  });

  it('counts a person once for each reaction and leaves out what was taken back', () => {
    const react = (id: string, sender: string, part: Partial<TimelineEvent> = {}) =>
      event(id, {
        type: 'm.reaction',
        sender,
        content: relation('m.annotation', 'a', { key: '👍' }),
        ...part,
      });
    const [item] = messages(
      build([
        event('a'),
        react('r1', '@bob:south.test'),
        react('r2', '@bob:south.test'),
        react('r3', '@ada:north.test'),
        react('r4', '@eve:east.test', { redactedBy: '@eve:east.test' }),
      ]),
    );
    expect(item?.reactions).toEqual([
      {
        key: '👍',
        senders: ['@bob:south.test', '@ada:north.test'],
        mine: expect.objectContaining({ id: 'r3' }),
      },
    ]);
  });

  it('keeps a deleted message in its place', () => {
    expect(messages(build([event('a', { redactedBy: '@ada:north.test', content: {} })]))).toHaveLength(1);
  });

  it('puts quiet lines that follow each other together and skips changes of nothing', () => {
    const member = (id: string, before: string | undefined, after: string) =>
      event(id, {
        type: 'm.room.member',
        stateKey: '@bob:south.test',
        content: { membership: after },
        previousContent: before ? { membership: before } : {},
      });
    const items = build([
      member('i', undefined, 'invite'),
      member('j', 'invite', 'join'),
      member('k', 'join', 'join'),
    ]);
    expect(items.at(-1)).toMatchObject({ kind: 'notice', events: [{ id: 'i' }, { id: 'j' }] });
  });

  it('tells of a new name right after the creation, and whose message follows it', () => {
    const state = (id: string, type: string, content: object, previousContent = {}) =>
      event(id, {
        type,
        stateKey: type === 'm.room.member' ? '@ada:north.test' : '',
        content: { ...content },
        previousContent,
      });
    const joined = { membership: 'join', displayname: 'Ada' };
    const items = build([
      state('made', 'm.room.create', {}),
      state('came', 'm.room.member', joined),
      state('name', 'm.room.name', { name: 'Harbour' }),
      event('before'),
      state('renamed', 'm.room.member', { ...joined, displayname: 'Augusta' }, joined),
      event('after'),
      state('moved', 'm.room.name', { name: 'Pier' }, { name: 'Harbour' }),
    ]);
    expect(
      items.flatMap((item) => (item.kind === 'notice' ? [item.events.map(({ id }) => id)] : [])),
    ).toEqual([['made'], ['renamed'], ['moved']]);
    expect(messages(items).map((item) => item.startsGroup)).toEqual([true, true]);
  });

  it('tells of the creation of a room in one line', () => {
    const state = (id: string, type: string, part: Partial<TimelineEvent> = {}) =>
      event(id, { type, stateKey: '', content: {}, ...part });
    const items = build([
      state('create', 'm.room.create'),
      state('join', 'm.room.member', { stateKey: '@ada:north.test', content: { membership: 'join' } }),
      state('name', 'm.room.name', { content: { name: 'harbour' } }),
      state('later', 'm.room.name', { content: { name: 'wall' }, ts: NOON + 60_000 }),
    ]);
    expect(items.at(-1)).toMatchObject({ kind: 'notice', events: [{ id: 'create' }, { id: 'later' }] });
  });

  it('keeps the name over what was once the first message, and its day open, while there is older history', () => {
    const items = buildTimeline([event('a'), event('b')], {
      myself: '@ada:north.test',
      readUpTo: undefined,
      hasOlder: true,
      pageStarts: new Set(['b']),
    });
    expect(items.map((item) => item.kind)).toEqual(['message', 'message']);
    expect(messages(items)[1]?.startsGroup).toBe(true);
  });

  it('keeps replies in threads out of the main timeline and counts them at their root', () => {
    const reply = (id: string, part: Partial<TimelineEvent> = {}) =>
      event(id, { content: { msgtype: 'm.text', body: id, ...relation('m.thread', 'a') }, ...part });
    const [root, ...others] = messages(
      build([event('a'), reply('t1'), reply('t2', { sender: '@bob:south.test' }), event('b')]),
    );
    expect(others.map((item) => item.event.id)).toEqual(['b']);
    expect(root?.thread).toMatchObject({ count: 2, latestSender: '@bob:south.test' });
  });

  it('adds what came since to what the server had counted in a thread', () => {
    const reply = (id: string, part: Partial<TimelineEvent> = {}) =>
      event(id, { content: { msgtype: 'm.text', body: id, ...relation('m.thread', 'a') }, ...part });
    const bundledThread = { count: 5, latest: { id: 't5', sender: '@bob:south.test', ts: NOON } };
    const root = event('a', { bundledThread });
    expect(messages(build([root]))[0]?.thread?.count).toBe(5);
    expect(messages(build([root, reply('t5'), reply('t6'), reply('t7')]))[0]?.thread?.count).toBe(7);
    expect(messages(build([root, reply('t6', { ts: NOON + 1 })]))[0]?.thread?.count).toBe(6);
    expect(
      messages(build([root, reply('t6', { ts: NOON + 1, redactedBy: '@ada:north.test' })]))[0]?.thread?.count,
    ).toBe(5);
  });

  it('shows a thread alone, its fallback not as an answer', () => {
    const items = buildTimeline(
      [
        event('a'),
        event('b'),
        event('t', {
          content: relation('m.thread', 'a', { is_falling_back: true, 'm.in_reply_to': { event_id: 'a' } }),
        }),
        event('u', {
          content: relation('m.thread', 'a', { is_falling_back: false, 'm.in_reply_to': { event_id: 't' } }),
        }),
      ],
      {
        myself: '@ada:north.test',
        readUpTo: undefined,
        hasOlder: true,
        pageStarts: new Set(),
        threadId: 'a',
      },
    );
    expect(messages(items).map((item) => [item.event.id, item.inReplyTo])).toEqual([
      ['a', undefined],
      ['t', undefined],
      ['u', 't'],
    ]);
  });
});
