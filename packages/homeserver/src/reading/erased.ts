/**
 * What people left whose account was erased: who comes later gets their messages without content, and nobody gets their
 * names from their memberships.
 */
import { type Pdu, redact, type RoomVersionRules } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { rulesOf } from '../rooms/current-state.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import type { RoomRow } from '../store/schema.ts';

/**
 * The stream position at which an event's sender was erased; undefined for everybody else's. The state of a room is
 * everybody's: its name does not go with who chose it.
 */
export const erasedAt = (engine: Engine, event: StoredEvent): number | undefined =>
  event.stateKeyNid === null && event.pdu.state_key === undefined
    ? engine.erased.get(event.pdu.sender)
    : undefined;

export const withoutContent = (room: RoomRow, event: StoredEvent): StoredEvent => ({
  ...event,
  pdu: redact(rulesOf(room), event.pdu),
});

/** An event for a client: a membership of somebody erased is told without their name and picture. */
export const withoutName = (engine: Engine, event: StoredEvent): StoredEvent => {
  if (!isOfErased(engine, event.pdu)) return event;
  const { displayname: _name, avatar_url: _picture, ...content } = event.pdu.content;
  return { ...event, pdu: { ...event.pdu, content } };
};

/**
 * The same for another server, which takes it as redacted, for its hash fits no more. In old room versions a redaction takes
 * more than that from a few memberships, without which others would not be allowed: these are told as they are.
 */
export const namelessPdu = (engine: Engine, rules: RoomVersionRules, pdu: Pdu): Pdu => {
  if (!isOfErased(engine, pdu)) return pdu;
  const redacted = redact(rules, pdu);
  const isAllowedBy = ['join_authorised_via_users_server', 'third_party_invite'];
  return isAllowedBy.some((field) => field in pdu.content && !(field in redacted.content)) ? pdu : redacted;
};

const isOfErased = (engine: Engine, { type, state_key }: Pdu): boolean =>
  type === 'm.room.member' && state_key !== undefined && engine.erased.has(state_key);
