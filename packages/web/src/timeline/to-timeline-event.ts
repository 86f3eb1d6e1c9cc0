import { EventStatus, type MatrixEvent } from 'matrix-js-sdk';
import { isObject, type JsonObject, text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { relationOf } from './relation.ts';
import type { BundledThread, SendState, TimelineEvent } from './timeline-event.ts';

const keys = new WeakMap<MatrixEvent, string>();
/** By event ID, of messages that were sent here and got their ID later. */
const keysOfSent = new Map<string, string>();

/**
 * The same MatrixEvent object carries a message from its local echo to its confirmation; when a timeline begins
 * anew, another one stands for it.
 */
function keyOf(event: MatrixEvent): string {
  const id = event.getId() ?? '';
  const key = keys.get(event) ?? keysOfSent.get(id) ?? id;
  keys.set(event, key);
  if (key !== id) keysOfSent.set(id, key);
  return key;
}

/** What our server says of a reply in a thread that comes without content, deleted or of an erased account. */
const THREAD_ROOT_FIELD = 'org.causeway.thread_root';

/** What our server says of a message that it gives without content, because its author's account was erased. */
const ERASED_FIELD = 'org.causeway.erased';

/** What our server says of an edit that it gives without content for that reason. */
const REPLACES_FIELD = 'org.causeway.replaces';

/** Whether an event comes without content for that reason, by what the server said with it. */
export const isErased = (unsigned: unknown): boolean => isObject(unsigned) && unsigned[ERASED_FIELD] === true;

/** A deletion takes the relation away; what was seen before stays in its thread. */
const threadRoots = new Map<string, string>();
const MAX_ROOTS_KNOWN = 20_000;

/** The root of the thread that an event belongs to. */
export function threadRootOf(event: MatrixEvent): string | undefined {
  const id = event.getId() ?? '';
  const root =
    relationOf(event.getOriginalContent()).threadRoot ?? text(event.getUnsigned()[THREAD_ROOT_FIELD]);
  if (root && threadRoots.size < MAX_ROOTS_KNOWN) threadRoots.set(id, root);
  return root ?? threadRoots.get(id);
}

const known = new WeakMap<MatrixEvent, { readonly state: string; readonly made: TimelineEvent }>();

/** An event of the SDK as the timeline needs it; made anew only when something about it changed. */
export function toTimelineEvent(event: MatrixEvent): TimelineEvent {
  const redacted = event.isRedacted() || event.localRedactionEvent() !== null;
  const state = `${event.getId()} ${event.status} ${redacted} ${event.isRedacted()}`;
  const before = known.get(event);
  if (before?.state === state) return before.made;
  const made = make(event, redacted);
  known.set(event, { state, made });
  return made;
}

function make(event: MatrixEvent, redacted: boolean): TimelineEvent {
  const redaction = event.getUnsigned().redacted_because;
  return {
    key: keyOf(event),
    id: event.getId() ?? '',
    type: event.getType(),
    sender: event.getSender() ?? '',
    ts: event.getTs(),
    // The original: edits are applied when the timeline is built.
    content: redacted ? {} : contentOf(event),
    previousContent: event.getPrevContent(),
    stateKey: event.getStateKey(),
    redactedBy: redacted
      ? (redaction?.sender ?? event.localRedactionEvent()?.getSender() ?? event.getSender() ?? '')
      : undefined,
    erased: !redacted && isErased(event.getUnsigned()),
    send: sendStateOf(event),
    threadRoot: threadRootOf(event),
    bundledThread: bundledThreadOf(event.getUnsigned()),
  };
}

/** An edit of an erased account stays an edit, so that it is no message of its own; it changes nothing. */
function contentOf(event: MatrixEvent): JsonObject {
  const replaces = text(event.getUnsigned()[REPLACES_FIELD]);
  if (!replaces) return event.getOriginalContent();
  return { 'm.relates_to': { rel_type: 'm.replace', event_id: replaces } };
}

function sendStateOf(event: MatrixEvent): SendState {
  switch (event.status) {
    case EventStatus.NOT_SENT:
      return { state: 'failed', reason: describeProblem(event.error) };
    case EventStatus.SENDING:
    case EventStatus.QUEUED:
    case EventStatus.ENCRYPTING:
      return { state: 'sending' };
    default:
      return { state: 'sent' };
  }
}

/** https://spec.matrix.org/latest/client-server-api/#server-side-aggregation-of-mthread-relationships */
export function bundledThreadOf(unsigned: unknown): BundledThread | undefined {
  const relations = isObject(unsigned) ? unsigned['m.relations'] : undefined;
  const thread = isObject(relations) ? relations['m.thread'] : undefined;
  if (!isObject(thread) || typeof thread.count !== 'number') return undefined;
  const latest = isObject(thread.latest_event) ? thread.latest_event : {};
  const id = text(latest.event_id);
  const ts = latest.origin_server_ts;
  return {
    count: thread.count,
    latest: id && typeof ts === 'number' ? { id, ts, sender: text(latest.sender) ?? '' } : undefined,
  };
}
