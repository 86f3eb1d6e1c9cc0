/**
 * Wake-ups after a commit. A change says which stream position is now readable and whom it concerns; losing
 * one costs latency, never truth, because readers go back to the store.
 */
export type Change = {
  /** Everything up to here is committed. Undefined for what has no stream position (typing). */
  readonly stream?: number;
  readonly roomNids?: readonly number[];
  readonly userNids?: readonly number[];
  /** Single devices, of which others of the same person need not know. */
  readonly devices?: readonly { readonly userNid: number; readonly deviceId: string }[];
};

/** Tells what changed, after its commit. */
export interface Notifier {
  /** The newest committed stream position: what a sync may read up to. */
  readonly stream: number;
  /** Tells everybody who subscribed; called after the commit of what changed. */
  publish(change: Change): void;
  /** Calls `listener` for each change until disposed. */
  subscribe(listener: (change: Change) => void): Disposable;
}

/** Makes a notifier that stands at this stream position. */
export const createNotifier = (initialStream: number): Notifier => {
  const listeners = new Set<(change: Change) => void>();
  let stream = initialStream;
  return {
    get stream() {
      return stream;
    },
    publish(change) {
      if (change.stream !== undefined && change.stream > stream) stream = change.stream;
      for (const listener of listeners) listener(change);
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
};
