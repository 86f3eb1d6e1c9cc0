/** How far the members of a room are that is joined with most of them left out at first, asked of one's own server. */
import { useEffect, useState } from 'react';
import { isObject, request, text } from '../session/matrix-request.ts';
import { useWorkspace } from '../session/workspace-session.ts';

export type ArrivingMembers = {
  readonly checked: number;
  readonly total: number | undefined;
  /** While nothing arrives: why not, and when it is tried again. */
  readonly waiting: { readonly reason: string; readonly nextTs: number } | undefined;
};

const ASK_EVERY_MS = 1_500;

/** Undefined when all are here, and for a server that does not tell. */
export function useArrivingMembers(roomId: string): ArrivingMembers | undefined {
  const { session } = useWorkspace();
  const [arriving, setArriving] = useState<ArrivingMembers>();

  useEffect(() => {
    setArriving(undefined);
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const path = `/_causeway/rooms/${encodeURIComponent(roomId)}/arriving-members`;
      const answer = await request(path, { accessToken: session.accessToken }).catch(() => undefined);
      if (!current) return;
      const now = answer?.arriving === true ? parse(answer) : undefined;
      setArriving(now);
      if (now !== undefined) timer = setTimeout(ask, ASK_EVERY_MS);
    };
    void ask();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [roomId, session]);

  return arriving;
}

const parse = ({ checked_members, total_members, waiting }: { readonly [key: string]: unknown }) => ({
  checked: count(checked_members) ?? 0,
  total: count(total_members),
  waiting: isObject(waiting)
    ? { reason: text(waiting.reason) ?? '', nextTs: count(waiting.next_ts) ?? 0 }
    : undefined,
});

const count = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
