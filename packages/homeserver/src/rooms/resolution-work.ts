/** What it costs to resolve states, counted while it is done, so that whoever lets it be done can bound it. */
import type { EventId, Steps } from '@causeway/protocol';
import type { StoreReader } from '../store/store.ts';

/** Work that may pause: what is read is read from `reader` as it is then, since a pause gives the snapshot back. */
export interface ResolutionWork {
  readonly reader: StoreReader;
  /**
   * Called for each event or node of a state looked at, before it is. A promise is to be awaited before going on.
   *
   * @throws WorkSpentError when it is to be done elsewhere
   */
  spend(): Promise<void> | undefined;
}

/** More work is asked for than was given. It ends a computation that has written nothing, and is caught there. */
export class WorkSpentError extends Error {
  override readonly name = 'WorkSpentError';
}

/** Work without bound or pause, on one snapshot. */
export const unboundedWork = (reader: StoreReader): ResolutionWork => ({ reader, spend: () => undefined });

/** Goes through steps of a computation, each a piece of the work. `bring` puts the content of an event at hand. */
export const stepThrough = async <Result>(
  work: ResolutionWork,
  steps: Steps<Result>,
  bring: (eventId: EventId) => Promise<void> = async () => {},
): Promise<Result> => {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    const pause = work.spend();
    if (pause !== undefined) await pause;
    if (step.value !== undefined) await bring(step.value);
  }
};
