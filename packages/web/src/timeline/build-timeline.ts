import type { Person } from '../people/person.ts';
import { isObject, type JsonObject } from '../session/matrix-request.ts';
import type { HistoryGap } from './history-gaps.ts';
import { isNotice } from './notice-text.ts';
import { relationOf } from './relation.ts';
import { summariseThreads, type ThreadSummary } from './thread-summary.ts';
import type { TimelineEvent } from './timeline-event.ts';

/** Messages of one person within this time stand under one name. */
export const GROUPING_MS = 5 * 60_000;

export type ReactionGroup = {
  readonly key: string;
  /** In the order they reacted. */
  readonly senders: readonly string[];
  /** One's own reaction event, to take it back. */
  readonly mine: TimelineEvent | undefined;
};

export type MessageItem = {
  readonly kind: 'message';
  readonly key: string;
  readonly event: TimelineEvent;
  /** What it says now: the newest edit's content. */
  readonly content: JsonObject;
  readonly edited: boolean;
  readonly startsGroup: boolean;
  readonly inReplyTo: string | undefined;
  readonly reactions: readonly ReactionGroup[];
  /** The thread that begins with it. */
  readonly thread: ThreadSummary | undefined;
  /** Others whose read receipt stands at it, or at something after it that is not shown. */
  readonly readers: readonly string[];
  readonly author: Person | undefined;
};

export type TimelineItem =
  | { readonly kind: 'beginning'; readonly key: string }
  | { readonly kind: 'day'; readonly key: string; readonly ts: number }
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'gap'; readonly key: string; readonly gap: HistoryGap }
  | { readonly kind: 'notice'; readonly key: string; readonly events: readonly TimelineEvent[] }
  | MessageItem;

export type BuildOptions = {
  readonly myself: string;
  /** The last event that was read when the room was opened. */
  readonly readUpTo: string | undefined;
  readonly hasOlder: boolean;
  /** Messages that once were the first: they keep their author's name, so that nothing moves below older ones. */
  readonly pageStarts: ReadonlySet<string>;
  /** The root of the thread that is shown; otherwise the main timeline is, without replies in threads. */
  readonly threadId?: string;
  /** Others whose read receipt stands at an event. */
  readonly readersOf?: (eventId: string) => readonly string[];
  /** Where messages are missing, by the event below them. */
  readonly gaps?: ReadonlyMap<string, HistoryGap>;
  /** People as they are called now. */
  readonly authorOf?: (userId: string) => Person;
};

/** Turns a room's events, oldest first, into what is shown. */
export function buildTimeline(events: readonly TimelineEvent[], options: BuildOptions): TimelineItem[] {
  const edits = collectEdits(events);
  const reactions = collectReactions(events, options.myself);
  const threads = options.threadId ? undefined : summariseThreads(events);
  const first = events[0];
  const startsWithGap = first !== undefined && options.gaps?.has(first.id) === true;
  const items: TimelineItem[] =
    options.hasOlder || startsWithGap ? [] : [{ kind: 'beginning', key: 'beginning' }];
  let previous: TimelineEvent | undefined;
  let readPassed = false;
  let newShown = false;
  const creation = events.find((event) => event.type === 'm.room.create');

  for (const event of events) {
    const gap = options.gaps?.get(event.id);
    if (gap) items.push({ kind: 'gap', key: `gap-${event.id}`, gap });
    const shown =
      belongsToCreation(event, creation) || !standsIn(options.threadId, event) ? undefined : showsAs(event);
    if (shown) {
      // The top of what is loaded says nothing about its day: what comes before may be of the same.
      const newDay = previous ? !sameDay(previous.ts, event.ts) : !options.hasOlder;
      if (newDay)
        items.push({
          kind: 'day',
          key: `day-${new Date(event.ts).toDateString()}-${event.key}`,
          ts: event.ts,
        });
      const startsNew = readPassed && !newShown && shown === 'message' && event.sender !== options.myself;
      if (startsNew) {
        items.push({ kind: 'new', key: 'new' });
        newShown = true;
      }
      if (shown === 'notice') pushNotice(items, event);
      else {
        const edit = edits.get(event.id);
        items.push({
          kind: 'message',
          key: event.key,
          event,
          content: edit ?? event.content,
          edited: edit !== undefined,
          startsGroup:
            startsNew || newDay || options.pageStarts.has(event.key) || !continuesGroup(items.at(-1), event),
          inReplyTo: relationOf(event.content).inReplyTo,
          reactions: reactions.get(event.id) ?? [],
          thread: threads?.get(event.id),
          readers: [],
          author: options.authorOf?.(event.sender),
        });
      }
      previous = event;
    }
    addReaders(items, options.readersOf?.(event.id) ?? []);
    if (event.id === options.readUpTo) readPassed = true;
  }
  return items;
}

