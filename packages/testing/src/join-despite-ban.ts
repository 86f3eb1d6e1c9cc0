import { roomById, rulesOf, stateEvent } from '@causeway/homeserver';
import { type EventId, hashAndSignEvent, type RoomId, type UserId } from '@causeway/protocol';
import type { TestServer } from './network.ts';

/**
 * Somebody's join as their server makes it although the room has banned them, by the rules that `witness` knows of the
 * room.
 */
export const joinDespiteBan = (
  witness: TestServer,
  { engine }: TestServer,
  roomId: RoomId,
  sender: UserId,
  follows: EventId,
) =>
  witness.engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined) throw new Error('no room');
    const authEvents: EventId[] = [];
    for (const type of ['m.room.power_levels', 'm.room.join_rules']) {
      const event = await stateEvent(witness.engine, reader, room, type, '');
      if (event !== undefined) authEvents.push(event.eventId);
    }
    const draft = {
      type: 'm.room.member',
      state_key: sender,
      sender,
      content: { membership: 'join' },
      room_id: roomId,
      depth: 100,
      origin_server_ts: Date.now(),
      prev_events: [follows],
      auth_events: authEvents,
    };
    return hashAndSignEvent(rulesOf(room), draft, engine.serverName, engine.signingKey);
  });
