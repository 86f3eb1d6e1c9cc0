/**
 * Power events and the reverse topological power ordering.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v2/#definitions
 */
import { type PowerLevel, powerLevelOf } from '../auth/power-levels.ts';
import type { EventId } from '../identifiers/identifiers.ts';
import type { RoomVersionRules } from '../room-versions/room-version-rules.ts';
import { type ConflictedEvent, citedPowerLevels, compareByTimeAndId } from './conflicted-event.ts';
import { MinHeap } from './min-heap.ts';
import type { StateEvent } from './state-map.ts';
import { readingContents, type Steps } from './steps.ts';

/**
 * "A power event is a state event with type m.room.power_levels or m.room.join_rules, or a state event with type
 * m.room.member where the membership is leave or ban and the sender does not match the state_key."
 */
function isPowerEvent({ pdu }: StateEvent): boolean {
  if (pdu.type === 'm.room.power_levels' || pdu.type === 'm.room.join_rules') return true;
  if (pdu.type !== 'm.room.member' || pdu.sender === pdu.state_key) return false;
  return pdu.content.membership === 'leave' || pdu.content.membership === 'ban';
}

/**
 * "Select the set X of all power events that appear in the full conflicted set. For each such power event P,
 * enlarge X by adding the events in the auth chain of P which also belong to the full conflicted set."
 *
 * The auth chain is followed inside the full conflicted set only, as deployed servers do: a path that leaves the
 * set and comes back does not count.
 */
export function* selectPowerEvents(
  events: ReadonlyMap<EventId, ConflictedEvent>,
): Steps<ReadonlyMap<EventId, ConflictedEvent>> {
  const selected = new Map<EventId, ConflictedEvent>();
  const pending: ConflictedEvent[] = [];
  for (const event of events.values()) {
    if (yield* readingContents(() => isPowerEvent(event))) pending.push(event);
  }
  for (let event = pending.pop(); event !== undefined; event = pending.pop()) {
    yield;
    if (selected.has(event.eventId)) continue;
    selected.set(event.eventId, event);
    for (const { eventId } of event.authEvents) {
      const authEvent = events.get(eventId);
      if (authEvent !== undefined && !selected.has(eventId)) pending.push(authEvent);
    }
  }
  return selected;
}

type Vertex = {
  readonly event: ConflictedEvent;
  readonly senderLevel: PowerLevel;
  /** Events that cite this one. */
  readonly citedBy: Vertex[];
  /** How many of the events that this one cites are still to come. */
  waitsFor: number;
};

/**
 * "The reverse topological power ordering of a set of events is the lexicographically smallest topological
 * ordering based on the DAG formed by auth events", by Kahn's algorithm with a heap of the candidates.
 */
export function* sortByPower(
  rules: RoomVersionRules,
  createEvent: StateEvent,
  events: ReadonlyMap<EventId, ConflictedEvent>,
): Steps<readonly ConflictedEvent[]> {
  const ready = new MinHeap<Vertex>(compareVertices);
  for (const vertex of yield* makeGraph(rules, createEvent, events)) {
    if (vertex.waitsFor === 0) ready.push(vertex);
  }
  const sorted: ConflictedEvent[] = [];
  for (let vertex = ready.pop(); vertex !== undefined; vertex = ready.pop()) {
    yield;
    sorted.push(vertex.event);
    for (const citing of vertex.citedBy) {
      citing.waitsFor--;
      if (citing.waitsFor === 0) ready.push(citing);
    }
  }
  return sorted;
}

function* makeGraph(
  rules: RoomVersionRules,
  createEvent: StateEvent,
  events: ReadonlyMap<EventId, ConflictedEvent>,
): Steps<readonly Vertex[]> {
  const vertices = new Map<EventId, Vertex>();
  for (const [id, event] of events) {
    yield;
    const senderLevel = yield* readingContents(() => senderLevelOf(rules, createEvent, event));
    vertices.set(id, { event, senderLevel, citedBy: [], waitsFor: 0 });
  }
  for (const vertex of vertices.values()) {
    yield;
    for (const id of new Set(vertex.event.authEvents.map(({ eventId }) => eventId))) {
      const cited = vertices.get(id);
      if (cited === undefined) continue;
      cited.citedBy.push(vertex);
      vertex.waitsFor++;
    }
  }
  return [...vertices.values()];
}

/** The sender's power level "when looking at their respective auth_events". */
function senderLevelOf(rules: RoomVersionRules, createEvent: StateEvent, event: ConflictedEvent): PowerLevel {
  const cited = event.authEvents.find(({ pdu }) => pdu.type === 'm.room.create' && pdu.state_key === '');
  const create = rules.roomIdIsCreateHash ? createEvent : (cited ?? createEvent);
  const level = powerLevelOf(rules, create.pdu, citedPowerLevels(event.authEvents)?.pdu, event.pdu.sender);
  // One that can't be read allows nothing anyway, but must not disturb the order.
  return Number.isNaN(level) ? 0 : level;
}

/** "x < y if x's sender has greater power level than y's sender", then by time and ID. */
function compareVertices(a: Vertex, b: Vertex): number {
  if (a.senderLevel !== b.senderLevel) return a.senderLevel > b.senderLevel ? -1 : 1;
  return compareByTimeAndId(a.event, b.event);
}
