/**
 * Who speaks in a room whose members are not all here yet is who their own auth events say: these were verified, and
 * are allowed by what they refer to. Whether it is still so, such as after a ban, is judged when the members are here.
 */
import type { Engine } from '../engine.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { StoredEvent } from './event-cache.ts';
import type { StateRoot } from './state-map.ts';

/** A state, and the memberships among an event's auth events of which it knows nothing. */
export const withMembersOf = async (
  engine: Engine,
  tx: StoreTx,
  { room_nid }: RoomRow,
  root: StateRoot,
  authEvents: readonly StoredEvent[],
): Promise<StateRoot> => {
  const borrowed = new Map<number, number>();
  for (const { pdu, stateKeyNid, eventNid, verdict } of authEvents) {
    if (pdu.type !== 'm.room.member' || stateKeyNid === null || verdict === 'rejected') continue;
    if ((await engine.states.get(tx, room_nid, root, stateKeyNid)) !== undefined) continue;
    borrowed.set(stateKeyNid, eventNid);
  }
  return borrowed.size === 0 ? root : engine.states.update(tx, room_nid, root, borrowed);
};
