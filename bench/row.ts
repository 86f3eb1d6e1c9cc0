import type { Reading } from './figures.ts';
import type { Machine } from './machine.ts';
import type { Random } from './random.ts';

export type RowContext = {
  readonly random: Random;
  /** A folder of the row's own, removed at the end. */
  readonly folder: string;
};

/** One or several lines of the table that are measured together. */
export interface Row extends AsyncDisposable {
  /** Measures once; called in every round, between the other rows. */
  measure(machine: Machine): Promise<readonly Reading[]>;
}

export type OpenRow = (context: RowContext) => Promise<Row>;
