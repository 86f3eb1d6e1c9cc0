import { TransportBodyError } from '@causeway/homeserver';

/**
 * A body has to bring this much in each time window, or its end: otherwise one byte now and then would hold
 * a connection, and whoever waits for it, for as long as the sender likes.
 */
const MIN_BYTES_PER_WINDOW = 4 * 1024;

/** A body with a limit of bytes and, when `windowMs` is given, of slowness. */
export async function* boundedBody(
  source: AsyncIterable<Uint8Array>,
  options: { readonly label: string; readonly maxBytes: number; readonly windowMs?: number },
): AsyncGenerator<Uint8Array> {
  const { label, maxBytes, windowMs } = options;
  const iterator = source[Symbol.asyncIterator]();
  const window = windowMs === undefined ? undefined : new Window(label, windowMs);
  let size = 0;
  let isAtEnd = false;
  try {
    for (;;) {
      const piece = await (window === undefined ? iterator.next() : window.wait(iterator.next()));
      if (piece.done) {
        isAtEnd = true;
        return;
      }
      size += piece.value.byteLength;
      if (size > maxBytes) {
        throw new TransportBodyError('too-large', `the answer of ${label} has more than ${maxBytes} bytes`);
      }
      window?.count(piece.value.byteLength);
      yield piece.value;
    }
  } finally {
    // Ends the transfer. Not awaited: a source that stalls would not answer this either.
    if (!isAtEnd) iterator.return?.().catch(() => {});
  }
}

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
