import { Observable } from './observable.ts';

export type RoomSettingsSection =
  | 'general'
  | 'access'
  | 'notifications'
  | 'permissions'
  | 'banned'
  | 'servers'
  | 'version';

export type MySettingsSection =
  | 'profile'
  | 'password'
  | 'sessions'
  | 'notifications'
  | 'privacy'
  | 'unwanted'
  | 'appearance';

/** What somebody tells the admins about. */
export type ReportSubject =
  | { readonly kind: 'person'; readonly userId: string }
  | { readonly kind: 'room'; readonly roomId: string }
  | { readonly kind: 'message'; readonly roomId: string; readonly eventId: string };

/** The dialog that is open; there is one at a time. */
export type OpenDialog =
  | { readonly kind: 'switcher' }
  | { readonly kind: 'shortcuts' }
  | { readonly kind: 'create-channel' }
  | { readonly kind: 'create-space' }
  | { readonly kind: 'new-message' }
  | { readonly kind: 'invite'; readonly roomId: string }
  | { readonly kind: 'edit-room'; readonly roomId: string }
  | { readonly kind: 'leave-room'; readonly roomId: string }
  | { readonly kind: 'delete-message'; readonly roomId: string; readonly eventId: string }
  | {
      readonly kind: 'remove-person';
      readonly act: 'kick' | 'ban' | 'unban' | 'revoke';
      readonly roomId: string;
      readonly userId: string;
    }
  | { readonly kind: 'start-discussion'; readonly roomId: string; readonly eventId: string }
  | { readonly kind: 'ignore-person'; readonly userId: string; readonly roomId?: string }
  | { readonly kind: 'block-organisation'; readonly server: string }
  | { readonly kind: 'report'; readonly about: ReportSubject }
  | { readonly kind: 'change-role'; readonly roomId: string; readonly userId: string }
  | { readonly kind: 'room-settings'; readonly roomId: string; readonly section?: RoomSettingsSection }
  | { readonly kind: 'my-settings'; readonly section?: MySettingsSection }
  | { readonly kind: 'picture'; readonly mxc: string; readonly name: string };

export const openedDialog = new Observable<OpenDialog | undefined>(undefined);

export const openDialog = (dialog: OpenDialog): void => openedDialog.set(dialog);
export const closeDialog = (): void => openedDialog.set(undefined);
