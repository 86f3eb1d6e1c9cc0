/**
 * The mainline ordering.
 *
 * ```text
 * P0 (power levels of the partially resolved state)
 *  └─ P1 ─ P2 ─ ... ─ Pn     each cites the next: the mainline, positions 0 to n
 *      └─ Q ─ e              e cites Q, Q cites P1: the mainline position of e is 1
 * ```
 *
 * @see https://spec.matrix.org/v1.19/rooms/v2/#definitions
 */
import { authEventIds } from '../events/event-references.ts';
import type { EventId } from '../identifiers/identifiers.ts';
import { type ConflictedEvent, citedPowerLevels, compareByTimeAndId } from './conflicted-event.ts';
import type { StateEvent } from './state-map.ts';
import { type Steps, sortInSteps } from './steps.ts';

export type MainlineOrder =
  | { readonly kind: 'sorted'; readonly events: readonly ConflictedEvent[] }
  | { readonly kind: 'missing'; readonly eventIds: readonly EventId[] };

/** Sorts events by the mainline of `powerLevels`, from smallest to largest. */
export function* sortByMainline(
  powerLevels: StateEvent | undefined,
  events: readonly ConflictedEvent[],
  lookUp: (id: EventId) => StateEvent | undefined,
): Steps<MainlineOrder> {
  const mainline = new Mainline(lookUp);
  yield* mainline.startFrom(powerLevels);
  const positioned: { readonly event: ConflictedEvent; readonly position: number }[] = [];
  for (const event of events) {
    positioned.push({ event, position: yield* mainline.positionOf(event.authEvents) });
    yield;
  }
  if (mainline.missing.size > 0) return { kind: 'missing', eventIds: [...mainline.missing] };
  const sorted = yield* sortInSteps(positioned, (x, y) => {
    // "the mainline position of x is greater than the mainline position of y", then by time and ID.
    if (x.position !== y.position) return x.position > y.position ? -1 : 1;
    return compareByTimeAndId(x.event, y.event);
  });
  return { kind: 'sorted', events: sorted.map(({ event }) => event) };
}

class Mainline {
  readonly missing = new Set<EventId>();
  readonly #lookUp: (id: EventId) => StateEvent | undefined;
  /** Positions of the mainline, and of all power levels whose position was asked for. */
  readonly #positions = new Map<EventId, number>();

  constructor(lookUp: (id: EventId) => StateEvent | undefined) {
    this.#lookUp = lookUp;
  }

  /**
   * "Starting with i = 0, repeatedly fetch P(i+1), the m.room.power_levels event in the auth_events of P(i)."
   */
  *startFrom(powerLevels: StateEvent | undefined): Steps<void> {
    let next = powerLevels;
    while (next !== undefined && !this.#positions.has(next.eventId)) {
      yield;
      this.#positions.set(next.eventId, this.#positions.size);
      next = citedPowerLevels(this.#authEventsOf(next));
    }
  }

  /**
   * "Find the smallest index j ≥ 1 for which e(j) belongs to the mainline of P. If such a j exists, then
   * e(j) = P(i) for some unique index i ≥ 0. Otherwise set i = ∞."
   */
  *positionOf(authEvents: readonly StateEvent[]): Steps<number> {
    const passed: EventId[] = [];
    let position = Infinity;
    for (let next = citedPowerLevels(authEvents); next !== undefined; ) {
      const known = this.#positions.get(next.eventId);
      if (known !== undefined) {
        position = known;
        break;
      }
      yield;
      passed.push(next.eventId);
      // Until the walk ends, so that it ends even on a cycle.
      this.#positions.set(next.eventId, Infinity);
      next = citedPowerLevels(this.#authEventsOf(next));
    }
    for (const id of passed) this.#positions.set(id, position);
    return position;
  }

  #authEventsOf(event: StateEvent): readonly StateEvent[] {
    const found: StateEvent[] = [];
    for (const id of authEventIds(event.pdu)) {
      const authEvent = this.#lookUp(id);
      if (authEvent === undefined) this.missing.add(id);
      else found.push(authEvent);
    }
    return found;
  }
}
