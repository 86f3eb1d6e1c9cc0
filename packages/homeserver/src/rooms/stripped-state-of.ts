import { type Pdu, STRIPPED_STATE_TYPES, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { RoomRow } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { stateEvent } from './current-state.ts';

/** What somebody who is not in the room yet is shown of it: full events, with the members asked for. */
export const strippedStateOf = async (
  engine: Engine,
  reader: StoreReader,
  room: RoomRow,
  members: readonly UserId[] = [],
): Promise<readonly Pdu[]> => {
  const wanted = [
    ...STRIPPED_STATE_TYPES.map((type) => [type, ''] as const),
    ...members.map((member) => ['m.room.member', member] as const),
  ];
  const shown: Pdu[] = [];
  for (const [type, stateKey] of wanted) {
    const event = await stateEvent(engine, reader, room, type, stateKey);
    if (event !== undefined) shown.push(event.pdu);
  }
  return shown;
};
