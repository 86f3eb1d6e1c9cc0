/** The state before and after an event. @see https://spec.matrix.org/v1.19/rooms/v12/#state-resolution */
import type { Engine } from '../engine.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { StoredEvent } from './event-cache.ts';
import { resolveStates } from './resolve-state.ts';
import type { StateRoot } from './state-map.ts';

/** The resolution of the states after the given parents; before the first event of a room there is none. */
export const stateAfterAll = async (
  engine: Engine,
  tx: StoreTx,
  room: Pick<RoomRow, 'room_nid' | 'room_version' | 'create_event_nid'>,
  parents: readonly StoredEvent[],
): Promise<StateRoot> => {
  if (parents.length === 0) return engine.states.build(tx, room.room_nid, []);
  const roots: StateRoot[] = [];
  for (const parent of parents) roots.push(await stateAfter(engine, tx, parent));
  return resolveStates(engine, tx, room, roots);
};

/** The state after one event: what it was before, and the event itself if it is state and not rejected. */
export const stateAfter = async (engine: Engine, tx: StoreTx, event: StoredEvent): Promise<StateRoot> => {
  if (event.stateBefore === null) throw new Error(`the state before ${event.eventId} is not known`);
  if (event.stateKeyNid === null || event.verdict === 'rejected') return event.stateBefore;
  const change = new Map([[event.stateKeyNid, event.eventNid]]);
  return engine.states.update(tx, event.roomNid, event.stateBefore, change);
};
