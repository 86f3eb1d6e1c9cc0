import { type Room, type RoomMember, RoomStateEvent } from 'matrix-js-sdk';
import { useCallback, useEffect, useState } from 'react';
import { describeProblem } from '../session/problem.ts';
import { type ArrivingMembers, useArrivingMembers } from './arriving-members.ts';

export type RoomMembers = {
  readonly joined: readonly RoomMember[];
  readonly invited: readonly RoomMember[];
  readonly knocking: readonly RoomMember[];
  readonly banned: readonly RoomMember[];
  /** False while only the members that were seen are known. */
  readonly complete: boolean;
  /** Set while this server is still fetching members of a room that was just joined. */
  readonly arriving: ArrivingMembers | undefined;
  /** Why not all could be loaded; empty otherwise. */
  readonly failure: string;
  readonly retry: () => void;
};

const REFRESH_DELAY_MS = 60;

type Known = Omit<RoomMembers, 'arriving' | 'failure' | 'retry'>;

/** The members of an open room, all of them, in step with its state. */
export function useRoomMembers(room: Room): RoomMembers {
  const [members, setMembers] = useState<Known>(() => read(room, false));
  const [failure, setFailure] = useState('');
  const [attempt, setAttempt] = useState(0);
  const arriving = useArrivingMembers(room.roomId);
  const retry = useCallback(() => setAttempt((count) => count + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is a reason to ask again.
  useEffect(() => {
    setFailure('');
    let complete = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const update = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setMembers(read(room, complete));
      }, REFRESH_DELAY_MS);
    };
    room.loadMembersIfNeeded().then(
      () => {
        complete = true;
        update();
      },
      (problem: unknown) => setFailure(describeProblem(problem)),
    );
    room.on(RoomStateEvent.Update, update);
    return () => {
      clearTimeout(timer);
      room.off(RoomStateEvent.Update, update);
    };
  }, [room, attempt]);

  return { ...members, complete: members.complete && arriving === undefined, arriving, failure, retry };
}

function read(room: Room, complete: boolean): Known {
  const of: { [membership: string]: RoomMember[] } = { join: [], invite: [], knock: [], ban: [] };
  for (const member of room.getMembers()) of[member.membership ?? '']?.push(member);
  const { join: joined = [], invite: invited = [], knock: knocking = [], ban: banned = [] } = of;
  return { joined, invited, knocking, banned, complete };
}
