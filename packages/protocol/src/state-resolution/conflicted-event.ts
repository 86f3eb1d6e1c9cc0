import type { EventId } from '../identifiers/identifiers.ts';
import type { StateEvent } from './state-map.ts';

/** An event of the full conflicted set, with what the orderings and the auth checks need at hand. */
export type ConflictedEvent = StateEvent & {
  readonly key: string;
  /** The events of its `auth_events`. */
  readonly authEvents: readonly StateEvent[];
};

/**
 * Ties end here: by origin_server_ts, then by event ID. IDs compare by code unit, never by locale, or servers in
 * different countries would disagree.
 */
export function compareByTimeAndId(a: StateEvent, b: StateEvent): number {
  const difference = a.pdu.origin_server_ts - b.pdu.origin_server_ts;
  return difference !== 0 ? difference : compareEventIds(a.eventId, b.eventId);
}

export function compareEventIds(a: EventId, b: EventId): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The power levels that an event cites, if any. */
export function citedPowerLevels(authEvents: readonly StateEvent[]): StateEvent | undefined {
  return authEvents.find(({ pdu }) => pdu.type === 'm.room.power_levels' && pdu.state_key === '');
}
