/** Hashes and signs an event of ours; where its author chooses its ID, it gets one. */
import { randomBytes } from 'node:crypto';
import {
  type EventId,
  hashAndSignEvent,
  type Pdu,
  parseEventId,
  type RoomVersionRules,
  type UnsignedPdu,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';

export const signOwn = (
  engine: Engine,
  rules: RoomVersionRules,
  event: UnsignedPdu,
): { readonly pdu: Pdu; readonly eventId: EventId } => {
  const isNamed = rules.eventIdFormat === 'sender-chosen' && event.event_id === undefined;
  const named = isNamed ? { ...event, event_id: newEventId(engine) } : event;
  return hashAndSignEvent(rules, named, engine.serverName, engine.signingKey);
};

/** @see https://spec.matrix.org/v1.19/rooms/v1/#event-ids */
const newEventId = ({ serverName }: Engine): EventId => {
  const eventId = parseEventId(`$${randomBytes(18).toString('base64url')}:${serverName}`);
  if (eventId === undefined) throw new Error(`no event ID can be made with ${serverName}`);
  return eventId;
};
