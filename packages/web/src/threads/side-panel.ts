import { Observable } from '../frame/observable.ts';

/** What stands beside the messages of the open room. */
export type SidePanel =
  | { readonly kind: 'threads' }
  | { readonly kind: 'pins' }
  | { readonly kind: 'thread'; readonly rootId: string };

export const sidePanel = new Observable<SidePanel | undefined>(undefined);

export const openSidePanel = (panel: SidePanel): void => sidePanel.set(panel);
export const closeSidePanel = (): void => sidePanel.set(undefined);
export const openThread = (rootId: string): void => sidePanel.set({ kind: 'thread', rootId });
