import type { JsonValue } from '../json/json-value.ts';

export type HistoryVisibility = 'world_readable' | 'shared' | 'invited' | 'joined';
export type Membership = 'join' | 'invite' | 'leave' | 'ban' | 'knock';

/** Reads `content.history_visibility` of the state event; anything else is `shared`. */
export function parseHistoryVisibility(value: JsonValue | undefined): HistoryVisibility {
  throw new Error(`not yet ${typeof value}`);
}

/** Whether a user may see an event. */
export function canUserSeeEvent(input: {
  /** Visibility in the state at the event. */
  readonly visibility: HistoryVisibility;
  /** The user's membership in the state at the event. */
  readonly membership: Membership | undefined;
  /** Whether the user joined the room at any time after the event. */
  readonly joinedLater: boolean;
  /** When the event is itself a change of visibility: the value before it. */
  readonly previousVisibility?: HistoryVisibility;
  /** When the event is the user's own membership: the membership before it. */
  readonly previousMembership?: Membership | undefined;
}): boolean {
  throw new Error(`not yet ${input.visibility}`);
}

/** Whether a server may see an event, given the memberships of its users. */
export function canServerSeeEvent(input: {
  readonly visibility: HistoryVisibility;
  /** Memberships of the server's users in the state at the event. */
  readonly memberships: Iterable<Membership>;
  /** Whether a user of the server joined at any time after the event. */
  readonly joinedLater: boolean;
}): boolean {
  throw new Error(`not yet ${input.visibility}`);
}
