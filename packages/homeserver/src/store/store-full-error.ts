/** Nothing of a transaction was written, because the disk has no space left. It can be tried again when there is some. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';

  constructor(options?: ErrorOptions) {
    super('The disk is full, so nothing was written.', options);
  }
}
