/**
 * Who may see an event.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
 */
import type { JsonValue } from '../json/json-value.ts';

export type HistoryVisibility = 'world_readable' | 'shared' | 'invited' | 'joined';
export type Membership = 'join' | 'invite' | 'leave' | 'ban' | 'knock';

export type UserView = {
  /** Visibility in the state after the event. */
  readonly visibility: HistoryVisibility;
  /** The user's membership in the state after the event; undefined when there is none. */
  readonly membership: Membership | undefined;
  /** Whether the user joined the room at any time after the event. */
  readonly joinedLater: boolean;
  /** When the event is itself a change of visibility: the value before it. */
  readonly previousVisibility?: HistoryVisibility;
  /** When the event is the user's own membership: the membership before it. */
  readonly previousMembership?: Membership | undefined;
};

export type ServerView = {
  /** Visibility in the state after the event. */
  readonly visibility: HistoryVisibility;
  /** When the event is itself a change of visibility: the value before it. */
  readonly previousVisibility?: HistoryVisibility;
  /**
   * Memberships of the server's users in the state after the event; when the event is one's own membership, the
   * one before it as well.
   */
  readonly memberships: Iterable<Membership>;
  /** Whether a user of the server joined the room at any time after the event. */
  readonly joinedLater: boolean;
};

/** Reads `content.history_visibility`; what is absent or not understood is `shared`. */
export function parseHistoryVisibility(value: JsonValue | undefined): HistoryVisibility {
  return value === 'world_readable' || value === 'invited' || value === 'joined' ? value : 'shared';
}

/** Whether a user may see an event. */
export function canUserSeeEvent(view: UserView): boolean {
  // "the user should be allowed to see the event if the history_visibility before or after the event would allow
  // them to see it", and likewise for their own membership.
  const visibilities = [view.visibility, view.previousVisibility ?? view.visibility];
  const memberships = [view.membership, view.previousMembership];
  return visibilities.some((visibility) =>
    memberships.some((membership) => isVisible(visibility, membership, view.joinedLater)),
  );
}

/** Whether a server may see an event: whether one of its users may. */
export function canServerSeeEvent(view: ServerView): boolean {
  const visibilities = [view.visibility, view.previousVisibility ?? view.visibility];
  const memberships = [undefined, ...view.memberships];
  return visibilities.some((visibility) =>
    memberships.some((membership) => isVisible(visibility, membership, view.joinedLater)),
  );
}

function isVisible(
  visibility: HistoryVisibility,
  membership: Membership | undefined,
  joinedLater: boolean,
): boolean {
  // 1. "If the history_visibility was set to world_readable, allow."
  if (visibility === 'world_readable') return true;
  // 2. "If the user's membership was join, allow."
  if (membership === 'join') return true;
  // 3. "If history_visibility was set to shared, and the user joined the room at any point after the event was
  // sent, allow."
  if (visibility === 'shared' && joinedLater) return true;
  // 4. "If the user's membership was invite, and the history_visibility was set to invited, allow."
  // 5. "Otherwise, deny."
  return membership === 'invite' && visibility === 'invited';
}
