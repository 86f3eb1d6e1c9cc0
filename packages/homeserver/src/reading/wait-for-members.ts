/** Whoever needs the members of a room that was just joined waits for them a while. */
import type { RoomId, UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { lacksMembers } from '../federation/left-out-members.ts';
import { roomById } from '../rooms/current-state.ts';
import { memberships } from '../store/schema.ts';

/** Clients wait for an answer a minute and more; then they are told what is known. */
const LONGEST_WAIT_MS = 30_000;

/** Returns when the members who were left out at the join are here, or after 30 s; whether it had to wait. */
export const waitForMembers = async (
  engine: Engine,
  roomNid: number,
  limitMs = LONGEST_WAIT_MS,
): Promise<boolean> => {
  const isLacking = () => engine.store.read((reader) => lacksMembers(reader, roomNid));
  if (!(await isLacking())) return false;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const stop = () => end();
  const look = () => {
    isLacking().then((still) => {
      if (!still) end();
    }, stop);
  };
  using _listening = engine.notifier.subscribe(({ roomNids }) => {
    if (roomNids?.includes(roomNid) === true) look();
  });
  using _limit = engine.clock.schedule(limitMs, stop);
  engine.signal.addEventListener('abort', stop, { once: true });
  // They may have come just before it listened.
  look();
  if (!engine.signal.aborted) await ended;
  engine.signal.removeEventListener('abort', stop);
  return true;
};

/** Before something is done about somebody of whom it is not known yet whether they are in the room, or banned. */
export const waitForMember = async (engine: Engine, roomId: RoomId, userId: UserId): Promise<void> => {
  const room_nid = await engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined || !(await lacksMembers(reader, room.room_nid))) return undefined;
    const user_nid = await engine.names.userNid(reader, userId);
    if (user_nid === undefined) return room.room_nid;
    const row = await reader.get(memberships, { room_nid: room.room_nid, user_nid });
    return row === undefined ? room.room_nid : undefined;
  });
  if (room_nid !== undefined) await waitForMembers(engine, room_nid);
};
