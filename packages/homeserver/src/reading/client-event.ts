/**
 * Events as clients get them.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#room-event-format
 */
import { type EventId, isJsonObject, type JsonObject, type JsonValue, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { transactionIdOf } from '../rooms/client-transaction.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { clientTransactions, type RoomRow, redactedReplies } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { bundledRelations } from './bundled-relations.ts';
import { withoutContent, withoutName } from './erased.ts';
import { readMembership, type Viewer } from './viewer.ts';
import type { VisibilityTest } from './visible-events.ts';

/** An event in client format. `room_id` is left out where the answer implies it. */
export type ClientEvent = {
  readonly event_id: EventId;
  readonly type: string;
  readonly sender: UserId;
  readonly origin_server_ts: number;
  readonly content: JsonObject;
  readonly state_key?: string;
  readonly room_id?: string;
  readonly redacts?: string;
  readonly unsigned?: { readonly [key: string]: JsonValue };
};

/** Ours: in `unsigned` of a reply of a thread that comes without content, the thread that it stands in. */
const THREAD_ROOT_FIELD = 'org.causeway.thread_root';

/** Ours: in `unsigned` of a message that is shown without content, because its sender's account was erased. */
const ERASED_FIELD = 'org.causeway.erased';

/** Ours: in `unsigned` of an edit that is shown without content, what it edits: it is no message of its own. */
const REPLACES_FIELD = 'org.causeway.replaces';

/** What is shown with an event beyond itself. */
export type Presentation = {
  readonly viewer: Viewer;
  readonly room: RoomRow;
  readonly visibility: VisibilityTest;
  readonly withRoomId: boolean;
  /** Whether to sum up edits, threads and references. */
  readonly withRelations: boolean;
};

/** The event alone: for state sections, and as a part of others. */
export const plainEvent = (event: StoredEvent, roomId?: string): ClientEvent => {
  const { pdu } = event;
  const redacts = pdu.type === 'm.room.redaction' ? (pdu.redacts ?? pdu.content.redacts) : undefined;
  const redaction = typeof redacts === 'string' ? redacts : undefined;
  return {
    event_id: event.eventId,
    type: pdu.type,
    sender: pdu.sender,
    origin_server_ts: pdu.origin_server_ts,
    // The specification wants `redacts` in both places, whatever the room version.
    content: redaction === undefined ? pdu.content : { ...pdu.content, redacts: redaction },
    ...(pdu.state_key === undefined ? {} : { state_key: pdu.state_key }),
    ...(roomId === undefined ? {} : { room_id: roomId }),
    ...(redaction === undefined ? {} : { redacts: redaction }),
  };
};

/** A state event with its age. */
export const stateSectionEvent = (engine: Engine, event: StoredEvent, roomId?: string): ClientEvent => ({
  ...plainEvent(withoutName(engine, event), roomId),
  unsigned: { age: engine.clock.now() - event.pdu.origin_server_ts },
});

/** The event with everything that `unsigned` says to this viewer. */
export const clientEvent = async (
  engine: Engine,
  reader: StoreReader,
  stored: StoredEvent,
  shown: Presentation,
): Promise<ClientEvent> => {
  const isErased = await shown.visibility.isErased(stored);
  const event = isErased ? withoutContent(shown.room, stored) : withoutName(engine, stored);
  const roomId = shown.withRoomId ? shown.room.room_id : undefined;
  const unsigned: { [key: string]: JsonValue } = {
    age: engine.clock.now() - event.pdu.origin_server_ts,
    membership: await membershipAt(event, shown),
  };
  if (isErased) Object.assign(unsigned, placeOfErased(stored));
  Object.assign(unsigned, await replacedState(engine, reader, event, shown));
  const transactionId = await ownTransactionId(reader, event, shown.viewer);
  if (transactionId !== undefined) unsigned.transaction_id = transactionId;
  if (event.redactedBy !== null) {
    const redaction = await engine.events.byId(reader, event.redactedBy);
    if (redaction !== undefined) unsigned.redacted_because = plainEvent(redaction, roomId);
    const reply = await reader.get(redactedReplies, { event_nid: event.eventNid });
    if (reply !== undefined) unsigned[THREAD_ROOT_FIELD] = reply.thread_root;
  }
  if (shown.withRelations && event.pdu.state_key === undefined && event.redactedBy === null) {
    const relations = await bundledRelations(engine, reader, event, shown);
    if (relations !== undefined) unsigned['m.relations'] = relations;
  }
  return { ...plainEvent(event, roomId), unsigned };
};

export const clientEvents = async (
  engine: Engine,
  reader: StoreReader,
  events: readonly StoredEvent[],
  shown: Presentation,
): Promise<readonly ClientEvent[]> => {
  const shaped: ClientEvent[] = [];
  for (const event of events) shaped.push(await clientEvent(engine, reader, event, shown));
  return shaped;
};

/** What stays of the relation of a message without content, so that it stands where it stood. */
const placeOfErased = ({ pdu }: StoredEvent): { readonly [key: string]: JsonValue } => {
  const { relType, eventId } = relationOf(pdu.content) ?? {};
  return {
    [ERASED_FIELD]: true,
    ...(eventId !== undefined && relType === 'm.replace' ? { [REPLACES_FIELD]: eventId } : {}),
    ...(eventId !== undefined && relType === 'm.thread' ? { [THREAD_ROOT_FIELD]: eventId } : {}),
  };
};

const membershipAt = async (event: StoredEvent, shown: Presentation): Promise<string> => {
  const { pdu } = event;
  if (pdu.type === 'm.room.member' && pdu.state_key === shown.viewer.userId) {
    return readMembership(pdu.content.membership);
  }
  return (await shown.visibility.membershipBefore(event)) ?? 'leave';
};

const replacedState = async (
  engine: Engine,
  reader: StoreReader,
  event: StoredEvent,
  shown: Presentation,
): Promise<{ readonly [key: string]: JsonValue }> => {
  if (event.stateKeyNid === null || event.stateBefore === null) return {};
  const nid = await engine.states.get(reader, event.roomNid, event.stateBefore, event.stateKeyNid);
  if (nid === undefined || nid === event.eventNid) return {};
  const replaced = await engine.events.byNid(reader, nid);
  const mayBeSeen = replaced.position !== null && (await shown.visibility.canSee(replaced));
  return {
    replaces_state: replaced.eventId,
    prev_sender: replaced.pdu.sender,
    ...(mayBeSeen ? { prev_content: withoutName(engine, replaced).pdu.content } : {}),
  };
};

/** @see https://spec.matrix.org/v1.19/client-server-api/#transaction-identifiers */
const ownTransactionId = async (
  reader: StoreReader,
  event: StoredEvent,
  viewer: Viewer,
): Promise<string | undefined> => {
  if (event.pdu.sender !== viewer.userId) return undefined;
  const row = await reader.first(clientTransactions, {
    index: 'by_event',
    where: { event_id: event.eventId },
  });
  return row !== undefined && row.user_nid === viewer.userNid && row.device_id === viewer.deviceId
    ? transactionIdOf(row.txn_id)
    : undefined;
};

/** The relation that an event declares, if it is well-formed. */
export const relationOf = (
  content: JsonObject,
): { readonly relType: string; readonly eventId: string } | undefined => {
  const relation = content['m.relates_to'];
  if (!isJsonObject(relation)) return undefined;
  const { rel_type: relType, event_id: eventId } = relation;
  return typeof relType === 'string' && typeof eventId === 'string' ? { relType, eventId } : undefined;
};
