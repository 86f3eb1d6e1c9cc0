import type { Fault } from './faults.ts';
import type { PolicyAnswer } from './ports.ts';

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

/** The refusal of a request, with its fault as the members `fault` and `parameters`; `details` are further ones. */
export const refusal = (
  errcode: string,
  { code, parameters, english }: Fault,
  details: MatrixErrorDetails = {},
): MatrixError => new MatrixError(errcode, english, { ...details, fault: code, parameters });

/** What a refusal says: a sentence for a program's log, or a fault where a person reads it. */
type Told = string | Fault;

const refused = (errcode: string, told: Told): MatrixError =>
  typeof told === 'string' ? new MatrixError(errcode, told) : refusal(errcode, told);

/** A refusal, with the sentence for the person who asked. The edge answers 403. */
export const forbidden = (told: Told) => refused('M_FORBIDDEN', told);
/** What policy answered, for the person who asked: refused, or waiting for somebody's approval. */
export const refusedByPolicy = ({
  fault,
  reason,
  awaitsApproval,
}: Extract<PolicyAnswer, { readonly allowed: false }>) =>
  refused(awaitsApproval === true ? 'CAUSEWAY_AWAITS_APPROVAL' : 'M_FORBIDDEN', fault ?? reason);
/** What was asked for is not here, or not for the person who asked. The edge answers 404. */
export const notFound = (told: Told) => refused('M_NOT_FOUND', told);
/** The request can't be meant as it is. The edge answers 400. */
export const invalidParam = (told: Told) => refused('M_INVALID_PARAM', told);
/** Another server could not be reached, or answered with nonsense. The edge answers 502. */
export const unreachable = (message: string) => new MatrixError('CAUSEWAY_UNREACHABLE', message);
