import { useCallback, useEffect, useRef } from 'react';
import { useWorkspace } from '../session/workspace-session.ts';

const LASTS_MS = 20_000;
/** Said again well before it runs out. */
const REPEAT_MS = 8_000;

/** Tells the room that this person is typing, not more often than it has to. */
export function useTypingNotice(roomId: string): (typing: boolean) => void {
  const { client } = useWorkspace();
  const saidAt = useRef(0);

  const say = useCallback(
    (typing: boolean) => {
      const now = Date.now();
      if (typing ? now - saidAt.current < REPEAT_MS : saidAt.current === 0) return;
      saidAt.current = typing ? now : 0;
      client.sendTyping(roomId, typing, LASTS_MS).catch((problem: unknown) => {
        console.warn('The typing notice was not taken.', problem);
      });
    },
    [client, roomId],
  );

  useEffect(() => () => say(false), [say]);
  return say;
}
