/** Events of a server's own that it would not make by itself, rightly hashed and signed. */
import { roomById, rulesOf, stateEvent } from '@causeway/homeserver';
import {
  type EventId,
  hashAndSignEvent,
  type JsonObject,
  type RoomId,
  type UnsignedPdu,
  type UserId,
} from '@causeway/protocol';
import type { TestServer } from './network.ts';

export type MadeEvent = { readonly eventId: EventId; readonly pdu: JsonObject };

/** A message in a room of version 12 that follows these events, which may exist nowhere. It is kept nowhere. */
export const madeMessage = (
  { engine }: Pick<TestServer, 'engine'>,
  input: {
    readonly roomId: RoomId;
    readonly sender: UserId;
    readonly body: string;
    readonly follows: readonly EventId[];
  },
): Promise<MadeEvent> =>
  engine.store.read(async (reader) => {
    const room = await roomById(reader, input.roomId);
    if (room === undefined) throw new Error(`no room ${input.roomId}`);
    const subject = {
      type: 'm.room.message',
      sender: input.sender,
      content: { msgtype: 'm.text', body: input.body },
    };
    const levels = await stateEvent(engine, reader, room, 'm.room.power_levels', '');
    const joined = await stateEvent(engine, reader, room, 'm.room.member', input.sender);
    if (levels === undefined || joined === undefined) throw new Error(`${input.sender} is not in the room`);
    const draft: UnsignedPdu = {
      ...subject,
      room_id: input.roomId,
      depth: 100,
      origin_server_ts: Date.now(),
      prev_events: [...input.follows],
      auth_events: [levels.eventId, joined.eventId],
    };
    return hashAndSignEvent(rulesOf(room), draft, engine.serverName, engine.signingKey);
  });
