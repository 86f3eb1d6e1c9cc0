import { StoreFullError, UniqueViolationError } from '@causeway/homeserver';

/** Result codes: https://sqlite.org/rescode.html */
const BUSY = 5;
const FULL = 13;
const CONSTRAINT_PRIMARYKEY = 1555;
const CONSTRAINT_UNIQUE = 2067;
const CONSTRAINT_ROWID = 2579;

const resultCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined;

/** Another process holds the lock that was asked for. */
export const isBusy = (error: unknown): boolean => ((resultCode(error) ?? 0) & 0xff) === BUSY;

/** The error of a transaction that failed with this one. */
export const transactionError = (error: unknown): unknown =>
  resultCode(error) === FULL ? new StoreFullError({ cause: error }) : error;

/** The error a write to this table throws. */
export const writeError = (table: string, error: unknown): unknown => {
  switch (resultCode(error)) {
    case CONSTRAINT_PRIMARYKEY:
    case CONSTRAINT_UNIQUE:
    case CONSTRAINT_ROWID:
      return new UniqueViolationError(table, { cause: error });
    default:
      return error;
  }
};
