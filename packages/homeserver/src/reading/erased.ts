/** Messages of people whose account was erased: who comes later gets them without content. */
import { redact } from '@causeway/protocol';
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
    ? engine.erased.get(event.senderNid)
    : undefined;

export const withoutContent = (room: RoomRow, event: StoredEvent): StoredEvent => ({
  ...event,
  pdu: redact(rulesOf(room), event.pdu),
});
