import { UserEvent } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { t } from '../i18n/translate.ts';
import { useWorkspace } from '../session/workspace-session.ts';

const SHOWN = {
  online: { style: 'bg-ok', words: 'presence.online' },
  unavailable: { style: 'border-2 border-warn', words: 'presence.away' },
} as const;

/** Whether somebody is there: a full dot, a ring while they are away, nothing when they are not or do not tell. */
export function PresenceDot({ userId }: { userId: string }) {
  const presence = usePresence(userId);
  if (presence !== 'online' && presence !== 'unavailable') return null;
  const { style, words } = SHOWN[presence];
  return (
    <span
      role="img"
      aria-label={t(words)}
      title={t(words)}
      className={`size-2 shrink-0 self-center rounded-full ${style}`}
    />
  );
}

function usePresence(userId: string): string | undefined {
  const { client } = useWorkspace();
  const [, setVersion] = useState(0);
  useEffect(() => {
    const update = (_: unknown, user: { userId: string }) => {
      if (user.userId === userId) setVersion((version) => version + 1);
    };
    client.on(UserEvent.Presence, update);
    return () => void client.off(UserEvent.Presence, update);
  }, [client, userId]);
  return client.getUser(userId)?.presence;
}
