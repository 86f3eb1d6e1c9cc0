/** How an operation of any of our APIs is declared and called, without a word about the HTTP library. */

import type { Readable } from 'node:stream';
import { MatrixError } from '@causeway/homeserver';
import { isJsonObject, type JsonObject, type JsonValue } from '@causeway/protocol';
import { readJson } from './read-json.ts';

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** What is known of a request when its headers are there. */
export type Arrival = {
  /** The peer, or what a trusted proxy says it is. */
  readonly remoteAddress: string;
  /** All values of the Authorization headers, each by itself. */
  readonly authorization: readonly string[];
  /** Bytes of the body as announced; the most that the operation takes when it does not say. */
  readonly bodyBytes: number;
};

export type HttpRoute = {
  readonly method: Method;
  /** Patterns such as `/_matrix/client/v3/rooms/:roomId/state`; a slash at the end does not matter. */
  readonly paths: readonly string[];
  /**
   * `bytes` (the default): the body is read, of at most `maxBodyBytes`. `stream`: the operation reads it, and
   * bounds it.
   */
  readonly body?: 'bytes' | 'stream';
  /** Default: {@link DEFAULT_MAX_BODY_BYTES}. */
  readonly maxBodyBytes?: number;
  /**
   * Asked before the body is read. Refuses by throwing a `MatrixError`; what it returns is called when the request is
   * over, however it ends.
   */
  readonly admit?: (arrival: Arrival) => () => void;
  /** Returns the JSON of a 200, or an {@link Answer}. Refuses by throwing a `MatrixError`. */
  readonly handle: (request: HttpRequest) => Promise<object>;
};

/** Larger than the largest event, with room for what surrounds it. */
export const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;

/** What an operation knows of its request. */
export class HttpRequest {
  readonly method: string;
  /** Path and query exactly as they came. */
  readonly uri: string;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  /** All values of the Authorization headers, each by itself. */
  readonly authorization: readonly string[];
  /** The peer, or what a trusted proxy says it is. */
  readonly remoteAddress: string;
  readonly query: URLSearchParams;
  /** The body as it came; empty when there is none, or when the operation reads a stream. */
  readonly body: Uint8Array;
  readonly stream: Readable;
  /** Aborted when the peer is gone before it got its answer. */
  readonly signal: AbortSignal;
  readonly #params: { readonly [name: string]: string | undefined };

  constructor(parts: {
    readonly method: string;
    readonly uri: string;
    readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
    readonly authorization: readonly string[];
    readonly remoteAddress: string;
    readonly params: { readonly [name: string]: string | undefined };
    readonly body: Uint8Array;
    readonly stream: Readable;
    readonly signal: AbortSignal;
  }) {
    this.method = parts.method;
    this.uri = parts.uri;
    this.headers = parts.headers;
    this.authorization = parts.authorization;
    this.remoteAddress = parts.remoteAddress;
    this.body = parts.body;
    this.stream = parts.stream;
    this.signal = parts.signal;
    this.#params = parts.params;
    const question = parts.uri.indexOf('?');
    this.query = new URLSearchParams(question < 0 ? '' : parts.uri.slice(question + 1));
  }

  /** A part of the path, decoded. */
  param(name: string): string {
    const value = this.#params[name];
    if (value === undefined) throw new Error(`the path has no part ${name}`);
    return value;
  }

  header(name: string): string | undefined {
    const value = this.headers[name];
    return typeof value === 'string' ? value : value?.[0];
  }

  /** The body as JSON, read strictly; undefined when there is none. @throws M_NOT_JSON */
  json(): JsonValue | undefined {
    return this.body.length === 0 ? undefined : readJson(this.body);
  }

  /** The body as a JSON object; no body counts as `{}`. @throws M_NOT_JSON, M_BAD_JSON */
  jsonObject(): JsonObject {
    const value = this.json() ?? {};
    if (!isJsonObject(value)) throw new MatrixError('M_BAD_JSON', 'The request body must be a JSON object.');
    return value;
  }
}

/** An answer that is not simply the JSON of a 200. */
export class Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  /** JSON, or bytes. */
  readonly body: object | Uint8Array | Readable | undefined;

  constructor(
    status: number,
    body: object | Uint8Array | Readable | undefined,
    headers: { readonly [name: string]: string } = {},
  ) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}
