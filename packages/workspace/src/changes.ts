/** What an admin changed, told after the commit: the running homeserver follows without a restart. */
import type { UserId } from '@causeway/protocol';
import type { SettingKey } from './settings/setting.ts';

export type WorkspaceChange =
  | { readonly kind: 'setting'; readonly key: SettingKey }
  /** An organisation may be talked with that could not be before. */
  | { readonly kind: 'contact'; readonly server: string }
  /** Somebody's device is new, or has another name. */
  | { readonly kind: 'device' }
  /** Sessions of this person have ended. */
  | { readonly kind: 'sessions'; readonly userId: UserId }
  /** Somebody's account has ended, and there are rooms to leave. */
  | { readonly kind: 'departure' }
  /** These people began or ceased to hear of rooms with other organisations, as of a stream position. */
  | { readonly kind: 'hearing'; readonly users: readonly UserId[]; readonly stream: number };

export interface WorkspaceChanges {
  tell(change: WorkspaceChange): void;
  listen(listener: (change: WorkspaceChange) => void): void;
}

export const createChanges = (): WorkspaceChanges => {
  const listeners: ((change: WorkspaceChange) => void)[] = [];
  return {
    tell(change) {
      for (const listener of listeners) listener(change);
    },
    listen: (listener) => void listeners.push(listener),
  };
};
