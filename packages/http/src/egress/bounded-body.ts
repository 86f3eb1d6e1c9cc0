import type { Readable } from 'node:stream';
import { TransportBodyError } from '@causeway/homeserver';

/**
 * A body has to bring this much in each time window, or its end: otherwise one byte now and then would hold
 * a connection, and whoever waits for it, for as long as the sender likes.
 */
const MIN_BYTES_PER_WINDOW = 4 * 1024;

type BodyLimits = { readonly label: string; readonly maxBytes: number };

/** All of a body. (With events: an async iterator costs more than sending the request.) */
export const readBody = (source: Readable, limits: BodyLimits): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    source.on('data', (piece: Buffer) => {
      size += piece.byteLength;
      if (size > limits.maxBytes) source.destroy(tooLarge(limits));
      else pieces.push(piece);
    });
    source.on('end', () => {
      const [only] = pieces;
      const bytes = only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces, size);
      resolve(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    });
    source.on('error', reject);
    source.on('close', () => reject(new Error('the body was closed before its end')));
  });

/** A body piece by piece, which has to move on. */
export async function* streamBody(
  source: AsyncIterable<Uint8Array>,
  limits: BodyLimits & { readonly windowMs: number },
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  const window = new Window(limits.label, limits.windowMs);
  let size = 0;
  let isAtEnd = false;
  try {
    for (;;) {
      const piece = await window.wait(iterator.next());
      if (piece.done) {
        isAtEnd = true;
        return;
      }
      size += piece.value.byteLength;
      if (size > limits.maxBytes) throw tooLarge(limits);
      window.count(piece.value.byteLength);
      yield piece.value;
    }
  } finally {
    // Ends the transfer. Not awaited: a source that stalls would not answer this either.
    if (!isAtEnd) iterator.return?.().catch(() => {});
  }
}

const tooLarge = ({ label, maxBytes }: BodyLimits): TransportBodyError =>
  new TransportBodyError('too-large', `the answer of ${label} has more than ${maxBytes} bytes`);

/** Counts what came while we waited; the time a slow reader takes is not the sender's. */
class Window {
  readonly #label: string;
  readonly #ms: number;
  #waited = 0;
  #bytes = 0;

  constructor(label: string, ms: number) {
    this.#label = label;
    this.#ms = ms;
  }

  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < MIN_BYTES_PER_WINDOW) return;
    this.#bytes = 0;
    this.#waited = 0;
  }

  async wait<T>(next: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const begin = performance.now();
    const timer = setTimeout(() => {
      late.reject(new TransportBodyError('timeout', `the answer of ${this.#label} stalls`));
    }, this.#ms - this.#waited);
    try {
      return await Promise.race([next, late.promise]);
    } finally {
      clearTimeout(timer);
      this.#waited = Math.min(this.#ms, this.#waited + performance.now() - begin);
    }
  }
}
