/**
 * A room grown event by event for tests: each event is authorised by the state before it, with real hashes and
 * event IDs (signatures left out).
 */
import { authTypesFor } from '../auth/auth-events-selection.ts';
import type { AuthVerdict } from '../auth/auth-verdict.ts';
import { authorizeEvent } from '../auth/authorize-event.ts';
import { checkAuthEvents } from '../auth/check-auth-events.ts';
import { contentHash, eventIdOf, roomIdOf } from '../events/event-hashes.ts';
import { authEventIds, depthOf, prevEventIds, referenceTo } from '../events/event-references.ts';
import type { Pdu, UnsignedPdu } from '../events/pdu.ts';
import type { EventId, RoomId } from '../identifiers/identifiers.ts';
import type { JsonObject } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { resolveStateSets } from '../state-resolution/resolve-state-sets.ts';
import { type StateEvent, type StateMap, stateKeyOf } from '../state-resolution/state-map.ts';
import { eventId, roomId, userId } from './identifiers.ts';
import { present } from './vectors.ts';

export type Draft = {
  readonly type: string;
  readonly sender: string;
  readonly content: JsonObject;
  readonly stateKey?: string;
  readonly time?: number;
  /** Otherwise the newest events. */
  readonly after?: readonly EventId[];
};

export class TestRoom {
  readonly rules: RoomVersionRules;
  readonly creator: string;
  readonly roomId: RoomId;
  readonly create: StateEvent;
  /** How many events were made, for IDs. */
  #made = 0;
  readonly #events = new Map<EventId, StateEvent>();
  /** State after each event. */
  readonly #states = new Map<EventId, StateMap>();
  /** Events that no other follows. */
  readonly leaves = new Set<EventId>();

  constructor(rules: RoomVersionRules, creator = '@alice:a.example', content: JsonObject = {}) {
    this.rules = rules;
    this.creator = creator;
    const create = hashed(rules, {
      type: 'm.room.create',
      sender: userId(creator),
      state_key: '',
      content: { room_version: rules.id, ...(rules.creatorIsSender ? {} : { creator }), ...content },
      depth: 1,
      origin_server_ts: 0,
      prev_events: [],
      auth_events: [],
      ...this.#chosenId(creator),
      ...(rules.roomIdIsCreateHash
        ? {}
        : { room_id: roomId(`!room:${creator.slice(creator.indexOf(':') + 1)}`) }),
    });
    this.create = { eventId: eventIdOf(rules, create), pdu: create, rejected: false };
    this.roomId = roomIdOf(rules, create);
    this.#append(this.create, new Map());
  }

  /** Creator joined, public, with power levels that make the creator the only one with power. */
  furnish(joinRule = 'public', powerLevels: JsonObject = {}): this {
    const { creator } = this;
    const users: JsonObject = this.rules.privilegedCreators ? {} : { users: { [creator]: 100 } };
    this.send({ type: 'm.room.member', sender: creator, stateKey: creator, content: { membership: 'join' } });
    this.send({
      type: 'm.room.power_levels',
      sender: creator,
      stateKey: '',
      content: { ...users, ...powerLevels },
    });
    this.send({ type: 'm.room.join_rules', sender: creator, stateKey: '', content: { join_rule: joinRule } });
    return this;
  }

  /** Appends an event; throws when it is not allowed. */
  send(draft: Draft): StateEvent {
    const { event, verdict } = this.attempt(draft);
    if (!verdict.allowed) throw new Error(`${draft.type} of ${draft.sender}: ${verdict.reason}`);
    return event;
  }

  /** Whether an event is allowed; if so, it is appended. */
  attempt(draft: Draft): { readonly event: StateEvent; readonly verdict: AuthVerdict } {
    const after = draft.after ?? [...this.leaves];
    const before = this.stateAfter(after);
    const pdu = this.#build(draft, after, before);
    const event = { eventId: eventIdOf(this.rules, pdu), pdu, rejected: false };
    const verdict = this.authorize(pdu, before);
    if (verdict.allowed) this.#append(event, before);
    return { event, verdict };
  }

  /** The rules about the auth events, and those about the state. */
  authorize(pdu: Pdu, state: StateMap): AuthVerdict {
    const cited = checkAuthEvents(
      this.rules,
      pdu,
      authEventIds(pdu).map((id) => present(this.#events.get(id))),
    );
    if (!cited.allowed) return cited;
    return authorizeEvent(this.rules, pdu, (type, key) => this.#lookUp(state, type, key)?.pdu, {
      createEvent: this.create.pdu,
      roomId: this.roomId,
    });
  }

  event(id: EventId): StateEvent | undefined {
    return this.#events.get(id);
  }

  get events(): readonly StateEvent[] {
    return [...this.#events.values()];
  }

  /** The state after one or several events. */
  stateAfter(ids: readonly EventId[]): StateMap {
    const stateSets = ids.map((id) => present(this.#states.get(id)));
    const [only] = stateSets;
    if (only !== undefined && stateSets.length === 1) return only;
    const resolution = resolveStateSets({
      rules: this.rules,
      stateSets,
      event: (id) => this.#events.get(id),
      createEvent: this.create,
    });
    if (resolution.kind === 'missing') throw new Error('events are missing');
    return resolution.state;
  }

  #lookUp(state: StateMap, type: string, stateKey: string): StateEvent | undefined {
    const id = state.get(stateKeyOf(type, stateKey));
    return id === undefined ? undefined : this.#events.get(id);
  }

  #build(draft: Draft, after: readonly EventId[], state: StateMap): Pdu {
    const subject = {
      type: draft.type,
      sender: userId(draft.sender),
      content: draft.content,
      ...(draft.stateKey === undefined ? {} : { state_key: draft.stateKey }),
    };
    const selected = authTypesFor(this.rules, subject).map(([type, key]) => this.#lookUp(state, type, key));
    return hashed(this.rules, {
      ...subject,
      room_id: this.roomId,
      depth: 1 + Math.max(...after.map((id) => Number(depthOf(present(this.#events.get(id)).pdu)))),
      origin_server_ts: draft.time ?? this.#events.size,
      prev_events: after.map((id) => referenceTo(this.rules, present(this.#events.get(id)))),
      auth_events: selected
        .filter((event) => event !== undefined)
        .map((event) => referenceTo(this.rules, event)),
      ...this.#chosenId(draft.sender),
    });
  }

  /** An event ID, where the author chooses it. */
  #chosenId(sender: string): { readonly event_id?: EventId } {
    if (this.rules.eventIdFormat !== 'sender-chosen') return {};
    return { event_id: eventId(`$${this.#made++}${sender.slice(sender.indexOf(':'))}`) };
  }

  #append(event: StateEvent, before: StateMap): void {
    this.#events.set(event.eventId, event);
    const after = new Map(before);
    if (event.pdu.state_key !== undefined)
      after.set(stateKeyOf(event.pdu.type, event.pdu.state_key), event.eventId);
    this.#states.set(event.eventId, after);
    for (const id of prevEventIds(event.pdu)) this.leaves.delete(id);
    this.leaves.add(event.eventId);
  }
}

function hashed(rules: RoomVersionRules, event: UnsignedPdu): Pdu {
  return { ...event, hashes: { sha256: contentHash(event, rules) }, signatures: {} };
}
