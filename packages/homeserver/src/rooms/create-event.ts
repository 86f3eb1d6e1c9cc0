/** Makes an event of ours: parents, auth events, depth, hash, signature. */
import {
  type EventId,
  type JsonObject,
  type Pdu,
  type UnsignedPdu,
  type UserId,
  depthOf,
  referenceTo,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { optional } from '../optional-field.ts';
import { forwardExtremities, type RoomRow } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { selectAuthEvents } from './authorize-event.ts';
import { rulesOf } from './current-state.ts';
import type { StoredEvent } from './event-cache.ts';
import { isUnresolved, type Unresolved } from './resolutions.ts';
import { stateAfterAll } from './state-before-event.ts';
import { signOwn } from './sign-own.ts';
import type { StateRoot } from './state-map.ts';

/** Parents named by one event of ours; older extremities wait for the next. The limit on receipt is 20. */
const MAX_PARENTS = 10;
/** Largest depth of room versions 6 and later; before, more is accepted. */
const MAX_DEPTH = Number.MAX_SAFE_INTEGER;

/** What an author says of an event; everything else follows from the room. */
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
): Promise<CreatedEvent | Unresolved> => {
  const drafted = await draftEvent(engine, tx, room, template);
  if (isUnresolved(drafted)) return drafted;
  const { draft, ...graph } = drafted;
  return { ...signOwn(engine, rulesOf(room), draft), ...graph };
};

/** The event without hash and signature, as another server gets it from make_join and the like. */
export const draftEvent = async (
  engine: Engine,
  tx: StoreTx,
  room: RoomRow,
  template: EventTemplate,
): Promise<DraftedEvent | Unresolved> => {
  const parents = await newestExtremities(engine, tx, room);
  const stateBefore = parents.length === 0 ? room.state_root : await stateAfterAll(engine, tx, room, parents);
  if (isUnresolved(stateBefore)) return stateBefore;
  const subject = {
    type: template.type,
    sender: template.sender,
    content: template.content,
    ...optional('state_key', template.stateKey),
  };
  const authEvents = await selectAuthEvents(engine, tx, room, subject, stateBefore);
  const rules = rulesOf(room);
  const withoutRoomId = template.type === 'm.room.create' && rules.roomIdIsCreateHash;
  const draft: UnsignedPdu = {
    ...subject,
    ...optional('room_id', withoutRoomId ? undefined : room.room_id),
    ...optional('redacts', template.redacts),
    depth: Math.min(Math.max(0, ...parents.map(({ pdu }) => Number(depthOf(pdu)))) + 1, MAX_DEPTH),
    origin_server_ts: engine.clock.now(),
    prev_events: parents.map((parent) => referenceTo(rules, parent)),
    auth_events: authEvents.map((event) => referenceTo(rules, event)),
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
