import { UserEvent } from 'matrix-js-sdk';
import { useEffect, useState } from 'react';
import { useWorkspace } from '../session/workspace-session.ts';
import { localpartOf } from './organisation.ts';

/** One's own name and picture, in step with changes from anywhere. */
export function useOwnProfile(): { readonly name: string; readonly avatar: string | undefined } {
  const { client, session } = useWorkspace();
  const [, setVersion] = useState(0);
  useEffect(() => {
    const user = client.getUser(session.userId);
    const update = () => setVersion((version) => version + 1);
    user?.on(UserEvent.DisplayName, update);
    user?.on(UserEvent.AvatarUrl, update);
    return () => {
      user?.off(UserEvent.DisplayName, update);
      user?.off(UserEvent.AvatarUrl, update);
    };
  }, [client, session]);
  const user = client.getUser(session.userId);
  const given = user?.displayName;
  return {
    name: given && given !== session.userId ? given : localpartOf(session.userId),
    avatar: user?.avatarUrl,
  };
}
