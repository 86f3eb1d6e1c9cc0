/**
 * Edits, threads and references, summed up on the event that they point at.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#aggregations-of-child-events
 */
import { isJsonObject, type JsonValue } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { relations } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { clientEvent, type Presentation, relationOf } from './client-event.ts';
import type { VisibilityTest } from './visible-events.ts';

/** Children looked at when the newest ones do not count (redacted, invalid, hidden). */
const MAX_LOOKED_AT = 50;

/** References listed on an event. */
const MAX_REFERENCES = 100;

export const bundledRelations = async (
  engine: Engine,
  reader: StoreReader,
  event: StoredEvent,
  shown: Presentation,
): Promise<{ readonly [relType: string]: JsonValue } | undefined> => {
  const any = await reader.first(relations, {
    where: { room_nid: event.roomNid, target_event_id: event.eventId },
  });
  if (any === undefined) return undefined;
  const edit = await latestEdit(engine, reader, event, shown);
  const thread = await threadSummary(engine, reader, event, shown);
  const references = await referenceChunk(engine, reader, event, shown);
  if (edit === undefined && thread === undefined && references === undefined) return undefined;
  return {
    ...(edit === undefined ? {} : { 'm.replace': edit }),
    ...(thread === undefined ? {} : { 'm.thread': thread }),
    ...(references === undefined ? {} : { 'm.reference': references }),
  };
};

const children = async (
  engine: Engine,
  reader: StoreReader,
  event: StoredEvent,
  relType: string,
  range: { readonly reverse: boolean; readonly limit: number },
): Promise<readonly StoredEvent[]> => {
  const rows = await reader.scan(relations, {
    index: 'by_type',
    where: { room_nid: event.roomNid, target_event_id: event.eventId, rel_type: relType },
    ...range,
  });
  return engine.events.many(
    reader,
    rows.map((row) => row.event_nid),
  );
};

/**
 * The newest valid replacement: same sender, same type, neither a state event, the original not itself an
 * edit, and with new content unless it is encrypted.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#validity-of-replacement-events
 */
const latestEdit = async (
  engine: Engine,
  reader: StoreReader,
  event: StoredEvent,
  shown: Presentation,
): Promise<JsonValue | undefined> => {
  const newest = await newestEdit(engine, reader, event, shown.visibility);
  return newest && clientEvent(engine, reader, newest, { ...shown, withRelations: false });
};

/** The edit that shows what an event says today, of those that somebody may see. */
export const newestEdit = async (
  engine: Engine,
  reader: StoreReader,
  event: StoredEvent,
  visibility: VisibilityTest,
): Promise<StoredEvent | undefined> => {
  if (relationOf(event.pdu.content)?.relType === 'm.replace') return undefined;
  const edits = await children(engine, reader, event, 'm.replace', { reverse: true, limit: MAX_LOOKED_AT });
  let newest: StoredEvent | undefined;
  for (const edit of edits) {
    if (!isValidEdit(event, edit) || !(await visibility.canSee(edit))) continue;
    if (await visibility.isErased(edit)) continue;
    if (newest === undefined || isNewer(edit, newest)) newest = edit;
  }
  return newest;
};

const isValidEdit = (original: StoredEvent, edit: StoredEvent): boolean =>
  edit.redactedBy === null &&
  edit.pdu.sender === original.pdu.sender &&
  edit.pdu.type === original.pdu.type &&
  edit.pdu.state_key === undefined &&
  (isJsonObject(edit.pdu.content['m.new_content']) || edit.pdu.type === 'm.room.encrypted');

/** By the origin's clock, then by event ID, as the specification orders replacements. */
const isNewer = (a: StoredEvent, b: StoredEvent): boolean =>
  a.pdu.origin_server_ts === b.pdu.origin_server_ts
    ? a.eventId > b.eventId
    : a.pdu.origin_server_ts > b.pdu.origin_server_ts;

const threadSummary = async (
  engine: Engine,
  reader: StoreReader,
  root: StoredEvent,
  shown: Presentation,
): Promise<JsonValue | undefined> => {
  // A thread cannot start from an event that is itself related to another.
  if (relationOf(root.pdu.content) !== undefined) return undefined;
  const where = { room_nid: root.roomNid, target_event_id: root.eventId, rel_type: 'm.thread' };
  const rows = await reader.scan(relations, { index: 'by_type', where, reverse: true });
  let latest: StoredEvent | undefined;
  let count = 0;
  let participated = root.pdu.sender === shown.viewer.userId;
  for (const row of rows) {
    const event = await engine.events.byNid(reader, row.event_nid);
    if (event.redactedBy !== null || !(await shown.visibility.canSee(event))) continue;
    latest ??= event;
    count += 1;
    participated ||= event.pdu.sender === shown.viewer.userId;
  }
  if (latest === undefined) return undefined;
  return {
    latest_event: await clientEvent(engine, reader, latest, { ...shown, withRelations: true }),
    count,
    current_user_participated: participated,
  };
};

/** @see https://spec.matrix.org/v1.19/client-server-api/#reference-relations */
const referenceChunk = async (
  engine: Engine,
  reader: StoreReader,
  event: StoredEvent,
  shown: Presentation,
): Promise<JsonValue | undefined> => {
  const events = await children(engine, reader, event, 'm.reference', {
    reverse: false,
    limit: MAX_REFERENCES,
  });
  const chunk: JsonValue[] = [];
  for (const child of events) {
    if (child.redactedBy === null && (await shown.visibility.canSee(child)))
      chunk.push({ event_id: child.eventId });
  }
  return chunk.length === 0 ? undefined : { chunk };
};
