/** How far the members of a room are that were left out when it was joined. */
import type { ServerName, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { leftOutOf } from '../federation/left-out-members.ts';
import { openJoinedRoom } from './room-access.ts';

/** Members who are still being fetched. */
export type ArrivingMembers = {
  /** The server that gives them, or is asked for them next. */
  readonly server: ServerName;
  /** Joined members that were checked so far. */
  readonly checked: number;
  /** How many there are, where a server told. */
  readonly total?: number;
  /** While nothing arrives: why not, and when it is tried again, in milliseconds since the epoch. */
  readonly waiting?: { readonly reason: string; readonly nextTs: number };
};

/** Undefined when the members of a room are here. @throws M_FORBIDDEN for who is not in it */
export const arrivingMembers = (
  engine: Engine,
  input: { readonly userId: UserId; readonly deviceId: string; readonly roomId: string },
): Promise<ArrivingMembers | undefined> =>
  engine.store.read(async (reader) => {
    const { room } = await openJoinedRoom(engine, reader, input, input.roomId);
    const [row] = await leftOutOf(reader, room.room_nid);
    if (row === undefined) return undefined;
    const progress = engine.incomplete.leftOut.progressOf(room.room_nid);
    const { reason, next_ts: nextTs } = row;
    return {
      server: progress?.server ?? (row.server as ServerName),
      checked: progress?.checkedMembers ?? 0,
      ...(row.total === null ? {} : { total: row.total }),
      ...(progress !== undefined || reason === null ? {} : { waiting: { reason, nextTs } }),
    };
  });
