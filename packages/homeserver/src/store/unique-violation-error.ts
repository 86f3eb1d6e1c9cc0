/** A row was to be written whose key, or whose value of a unique index, another row has: a bug. */
export class UniqueViolationError extends Error {
  override readonly name = 'UniqueViolationError';

  constructor(table: string, options?: ErrorOptions) {
    super(`${table}: another row has this key, or this value of a unique index`, options);
  }
}
