import type { Room } from 'matrix-js-sdk';
import { useEffect, useSyncExternalStore } from 'react';
import { Observable, useObservable } from '../frame/observable.ts';
import { isObject, request, text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';

export type Unreachable = { readonly serverName: string; readonly sinceTs: number; readonly reason: string };

const REFRESH_MS = 20_000;

/** By room. */
const known = new Observable<ReadonlyMap<string, readonly Unreachable[]>>(new Map());
const NOBODY: readonly Unreachable[] = [];

/** The organisations of a room that cannot be reached now. */
export function useUnreachable(room: Room): readonly Unreachable[] {
  const { session } = useWorkspace();
  const unreachable = useObservable(known).get(room.roomId) ?? NOBODY;

  useEffect(() => {
    let current = true;
    const ask = async () => {
      if (document.visibilityState === 'hidden') return;
      const answer = await request(`/_causeway/rooms/${encodeURIComponent(room.roomId)}/organisations`, {
        accessToken: session.accessToken,
        // A server that does not tell has nobody out of reach.
      }).catch(() => undefined);
      if (!current || !answer) return;
      const now = parse(answer.organisations);
      const before = known.get();
      if (JSON.stringify(before.get(room.roomId)) !== JSON.stringify(now))
        known.set(new Map(before).set(room.roomId, now));
    };
    void ask();
    const timer = setInterval(ask, REFRESH_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [room, session]);

  return unreachable;
}

/** Since when something waits in this room, by what is known; undefined when nothing does. */
export const useWaitsSince = (roomId: string): number | undefined =>
  useSyncExternalStore(known.subscribe, () => {
    const since =
      known
        .get()
        .get(roomId)
        ?.map((one) => one.sinceTs) ?? [];
    return since.length > 0 ? Math.min(...since) : undefined;
  });

function parse(organisations: unknown): Unreachable[] {
  const list = Array.isArray(organisations) ? organisations.filter(isObject) : [];
  return list
    .filter((one) => one.reachable === false)
    .map((one) => ({
      serverName: text(one.server_name) ?? '',
      sinceTs: typeof one.waiting_since_ts === 'number' ? one.waiting_since_ts : Date.now(),
      reason: text(one.reason) ?? '',
    }));
}