/** Whether it belongs to the thread, or to the main timeline when there is none. */
function standsIn(threadId: string | undefined, event: TimelineEvent): boolean {
  return threadId ? event.id === threadId || event.threadRoot === threadId : event.threadRoot === undefined;
}

function showsAs(event: TimelineEvent): 'message' | 'notice' | undefined {
  if (event.type === 'm.room.message' || event.type === 'm.sticker' || event.type === 'm.room.encrypted') {
    return relationOf(event.content).relType === 'm.replace' ? undefined : 'message';
  }
  if (!isNotice(event) || event.redactedBy) return undefined;
  if (event.type === 'm.room.member' && !changesMembership(event)) return undefined;
  return 'notice';
}

const CREATION_MS = 10_000;

/** The first name, topic and member of a room are part of its creation, which has its own line. */
function belongsToCreation(event: TimelineEvent, creation: TimelineEvent | undefined): boolean {
  if (!creation || event.sender !== creation.sender || event.ts - creation.ts > CREATION_MS) return false;
  if (Object.keys(event.previousContent).length > 0) return false;
  if (event.type === 'm.room.member') return event.stateKey === creation.sender;
  return event.type === 'm.room.name' || event.type === 'm.room.topic';
}

function changesMembership(event: TimelineEvent): boolean {
  return (
    event.content.membership !== event.previousContent.membership ||
    event.content.displayname !== event.previousContent.displayname
  );
}

/** Quiet lines that follow each other stand together. */
function pushNotice(items: TimelineItem[], event: TimelineEvent): void {
  const last = items.at(-1);
  if (last?.kind === 'notice') items[items.length - 1] = { ...last, events: [...last.events, event] };
  else items.push({ kind: 'notice', key: event.key, events: [event] });
}

/** What is not shown as a message counts as read with the message before it. */
function addReaders(items: TimelineItem[], readers: readonly string[]): void {
  if (readers.length === 0) return;
  const at = items.findLastIndex((item) => item.kind === 'message');
  const item = items[at];
  if (item?.kind === 'message') items[at] = { ...item, readers: [...item.readers, ...readers] };
}

function continuesGroup(last: TimelineItem | undefined, event: TimelineEvent): boolean {
  return (
    last?.kind === 'message' &&
    last.event.sender === event.sender &&
    event.ts - last.event.ts < GROUPING_MS &&
    relationOf(event.content).inReplyTo === undefined
  );
}

/** The local day that was asked for last: most events are of the day of the one before. */
let day = { start: 0, end: 0 };

function sameDay(a: number, b: number): boolean {
  if (a < day.start || a >= day.end) {
    const date = new Date(a);
    day = {
      start: new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime(),
      end: new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime(),
    };
  }
  return b >= day.start && b < day.end;
}

/** The newest content of each edited message. Only its author can edit a message. */
function collectEdits(events: readonly TimelineEvent[]): Map<string, JsonObject> {
  const senders = new Map(events.map((event) => [event.id, event.sender]));
  const edits = new Map<string, JsonObject>();
  for (const event of events) {
    const relation = relationOf(event.content);
    if (relation.relType !== 'm.replace' || !relation.eventId || event.redactedBy) continue;
    if (event.send.state === 'failed' || senders.get(relation.eventId) !== event.sender) continue;
    const content = event.content['m.new_content'];
    if (isObject(content)) edits.set(relation.eventId, content);
  }
  return edits;
}

export function collectReactions(
  events: readonly TimelineEvent[],
  myself: string,
): Map<string, ReactionGroup[]> {
  const byTarget = new Map<string, Map<string, { senders: string[]; mine: TimelineEvent | undefined }>>();
  for (const event of events) {
    if (event.type !== 'm.reaction' || event.redactedBy || event.send.state === 'failed') continue;
    const { relType, eventId, key } = relationOf(event.content);
    if (relType !== 'm.annotation' || !eventId || !key) continue;
    const groups = byTarget.get(eventId) ?? new Map();
    byTarget.set(eventId, groups);
    const group = groups.get(key) ?? { senders: [], mine: undefined };
    groups.set(key, group);
    if (group.senders.includes(event.sender)) continue;
    group.senders.push(event.sender);
    if (event.sender === myself) group.mine = event;
  }
  const result = new Map<string, ReactionGroup[]>();
  for (const [target, groups] of byTarget) {
    result.set(
      target,
      [...groups].map(([key, group]) => ({ key, ...group })),
    );
  }
  return result;
}
