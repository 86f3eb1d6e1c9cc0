import { EventStatus, type MatrixEvent } from 'matrix-js-sdk';
import { isObject, text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { relationOf } from './relation.ts';
import type { BundledThread, SendState, TimelineEvent } from './timeline-event.ts';

const keys = new WeakMap<MatrixEvent, string>();
let nextKey = 1;

/** The same MatrixEvent object carries a message from its local echo to its confirmation. */
function keyOf(event: MatrixEvent): string {
  const key = keys.get(event) ?? `event-${nextKey++}`;
  keys.set(event, key);
  return key;
}

/** A deletion takes the relation away; what was seen before stays in its thread. */
const threadRoots = new Map<string, string>();
const MAX_ROOTS_KNOWN = 20_000;

/** The root of the thread that an event belongs to. */
export function threadRootOf(event: MatrixEvent): string | undefined {
  const id = event.getId() ?? '';
  const root = relationOf(event.getOriginalContent()).threadRoot;
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
    content: redacted ? {} : event.getOriginalContent(),
    previousContent: event.getPrevContent(),
    stateKey: event.getStateKey(),
    redactedBy: redacted
      ? (redaction?.sender ?? event.localRedactionEvent()?.getSender() ?? event.getSender() ?? '')
      : undefined,
    send: sendStateOf(event),
    threadRoot: threadRootOf(event),
    bundledThread: bundledThreadOf(event.getUnsigned()),
  };
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
