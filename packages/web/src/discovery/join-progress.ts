/** How far joining a room through another organisation is, asked of one's own server. */
import { useEffect, useState } from 'react';
import { isObject, request, text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';

export type JoinProgress = {
  readonly step: 'asking' | 'checking' | 'entering';
  readonly serverName: string;
  readonly checkedMembers: number;
  readonly totalMembers: number | undefined;
  readonly refusals: readonly { readonly serverName: string; readonly reason: string }[];
};

const ASK_EVERY_MS = 400;

/** Undefined while there is nothing to tell; `roomId` undefined: nothing is being joined. */
export function useJoinProgress(roomId: string | undefined): JoinProgress | undefined {
  const { session } = useWorkspace();
  const [progress, setProgress] = useState<JoinProgress>();

  useEffect(() => {
    setProgress(undefined);
    if (roomId === undefined) return;
    let current = true;
    const ask = async () => {
      // A server that does not tell shows no progress; the join itself says how it ends.
      const answer = await request('/_causeway/joins', { accessToken: session.accessToken }).catch(
        () => undefined,
      );
      if (!current) return;
      setProgress(answer && find(answer.joins, roomId));
      timer = setTimeout(ask, ASK_EVERY_MS);
    };
    let timer = setTimeout(ask, ASK_EVERY_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [roomId, session]);

  return progress;
}

export const cancelJoin = (roomId: string, accessToken: string): Promise<unknown> =>
  request(`/_causeway/joins/${encodeURIComponent(roomId)}`, { method: 'DELETE', accessToken });

function find(joins: unknown, roomId: string): JoinProgress | undefined {
  const join = list(joins).find((entry) => entry.room_id === roomId);
  if (join === undefined) return undefined;
  return {
    step: join.step === 'checking' || join.step === 'entering' ? join.step : 'asking',
    serverName: text(join.server_name) ?? '',
    checkedMembers: count(join.checked_members) ?? 0,
    totalMembers: count(join.total_members),
    refusals: list(join.refusals).map((entry) => ({
      serverName: text(entry.server_name) ?? '',
      reason: text(entry.reason) ?? '',
    })),
  };
}

const list = (value: unknown) => (Array.isArray(value) ? value.filter((entry) => isObject(entry)) : []);

const count = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
