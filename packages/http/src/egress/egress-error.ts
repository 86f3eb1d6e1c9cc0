import type { TransportFailureCode } from '@causeway/homeserver';

/** Why a request did not get an answer; turned into a `TransportFailure` where the request was made. */
export class EgressError extends Error {
  override readonly name = 'EgressError';
  readonly code: TransportFailureCode;

  constructor(code: TransportFailureCode, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.code = code;
  }
}
