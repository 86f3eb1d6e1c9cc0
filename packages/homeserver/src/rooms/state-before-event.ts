/** The state before and after an event. @see https://spec.matrix.org/v1.19/rooms/v12/#state-resolution */
import type { Engine } from '../engine.ts';
import type { StoreTx } from '../store/store.ts';
import type { StoredEvent } from './event-cache.ts';
import type { ResolvableRoom, Unresolved } from './resolutions.ts';
import type { StateRoot } from './state-map.ts';

/** What of an event says which state follows it. */
type Parent = Pick<
  StoredEvent,
  'eventId' | 'eventNid' | 'roomNid' | 'stateBefore' | 'stateKeyNid' | 'verdict'
>;

/**
 * The resolution of the states after the given parents, if it costs no more than a transaction may; before the first
 * event of a room there is none.
 */
export const stateAfterAll = async (
  engine: Engine,
  tx: StoreTx,
  room: ResolvableRoom,
  parents: readonly Parent[],
): Promise<StateRoot | Unresolved> => {
  if (parents.length === 0) return engine.states.build(tx, room.room_nid, []);
  return engine.resolutions.within(engine, tx, room, await statesAfter(engine, tx, parents));
};

/** The state after each of these events. */
export const statesAfter = async (
  engine: Engine,
  tx: StoreTx,
  parents: readonly Parent[],
): Promise<readonly StateRoot[]> => {
  const roots: StateRoot[] = [];
  for (const parent of parents) roots.push(await stateAfter(engine, tx, parent));
  return roots;
};

/** The state after one event: what it was before, and the event itself if it is state and not rejected. */
export const stateAfter = async (engine: Engine, tx: StoreTx, event: Parent): Promise<StateRoot> => {
  if (event.stateBefore === null) throw new Error(`the state before ${event.eventId} is not known`);
  if (event.stateKeyNid === null || event.verdict === 'rejected') return event.stateBefore;
  const change = new Map([[event.stateKeyNid, event.eventNid]]);
  return engine.states.update(tx, event.roomNid, event.stateBefore, change);
};
