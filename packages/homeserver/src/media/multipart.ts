/**
 * `multipart/mixed` as servers exchange files in it, read and written as a stream. A part ends at a line
 * break, two hyphens and the boundary, and nowhere else: files with empty lines, with the boundary's
 * beginning, or without any text survive as they are.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2046#section-5.1
 */
import type { MediaFile } from './media-file.ts';

/** One part of a multipart body. */
export type Part = {
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** Read before the next part is asked for; what is left unread is passed over. */
  readonly content: AsyncIterable<Uint8Array>;
};

/** The body does not have the form of its content type. */
export class MultipartError extends Error {}

const MAX_HEADER_BYTES = 16 * 1024;

/** The boundary that a content type names. */
export const boundaryOf = (contentType: string): string | undefined => {
  if (!/^multipart\/mixed\b/i.test(contentType)) return undefined;
  const match = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
};

/**
 * The parts of a body, in their order, while it arrives. `boundary` as in the content type.
 *
 * @throws MultipartError
 */
export async function* readParts(body: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part> {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  // The first delimiter may stand at the very beginning, without a line break before it.
  const source = new Source(body, Buffer.from('\r\n'));
  await drain(source.until(delimiter));
  for (;;) {
    if (await source.isLastDelimiter()) return;
    const headers = await source.headers();
    const content = source.until(delimiter);
    yield { headers, content };
    await drain(content);
  }
}

const drain = async (content: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const _bytes of content);
};

class Source {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer: Buffer;

  constructor(body: AsyncIterable<Uint8Array>, beginning: Buffer) {
    this.#chunks = body[Symbol.asyncIterator]();
    this.#buffer = beginning;
  }

  /** What comes before the delimiter, which is taken too. */
  async *until(delimiter: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const found = this.#buffer.indexOf(delimiter);
      if (found >= 0) {
        const content = this.#buffer.subarray(0, found);
        this.#buffer = this.#buffer.subarray(found + delimiter.length);
        if (content.length > 0) yield content;
        return;
      }
      // The end of the buffer may be the beginning of the delimiter.
      const safe = this.#buffer.length - delimiter.length + 1;
      if (safe > 0) {
        const content = this.#buffer.subarray(0, safe);
        this.#buffer = this.#buffer.subarray(safe);
        yield content;
      }
      await this.#more();
    }
  }

  /** Whether the delimiter that was just taken is the one at the end; takes the rest of its line. */
  async isLastDelimiter(): Promise<boolean> {
    while (this.#buffer.length < 2) await this.#more();
    if (this.#buffer.subarray(0, 2).toString('latin1') === '--') return true;
    while (this.#buffer.indexOf('\r\n') < 0) {
      if (this.#buffer.length > MAX_HEADER_BYTES) throw new MultipartError('a delimiter line does not end');
      await this.#more();
    }
    this.#buffer = this.#buffer.subarray(this.#buffer.indexOf('\r\n'));
    return false;
  }

  async headers(): Promise<{ readonly [name: string]: string }> {
    // The buffer begins with the line break of the delimiter, so no headers at all end here as well.
    while (this.#buffer.indexOf('\r\n\r\n') < 0) {
      if (this.#buffer.length > MAX_HEADER_BYTES)
        throw new MultipartError('the headers of a part do not end');
      await this.#more();
    }
    const end = this.#buffer.indexOf('\r\n\r\n');
    const lines = this.#buffer.subarray(0, end).toString('utf8').split('\r\n');
    this.#buffer = this.#buffer.subarray(end + 4);
    return Object.fromEntries(
      lines.flatMap((line) => {
        const colon = line.indexOf(':');
        return colon < 1 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]];
      }),
    );
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done === true) throw new MultipartError('the body ends before its last delimiter');
    this.#buffer = Buffer.concat([this.#buffer, next.value]);
  }
}

/** A file as the body of a federation download, between JSON and the end. */
export async function* writeParts(
  file: MediaFile,
  boundary: string,
  disposition: string,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(
    `--${boundary}\r\nContent-Type: application/json\r\n\r\n{}\r\n` +
      `--${boundary}\r\nContent-Type: ${file.contentType}\r\nContent-Disposition: ${disposition}\r\n\r\n`,
  );
  yield* file.content;
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}
