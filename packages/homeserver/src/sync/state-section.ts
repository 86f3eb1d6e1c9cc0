/**
 * The `state` section of a room: what a client must know besides the timeline so that its state is the
 * room's. For a key that the timeline sets, it is the value before the timeline; for every other key it is
 * today's value. So the client ends with the current state even where state resolution chose another event
 * than the last one that arrived.
 */
import { stateKnownAt } from '../reading/state-known-at.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import type { StateRoot } from '../rooms/state-map.ts';
import type { RoomRow } from '../store/schema.ts';
import { passesRoom, passesRoomEventFilter } from './filter.ts';
import type { SyncScope } from './sync-scope.ts';

export type StateInput = {
  readonly room: RoomRow;
  /** State that the client knows; undefined: none, so it gets all. */
  readonly known: StateRoot | undefined;
  readonly now: StateRoot;
  readonly timeline: readonly StoredEvent[];
  readonly limited: boolean;
  /** Users whose member events are needed beside those of the timeline's senders. */
  readonly alsoMembers: readonly string[];
};

export const stateSection = async (scope: SyncScope, input: StateInput): Promise<readonly StoredEvent[]> => {
  const { engine, reader, filter } = scope;
  if (!passesRoom(filter.room.state, input.room.room_id)) return [];
  const changed = scope.stateAfter
    ? await changesUntilNow(scope, input)
    : await changesBeforeTimeline(scope, input);
  const lazy = filter.room.state.lazyLoadMembers;
  const wanted = lazy ? await neededMembers(scope, input, changed) : changed;
  const found: StoredEvent[] = [];
  for (const nid of wanted.values()) {
    const event = await engine.events.byNid(reader, nid);
    if (passesRoomEventFilter(filter.room.state, event.pdu)) found.push(event);
  }
  return found;
};

type StateChanges = Map<number, number>;

const changesUntilNow = async (scope: SyncScope, input: StateInput): Promise<StateChanges> => {
  const { engine, reader } = scope;
  const { room, known, now } = input;
  if (known === undefined) return new Map(await engine.states.entries(reader, room.room_nid, now));
  const changes: StateChanges = new Map();
  for (const { stateKeyNid, b } of await engine.states.difference(reader, room.room_nid, known, now)) {
    if (b !== undefined) changes.set(stateKeyNid, b);
  }
  return changes;
};

const changesBeforeTimeline = async (scope: SyncScope, input: StateInput): Promise<StateChanges> => {
  const { engine, reader } = scope;
  const { room, known, timeline } = input;
  const changes = await changesUntilNow(scope, input);
  const setByTimeline = new Set(timeline.flatMap((event) => event.stateKeyNid ?? []));
  for (const key of setByTimeline) changes.delete(key);
  const start = timeline[0]?.stateBefore;
  if (start == null || (known !== undefined && !input.limited)) return changes;
  for (const key of setByTimeline) {
    const before = await engine.states.get(reader, room.room_nid, start, key);
    if (before === undefined) continue;
    const knownNid = known && (await engine.states.get(reader, room.room_nid, known, key));
    if (before !== knownNid) changes.set(key, before);
  }
  return changes;
};

/**
 * With lazy loading: member events only of those who speak in the timeline, plus every member event of a gap.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#lazy-loading-room-members
 */
const neededMembers = async (
  scope: SyncScope,
  input: StateInput,
  changes: StateChanges,
): Promise<StateChanges> => {
  const { engine, reader } = scope;
  const needed = new Set<number>();
  const people = new Set([...input.timeline.map((event) => event.pdu.sender), ...input.alsoMembers]);
  for (const userId of people) {
    const key = await engine.names.stateKeyNid(reader, 'm.room.member', userId);
    if (key !== undefined) needed.add(key);
  }
  const wanted: StateChanges = new Map();
  for (const [key, nid] of changes) {
    const isMember = (await engine.names.stateKey(reader, key)).type === 'm.room.member';
    if (!isMember || needed.has(key) || input.known !== undefined) wanted.set(key, nid);
  }
  const setByTimeline = new Set(input.timeline.map((event) => event.stateKeyNid));
  const start = scope.stateAfter ? input.now : (input.timeline[0]?.stateBefore ?? input.now);
  for (const key of needed) {
    if (wanted.has(key) || (setByTimeline.has(key) && scope.stateAfter)) continue;
    const nid = await engine.states.get(reader, input.room.room_nid, start, key);
    if (nid !== undefined && !input.timeline.some((event) => event.eventNid === nid)) wanted.set(key, nid);
  }
  return wanted;
};

/** State that a client with this token has of a room; undefined when the room was unknown then. */
export const stateAtToken = async (scope: SyncScope, roomNid: number): Promise<StateRoot | undefined> =>
  scope.since === undefined ? undefined : stateKnownAt(scope.reader, roomNid, scope.since.stream);
