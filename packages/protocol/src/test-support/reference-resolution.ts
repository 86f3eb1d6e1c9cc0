/**
 * State resolution once more, written from the specification's words as plainly as possible and without regard to
 * speed, to compare the real one with.
 */
import { authTypesFor } from '../auth/auth-events-selection.ts';
import { authorizeEvent } from '../auth/authorize-event.ts';
import { powerLevelOf } from '../auth/power-levels.ts';
import { authEventIds } from '../events/event-references.ts';
import type { EventId } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { type StateEvent, type StateMap, stateKeyOf } from '../state-resolution/state-map.ts';
import type { TestRoom } from './room.ts';
import { present } from './vectors.ts';

export function resolveByTheBook(room: TestRoom, stateSets: readonly StateMap[]): StateMap {
  return new Book(room).resolve(stateSets);
}

class Book {
  readonly #room: TestRoom;
  readonly #rules: RoomVersionRules;

  constructor(room: TestRoom) {
    this.#room = room;
    this.#rules = room.rules;
  }

  resolve(stateSets: readonly StateMap[]): StateMap {
    const startsEmpty = this.#rules.id === '12';
    const keys = new Set(stateSets.flatMap((state) => [...state.keys()]));
    const unconflicted = new Map<string, EventId>();
    const conflicted = new Set<EventId>();
    for (const key of keys) {
      const values = new Set(stateSets.map((state) => state.get(key)));
      const [only] = values;
      if (values.size === 1 && only !== undefined) unconflicted.set(key, only);
      else for (const id of values) if (id !== undefined) conflicted.add(id);
    }
    const full = new Set([...conflicted, ...this.authDifference(stateSets)]);
    for (const id of unconflicted.values()) full.delete(id);
    if (startsEmpty) for (const id of this.subgraph(conflicted)) full.add(id);

    const chosen = new Set<EventId>();
    const choose = (id: EventId): void => {
      if (!full.has(id) || chosen.has(id)) return;
      chosen.add(id);
      authEventIds(this.#get(id).pdu).forEach(choose);
    };
    for (const id of full) if (this.isPowerEvent(this.#get(id))) choose(id);
    const initial = startsEmpty ? new Map<string, EventId>() : unconflicted;
    const partial = this.iterate(initial, this.byPower(chosen));
    const rest = [...full].filter((id) => !chosen.has(id));
    const result = this.iterate(
      partial,
      this.byMainline(partial.get(stateKeyOf('m.room.power_levels', '')), rest),
    );
    return new Map([...result, ...unconflicted]);
  }

  isPowerEvent({ pdu }: StateEvent): boolean {
    return (
      ['m.room.power_levels', 'm.room.join_rules'].includes(pdu.type) ||
      (pdu.type === 'm.room.member' &&
        ['leave', 'ban'].includes(String(pdu.content.membership)) &&
        pdu.sender !== pdu.state_key)
    );
  }

  chain(id: EventId): Set<EventId> {
    const chain = new Set<EventId>();
    for (const auth of authEventIds(this.#get(id).pdu)) {
      chain.add(auth);
      for (const deeper of this.chain(auth)) chain.add(deeper);
    }
    return chain;
  }

  authDifference(stateSets: readonly StateMap[]): readonly EventId[] {
    const chains = stateSets.map(
      (state) => new Set([...state.values()].flatMap((id) => [...this.chain(id)])),
    );
    const all = new Set(chains.flatMap((chain) => [...chain]));
    return [...all].filter((id) => !chains.every((chain) => chain.has(id)));
  }

  /** Every event of every path from a conflicted event to a conflicted event. */
  subgraph(conflicted: ReadonlySet<EventId>): ReadonlySet<EventId> {
    const found = new Set<EventId>();
    const walk = (path: readonly EventId[]): void => {
      const last = present(path.at(-1));
      if (conflicted.has(last)) for (const id of path) found.add(id);
      for (const auth of authEventIds(this.#get(last).pdu)) walk([...path, auth]);
    };
    for (const id of conflicted) walk([id]);
    return found;
  }

  byPower(ids: ReadonlySet<EventId>): readonly EventId[] {
    const left = new Set(ids);
    const sorted: EventId[] = [];
    while (left.size > 0) {
      const candidates = [...left].filter(
        (id) => !authEventIds(this.#get(id).pdu).some((auth) => left.has(auth)),
      );
      candidates.sort((x, y) => this.level(y) - this.level(x) || this.byTimeAndId(x, y));
      const next = present(candidates[0]);
      sorted.push(next);
      left.delete(next);
    }
    return sorted;
  }

  byMainline(start: EventId | undefined, ids: readonly EventId[]): readonly EventId[] {
    const mainline: EventId[] = [];
    for (let id = start; id !== undefined; id = this.powerLevelsCitedBy(id)) mainline.push(id);
    const position = (event: EventId): number => {
      for (let id = this.powerLevelsCitedBy(event); id !== undefined; id = this.powerLevelsCitedBy(id)) {
        if (mainline.includes(id)) return mainline.indexOf(id);
      }
      return 1_000_000;
    };
    return [...ids].sort((x, y) => position(y) - position(x) || this.byTimeAndId(x, y));
  }

  iterate(initial: StateMap, ids: readonly EventId[]): Map<string, EventId> {
    const state = new Map(initial);
    for (const id of ids) {
      const { pdu } = this.#get(id);
      const view = new Map<string, StateEvent>();
      for (const auth of authEventIds(pdu).map((authId) => this.#get(authId))) view.set(keyOf(auth), auth);
      for (const [type, stateKey] of authTypesFor(this.#rules, pdu)) {
        const current = state.get(stateKeyOf(type, stateKey));
        if (current !== undefined) view.set(stateKeyOf(type, stateKey), this.#get(current));
      }
      const context = { createEvent: this.#room.create.pdu, roomId: this.#room.roomId };
      const look = (type: string, stateKey: string) => view.get(stateKeyOf(type, stateKey))?.pdu;
      if (authorizeEvent(this.#rules, pdu, look, context).allowed) state.set(keyOf(this.#get(id)), id);
    }
    return state;
  }

  level(id: EventId): number {
    const cited = this.powerLevelsCitedBy(id);
    const powerLevels = cited === undefined ? undefined : this.#get(cited).pdu;
    const level = powerLevelOf(this.#rules, this.#room.create.pdu, powerLevels, this.#get(id).pdu.sender);
    return Math.min(Number(level), Number.MAX_SAFE_INTEGER);
  }

  powerLevelsCitedBy(id: EventId): EventId | undefined {
    return authEventIds(this.#get(id).pdu).find((auth) => this.#get(auth).pdu.type === 'm.room.power_levels');
  }

  byTimeAndId(x: EventId, y: EventId): number {
    const difference = this.#get(x).pdu.origin_server_ts - this.#get(y).pdu.origin_server_ts;
    return difference || Buffer.compare(Buffer.from(x), Buffer.from(y));
  }

  #get(id: EventId): StateEvent {
    return present(this.#room.event(id));
  }
}

function keyOf({ pdu }: StateEvent): string {
  return stateKeyOf(pdu.type, present(pdu.state_key));
}
