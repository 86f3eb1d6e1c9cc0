/**
 * A request that is refused. `errcode` is one of the specification's (or ours, with a `CAUSEWAY_` prefix);
 * `message` is a sentence that can be shown to the person who asked. HTTP statuses are chosen by the edge.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
 */
export class MatrixError extends Error {
  readonly errcode: string;
  /** Further members of the error's JSON body. */
  readonly details: { readonly [name: string]: string | number | boolean };

  constructor(
    errcode: string,
    message: string,
    details: { readonly [name: string]: string | number | boolean } = {},
  ) {
    super(message);
    this.name = 'MatrixError';
    this.errcode = errcode;
    this.details = details;
  }
}

export const forbidden = (message: string) => new MatrixError('M_FORBIDDEN', message);
export const notFound = (message: string) => new MatrixError('M_NOT_FOUND', message);
export const invalidParam = (message: string) => new MatrixError('M_INVALID_PARAM', message);
/** Another server could not be reached, or answered with nonsense. The edge answers 502. */
export const unreachable = (message: string) => new MatrixError('CAUSEWAY_UNREACHABLE', message);
