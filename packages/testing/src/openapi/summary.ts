import type { Operation } from './definitions.ts';
import { servedOperations, sumOf, unshown } from './served-operations.ts';
import type { Answered, Tally } from './watched-app.ts';

export type Summary = {
  readonly line: string;
  /** Why the run is not to pass. */
  readonly fault?: string;
};

const totalOf = (counts: ReadonlyMap<string, Answered>): number =>
  [...counts.values()].reduce((total, { accepted, refused }) => total + accepted + refused, 0);

/**
 * What a run says at its end, and whether nothing at all was validated where something has to be; after a whole run
 * also which operations that we serve were not shown.
 */
export const summarize = (
  tallies: readonly Tally[],
  options: {
    readonly operations: readonly Operation[];
    readonly mustValidate: boolean;
    readonly isWhole: boolean;
  },
): Summary => {
  const { operations, mustValidate, isWhole } = options;
  const validated = sumOf(tallies.map((tally) => tally.validated));
  const excepted = sumOf(tallies.map((tally) => tally.excepted));
  const unknown = tallies.reduce((total, tally) => total + tally.unknown, 0);
  const line =
    `OpenAPI: ${totalOf(validated)} responses validated, of ${validated.size} of ${operations.length} operations; ` +
    `${totalOf(excepted)} excepted, ${unknown} of no operation`;
  // A suite that validates nothing looks the same as one that finds no fault.
  if (validated.size === 0 && mustValidate) return { line, fault: 'OpenAPI: no response was validated' };
  const invalid = tallies.flatMap((tally) => tally.faults);
  if (invalid.length > 0) return { line, fault: `OpenAPI:\n${invalid.join('\n')}` };
  if (!isWhole) return { line };
  const routes = tallies.flatMap((tally) => tally.routes);
  const seen = sumOf(tallies.flatMap((tally) => [tally.validated, tally.excepted]));
  const faults = unshown(servedOperations(operations, routes), seen);
  return faults.length === 0 ? { line } : { line, fault: `OpenAPI:\n  ${faults.join('\n  ')}` };
};
