import type { StateRoot } from '../rooms/state-map.ts';
import { currentStates } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';

/** Root of a room's state as it was at a stream position; undefined when this server was not in the room then. */
export const stateKnownAt = async (
  reader: StoreReader,
  roomNid: number,
  stream: number,
): Promise<StateRoot | undefined> => {
  const row = await reader.first(currentStates, {
    where: { room_nid: roomNid },
    lte: stream,
    reverse: true,
  });
  return row?.state_root;
};
