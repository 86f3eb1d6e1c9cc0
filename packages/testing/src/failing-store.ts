/** A store whose writes stop, as they do when a process is killed between two commits. */
import type { Store } from '@causeway/homeserver';

export type FailingStore = Store & {
  /** Commits that still succeed. */
  left: number;
  /** Commits so far. */
  readonly commits: number;
};

export const failingStore = (store: Store): FailingStore => {
  const failing = {
    left: Number.POSITIVE_INFINITY,
    commits: 0,
    read: store.read.bind(store),
    transact: async <R>(body: Parameters<typeof store.transact<R>>[0]): Promise<R> => {
      if (failing.left <= 0) throw new Error('the process is dead');
      failing.left -= 1;
      failing.commits += 1;
      return store.transact(body);
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
  return failing;
};
