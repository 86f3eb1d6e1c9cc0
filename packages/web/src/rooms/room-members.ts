import { type Room, type RoomMember, RoomStateEvent } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';

export type RoomMembers = {
  readonly joined: readonly RoomMember[];
  readonly invited: readonly RoomMember[];
  readonly knocking: readonly RoomMember[];
  readonly banned: readonly RoomMember[];
  /** False while only the members that were seen are known. */
  readonly complete: boolean;
};

const REFRESH_DELAY_MS = 60;

/** The members of an open room, all of them, in step with its state. */
export function useRoomMembers(room: Room): RoomMembers {
  const [members, setMembers] = useState<RoomMembers>(() => read(room, false));

  useEffect(() => {
    let complete = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const update = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setMembers(read(room, complete));
      }, REFRESH_DELAY_MS);
    };
    setMembers(read(room, complete));
    room.loadMembersIfNeeded().then(
      () => {
        complete = true;
        update();
      },
      (problem: unknown) => console.warn('The members of this room could not be loaded.', problem),
    );
    room.on(RoomStateEvent.Update, update);
    return () => {
      clearTimeout(timer);
      room.off(RoomStateEvent.Update, update);
    };
  }, [room]);

  return members;
}

function read(room: Room, complete: boolean): RoomMembers {
  return {
    joined: room.getMembersWithMembership('join'),
    invited: room.getMembersWithMembership('invite'),
    knocking: room.getMembersWithMembership('knock'),
    banned: room.getMembersWithMembership('ban'),
    complete,
  };
}
