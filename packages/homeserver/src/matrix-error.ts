/** What an answer has beside its errcode and its message, such as `retry_after_ms`. */
export type MatrixErrorDetails = {
  readonly [name: string]: string | number | boolean | { readonly [name: string]: string | number };
};

/**
 * A request that is refused. `errcode` is one of the specification's (or ours, with a `CAUSEWAY_` prefix);
 * `message` is a sentence that can be shown to the person who asked. HTTP statuses are chosen by the edge.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
 */
export class MatrixError extends Error {
  readonly errcode: string;
  /** Further members of the error's JSON body. */
  readonly details: MatrixErrorDetails;

  constructor(errcode: string, message: string, details: MatrixErrorDetails = {}) {
    super(message);
    this.name = 'MatrixError';
    this.errcode = errcode;
    this.details = details;
  }
}

/** A refusal, with the sentence for the person who asked. The edge answers 403. */
export const forbidden = (message: string) => new MatrixError('M_FORBIDDEN', message);
/** What policy answered, for the person who asked: refused, or waiting for somebody's approval. */
export const refusedByPolicy = (answer: { readonly reason: string; readonly awaitsApproval?: true }) =>
  answer.awaitsApproval === true
    ? new MatrixError('CAUSEWAY_AWAITS_APPROVAL', answer.reason)
    : forbidden(answer.reason);
/** What was asked for is not here, or not for the person who asked. The edge answers 404. */
export const notFound = (message: string) => new MatrixError('M_NOT_FOUND', message);
/** The request can't be meant as it is. The edge answers 400. */
export const invalidParam = (message: string) => new MatrixError('M_INVALID_PARAM', message);
/** Another server could not be reached, or answered with nonsense. The edge answers 502. */
export const unreachable = (message: string) => new MatrixError('CAUSEWAY_UNREACHABLE', message);
