import type { Room } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { request } from '../session/matrix-request.ts';
import { sentenceIn } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';

const REFRESH_MS = 20_000;

/** Why policy does not let one write in a shared room; undefined when it does, or is not known. */
export function useSilence(room: Room, shared: boolean): string | undefined {
  const { session } = useWorkspace();
  const [reason, setReason] = useState<string>();
  useEffect(() => {
    if (!shared) {
      setReason(undefined);
      return;
    }
    let current = true;
    const ask = async () => {
      if (document.visibilityState === 'hidden') return;
      const answer = await request(`/_causeway/rooms/${encodeURIComponent(room.roomId)}/voice`, {
        accessToken: session.accessToken,
        // Another homeserver does not tell; then nothing stands in the way.
      }).catch(() => undefined);
      if (current && answer)
        setReason(answer.may_write === false ? sentenceIn(answer, answer.reason) : undefined);
    };
    void ask();
    const timer = setInterval(ask, REFRESH_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [room, shared, session]);
  return reason;
}
