import { Observable } from '../frame/observable.ts';

/** A dialog about a message, or about writing one. */
export type MessageDialog =
  | { readonly kind: 'commands' }
  | { readonly kind: 'history'; readonly roomId: string; readonly eventId: string }
  | { readonly kind: 'reactions'; readonly roomId: string; readonly eventId: string }
  | { readonly kind: 'delivery'; readonly roomId: string; readonly eventId: string };

export const openedMessageDialog = new Observable<MessageDialog | undefined>(undefined);

export const openMessageDialog = (dialog: MessageDialog): void => openedMessageDialog.set(dialog);
export const closeMessageDialog = (): void => openedMessageDialog.set(undefined);
