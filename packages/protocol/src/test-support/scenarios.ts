/**
 * The scenarios of `vectors/state-resolution`, resolved in several ways with a given implementation.
 */
import { prevEventIds } from '../events/event-references.ts';
import type { Pdu } from '../events/pdu.ts';
import type { EventId } from '../identifiers/identifiers.ts';
import { isJsonObject, type JsonObject } from '../json/json-value.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import type { resolveStateSets } from '../state-resolution/resolve-state-sets.ts';
import { type StateEvent, type StateMap, stateKeyOf } from '../state-resolution/state-map.ts';
import { eventId, roomId, roomVersion, userId } from './identifiers.ts';
import { objectsOf, parsed, present, readVector, readVectorList, readVectorText, textOf } from './vectors.ts';

export type ResolveStateSets = typeof resolveStateSets;

const folder = 'state-resolution';

/** Scenario name to batches of events, as the README there lists them. */
export const scenarios: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    minimal_private_chat: ['bootstrap-private-chat'],
    minimal_public_chat: ['bootstrap-public-chat'],
    origin_server_ts_tiebreak: ['bootstrap-private-chat', 'origin-server-ts-tiebreak'],
    ban_vs_power_levels: ['bootstrap-public-chat', 'ban-vs-power-levels-alice', 'ban-vs-power-levels-bob'],
    topic_vs_power_levels: [
      'bootstrap-public-chat',
      'topic-vs-power-levels-alice',
      'topic-vs-power-levels-bob',
    ],
    power_levels_admin_vs_mod: [
      'bootstrap-public-chat',
      'power-levels-admin-vs-mod-alice',
      'power-levels-admin-vs-mod-bob',
    ],
    topic_vs_ban: ['bootstrap-public-chat', 'topic-vs-ban-common', 'topic-vs-ban-alice', 'topic-vs-ban-bob'],
    join_rules_vs_join: [
      'bootstrap-public-chat',
      'join-rules-vs-join-common',
      'join-rules-vs-join-alice',
      'join-rules-vs-join-ella',
    ],
    concurrent_joins: ['bootstrap-public-chat', 'concurrent-joins-charlie', 'concurrent-joins-ella'],
  }),
);

/** How the states of a scenario are put together. */
export const compositions = ['one event at a time', 'batch by batch', 'all at once'] as const;
export type Composition = (typeof compositions)[number];

/** The resolved state of a scenario: state key to event ID. */
export function resolveScenario(
  resolve: ResolveStateSets,
  name: string,
  composition: Composition,
): ReadonlyMap<string, string> {
  const batches = present(scenarios.get(name)).map((file) =>
    readVectorList(`${folder}/${file}.json`).map(toStateEvent),
  );
  const all = batches.flat();
  const graph = new Graph(resolve, roomVersion('10'), all);
  if (composition === 'all at once')
    return graph.merge(graph.leavesOf(all).map((id) => graph.stateAfter(id)));
  let state: StateMap | undefined;
  for (const batch of composition === 'batch by batch' ? batches : all.map((event) => [event])) {
    const leaves = graph.leavesOf(batch).map((id) => graph.stateAfter(id));
    state = graph.merge(state === undefined ? leaves : [state, ...leaves]);
  }
  return present(state);
}

/** The two states of an MSC4297 problem, resolved. */
export function resolveProblem(
  resolve: ResolveStateSets,
  problem: 'A' | 'B',
  version: '11' | '12',
): ReadonlyMap<string, string> {
  const path = `${folder}/MSC4297-problem-${problem}`;
  const events = readVectorList(`${path}/pdus-v${version}.json`).map(toStateEvent);
  const graph = new Graph(resolve, roomVersion(version), events);
  const files = problem === 'A' ? ['state-bob', 'state-charlie'] : ['state-eve', 'state-zara'];
  return graph.merge(files.map((file) => graph.stateOf(readVector(`${path}/${file}.json`))));
}

/** The expected state of a snapshot: state key to event ID. */
export function expectedState(name: string): ReadonlyMap<string, string> {
  const text = readVectorText(`${folder}/expected/${name}@resolved_state.snap`);
  const entries = objectsOf(parsed(text.slice(text.indexOf('\n[') + 1)));
  return new Map(
    entries.map((entry) => [stateKeyOf(textOf(entry.type), textOf(entry.state_key)), textOf(entry.event_id)]),
  );
}

class Graph {
  readonly #resolve: ResolveStateSets;
  readonly #rules: RoomVersionRules;
  readonly #events: ReadonlyMap<EventId, StateEvent>;

  constructor(resolve: ResolveStateSets, rules: RoomVersionRules, events: readonly StateEvent[]) {
    this.#resolve = resolve;
    this.#rules = rules;
    this.#events = new Map(events.map((event) => [event.eventId, event]));
  }

  /** The events of a batch that no event of the batch follows. */
  leavesOf(batch: readonly StateEvent[]): readonly EventId[] {
    const followed = new Set(batch.flatMap(({ pdu }) => prevEventIds(pdu)));
    return batch.map((event) => event.eventId).filter((id) => !followed.has(id));
  }

  stateAfter(id: EventId): StateMap {
    const event = present(this.#events.get(id));
    const before = prevEventIds(event.pdu).map((previous) => this.stateAfter(previous));
    const state = new Map(before.length === 0 ? [] : this.merge(before));
    return state.set(stateKeyOf(event.pdu.type, present(event.pdu.state_key)), id);
  }

  merge(stateSets: readonly StateMap[]): StateMap {
    const resolution = this.#resolve({ rules: this.#rules, stateSets, event: (id) => this.#events.get(id) });
    if (resolution.kind === 'missing') throw new Error(`missing ${resolution.eventIds.join()}`);
    return resolution.state;
  }

  stateOf(ids: JsonObject[string]): StateMap {
    const state = new Map<string, EventId>();
    for (const id of Array.isArray(ids) ? ids : []) {
      const event = present(this.#events.get(eventId(textOf(id))));
      state.set(stateKeyOf(event.pdu.type, present(event.pdu.state_key)), event.eventId);
    }
    return state;
  }
}

function toStateEvent(value: JsonObject): StateEvent {
  const ids = (list: JsonObject[string] | undefined): readonly EventId[] =>
    Array.isArray(list) ? list.map((id) => eventId(textOf(id))) : [];
  const pdu: Pdu = {
    type: textOf(value.type),
    sender: userId(textOf(value.sender)),
    content: isJsonObject(value.content) ? value.content : {},
    state_key: textOf(value.state_key),
    depth: 0,
    origin_server_ts: Number(value.origin_server_ts),
    prev_events: ids(value.prev_events),
    auth_events: ids(value.auth_events),
    hashes: { sha256: '' },
    signatures: {},
    ...(value.room_id === undefined ? {} : { room_id: roomId(textOf(value.room_id)) }),
  };
  return { eventId: eventId(textOf(value.event_id)), pdu, rejected: false };
}
