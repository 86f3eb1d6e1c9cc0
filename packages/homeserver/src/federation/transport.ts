/** Sends one request to another homeserver, found by server discovery. Signing is the caller's. */
export interface FederationTransport extends AsyncDisposable {
  /** Reads the whole answer, of at most `maxBytes`. */
  request(request: TransportRequest): Promise<TransportResult>;
  /**
   * Hands the answer's body over as it arrives, for media and large `send_join` answers. `timeoutMs` bounds
   * the time to the headers and then each pause between two pieces; a body that breaks off, stalls or grows
   * past `maxBytes` throws a `TransportBodyError`. A caller that stops reading early leaves the loop, which
   * ends the transfer. Redirects are not followed.
   */
  stream(request: TransportRequest): Promise<TransportStreamResult>;
  /**
   * GETs an https URL that another server named, as the place where a file is: nothing is signed, and the
   * rules of `stream` hold. Redirects are followed, each of them under the same rules.
   */
  streamUrl(request: UrlRequest): Promise<TransportStreamResult>;
}

/** A GET request to an https address that a server named, for example of a file. */
export type UrlRequest = Pick<TransportRequest, 'timeoutMs' | 'maxBytes' | 'signal'> & {
  readonly url: string;
};

/** A request to another server. Its path is sent as it stands, since it was signed so. */
export type TransportRequest = {
  /** Server name. */
  readonly destination: string;
  readonly method: 'GET' | 'PUT' | 'POST';
  /** Path and query, exactly as signed. */
  readonly path: string;
  /** For example `authorization`. */
  readonly headers?: { readonly [name: string]: string };
  /** JSON text, sent with content-type application/json. */
  readonly body?: string;
  /** For all of it: discovery, connection, request and answer. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
};

/** An answer with its whole body, or why there is none. */
export type TransportResult = TransportResponse<Uint8Array> | TransportFailure;

/** An answer whose body is read as it arrives, or why there is none. */
export type TransportStreamResult = TransportResponse<AsyncIterable<Uint8Array>> | TransportFailure;

/** What a server answered, whichever its status. */
export type TransportResponse<Body> = {
  readonly kind: 'response';
  readonly status: number;
  /** Names in lower case; values of a repeated header are joined with ', '. */
  readonly headers: { readonly [name: string]: string };
  readonly body: Body;
};

/** There is no answer. */
export type TransportFailure = {
  readonly kind: 'failed';
  readonly code: TransportFailureCode;
  /** Plain words that name the server and the step that failed. */
  readonly reason: string;
};

/** What stood in the way: `aborted` is the caller's signal, `too-large` an answer over `maxBytes`. */
export type TransportFailureCode =
  | 'unreachable'
  | 'timeout'
  | 'refused-by-policy'
  | 'tls'
  | 'dns'
  | 'too-large'
  | 'aborted';

/** Thrown while a streamed body is read. */
export class TransportBodyError extends Error {
  override readonly name = 'TransportBodyError';
  readonly code: TransportFailureCode;

  constructor(code: TransportFailureCode, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.code = code;
  }
}
