import type { Pdu } from '../events/pdu.ts';
import type { EventId } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';

export type StateEvent = { readonly eventId: EventId; readonly pdu: Pdu; readonly rejected: boolean };

/** Keys are made by {@link stateKeyOf}. */
export type StateMap = ReadonlyMap<string, EventId>;

export type ConflictedState = {
  readonly rules: RoomVersionRules;
  /** For each conflicted state key, all events that a state set holds there. */
  readonly conflicted: ReadonlyMap<string, readonly EventId[]>;
  readonly unconflicted: (key: string) => EventId | undefined;
  readonly authDifference: readonly EventId[];
  /** Used by resolution v2.1; may be empty before. */
  readonly conflictedSubgraph: readonly EventId[];
  readonly event: (id: EventId) => StateEvent | undefined;
  readonly createEvent: StateEvent;
};

export type Resolution =
  | { readonly kind: 'resolved'; readonly state: StateMap }
  | { readonly kind: 'missing'; readonly eventIds: readonly EventId[] };

export type StateSets = {
  readonly rules: RoomVersionRules;
  readonly stateSets: readonly StateMap[];
  readonly event: (id: EventId) => StateEvent | undefined;
};

/** The key of a state map: type, NUL, state key. */
export function stateKeyOf(type: string, stateKey: string): string {
  return `${type}\0${stateKey}`;
}

/** Resolves what is in conflict; see the definitions above. */
export function resolveConflicts(input: ConflictedState): Resolution {
  throw new Error(`not yet ${input.rules.id}`);
}

/** Resolves whole state sets, computing conflict, auth difference and subgraph by walking. */
export function resolveStateSets(input: StateSets): Resolution {
  throw new Error(`not yet ${input.rules.id}`);
}
