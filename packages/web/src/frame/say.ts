import { Observable } from './observable.ts';

type Toast = { readonly id: number; readonly text: string };

const SHOWN_FOR_MS = 5000;
export const toasts = new Observable<readonly Toast[]>([]);
let nextId = 1;

/** Says something that needs no decision. */
export function say(text: string): void {
  const toast = { id: nextId++, text };
  toasts.set([...toasts.get(), toast]);
  setTimeout(() => toasts.set(toasts.get().filter((one) => one.id !== toast.id)), SHOWN_FOR_MS);
}
