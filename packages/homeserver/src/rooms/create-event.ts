/** Makes an event of ours: parents, auth events, depth, hash, signature. */
import {
  type EventId,
  hashAndSignEvent,
  type JsonObject,
  type Pdu,
  type UnsignedPdu,
  type UserId,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { optional } from '../optional-field.ts';
import { forwardExtremities, type RoomRow } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { selectAuthEvents } from './authorize-event.ts';
import { rulesOf } from './current-state.ts';
import type { StoredEvent } from './event-cache.ts';
import { stateAfterAll } from './state-before-event.ts';
import type { StateRoot } from './state-map.ts';

/** Parents named by one event of ours; older extremities wait for the next. The limit on receipt is 20. */
const MAX_PARENTS = 10;
/** Largest depth of room versions 6 and later. */
const MAX_DEPTH = Number.MAX_SAFE_INTEGER;

export type EventTemplate = {
  readonly sender: UserId;
  readonly type: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
  /** For redactions in room versions that keep it beside the content. */
  readonly redacts?: EventId;
};

export type DraftedEvent = {
  readonly draft: UnsignedPdu;
  readonly authEvents: readonly StoredEvent[];
  readonly parents: readonly StoredEvent[];
  readonly stateBefore: StateRoot;
};

export type CreatedEvent = Omit<DraftedEvent, 'draft'> & { readonly pdu: Pdu; readonly eventId: EventId };

export const createEvent = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  template: EventTemplate,
): Promise<CreatedEvent> => {
  const { draft, ...graph } = await draftEvent(engine, tx, room, template);
  return { ...hashAndSignEvent(rulesOf(room), draft, engine.serverName, engine.signingKey), ...graph };
};

/** The event without hash and signature, as another server gets it from make_join and the like. */
export const draftEvent = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  template: EventTemplate,
): Promise<DraftedEvent> => {
  const parents = await newestExtremities(engine, tx, room);
  const stateBefore = parents.length === 0 ? room.state_root : await stateAfterAll(engine, tx, room, parents);
  const subject = {
    type: template.type,
    sender: template.sender,
    content: template.content,
    ...optional('state_key', template.stateKey),
  };
  const authEvents = await selectAuthEvents(engine, tx, room, subject, stateBefore);
  const withoutRoomId = template.type === 'm.room.create' && rulesOf(room).roomIdIsCreateHash;
  const draft: UnsignedPdu = {
    ...subject,
    ...optional('room_id', withoutRoomId ? undefined : room.room_id),
    ...optional('redacts', template.redacts),
    depth: Math.min(Math.max(0, ...parents.map((parent) => parent.pdu.depth)) + 1, MAX_DEPTH),
    origin_server_ts: engine.clock.now(),
    prev_events: parents.map((parent) => parent.eventId),
    auth_events: authEvents.map((event) => event.eventId),
  };
  return { draft, authEvents, parents, stateBefore };
};

const newestExtremities = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
): Promise<readonly StoredEvent[]> => {
  const rows = await tx.scan(forwardExtremities, {
    where: { room_nid: room.room_nid },
    reverse: true,
    limit: MAX_PARENTS,
  });
  return engine.events.many(
    tx,
    rows.map((row) => row.event_nid),
  );
};
