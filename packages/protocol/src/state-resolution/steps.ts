import type { EventId } from '../identifiers/identifiers.ts';

/**
 * A long computation that whoever runs it can leave after each step, for a while or for good. A step may name an event: its
 * content has to be at hand before the next.
 */
export type Steps<Result> = Generator<EventId | undefined, Result, undefined>;

/**
 * Thrown by the `content` of an event whose content is kept elsewhere, and caught by {@link readingContents}. The contents
 * of all events of a conflict together may be larger than the memory for them.
 */
export class ContentElsewhereError extends Error {
  override readonly name = 'ContentElsewhereError';
  readonly eventId: EventId;

  constructor(eventId: EventId) {
    super(`the content of ${eventId} is not at hand`);
    this.eventId = eventId;
  }
}

/** Computes something of a few contents; those that are not at hand are asked for, and it is computed anew. */
export function* readingContents<Result>(compute: () => Result): Steps<Result> {
  for (;;) {
    try {
      return compute();
    } catch (error) {
      if (!(error instanceof ContentElsewhereError)) throw error;
      yield error.eventId;
    }
  }
}

/** Runs to the end without a break. The contents of all events have to be at hand. */
export function runSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (step.value !== undefined) throw new ContentElsewhereError(step.value);
  }
}

/** Sorted in one go, which takes less than a millisecond. */
const PART = 512;

/** A stable merge sort into a new list; each step compares some hundreds of members. */
export function* sortInSteps<Member>(
  members: readonly Member[],
  compare: (a: Member, b: Member) => number,
): Steps<readonly Member[]> {
  let parts: (readonly Member[])[] = [];
  for (let at = 0; at < members.length; at += PART) {
    parts.push(members.slice(at, at + PART).sort(compare));
    yield;
  }
  while (parts.length > 1) {
    const merged: (readonly Member[])[] = [];
    for (let at = 0; at < parts.length; at += 2) {
      merged.push(yield* merge(parts[at] ?? [], parts[at + 1] ?? [], compare));
    }
    parts = merged;
  }
  return parts[0] ?? [];
}

function* merge<Member>(
  left: readonly Member[],
  right: readonly Member[],
  compare: (a: Member, b: Member) => number,
): Steps<readonly Member[]> {
  const merged: Member[] = [];
  let [fromLeft, fromRight] = [0, 0];
  for (;;) {
    const [a, b] = [left[fromLeft], right[fromRight]];
    if (a === undefined && b === undefined) return merged;
    if (b === undefined || (a !== undefined && compare(a, b) <= 0)) {
      if (a !== undefined) merged.push(a);
      fromLeft++;
    } else {
      merged.push(b);
      fromRight++;
    }
    if (merged.length % PART === 0) yield;
  }
}
