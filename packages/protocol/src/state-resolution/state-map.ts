import type { Pdu } from '../events/pdu.ts';
import type { EventId } from '../identifiers/identifiers.ts';

/** An event as state resolution sees it. */
export type StateEvent = {
  readonly eventId: EventId;
  readonly pdu: Pdu;
  /** Whether it failed the checks on receipt; then it authorises nothing. */
  readonly rejected: boolean;
};

/** A room state. Keys are made by {@link stateKeyOf}. */
export type StateMap = ReadonlyMap<string, EventId>;

/** The key of a state map: type, NUL, state key. */
export function stateKeyOf(type: string, stateKey: string): string {
  return `${type}\0${stateKey}`;
}
