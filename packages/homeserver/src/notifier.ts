/**
 * Wake-ups after a commit. A change says which stream position is now readable and whom it concerns; losing
 * one costs latency, never truth, because readers go back to the store.
 */
export type Change = {
  /** Everything up to here is committed. Undefined for what has no stream position (typing). */
  readonly stream?: number;
  readonly roomNids?: readonly number[];
  readonly userNids?: readonly number[];
};

export interface Notifier {
  /** The newest committed stream position: what a sync may read up to. */
  readonly stream: number;
  publish(change: Change): void;
  /** Calls `listener` for each change until disposed. */
  subscribe(listener: (change: Change) => void): Disposable;
}

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
