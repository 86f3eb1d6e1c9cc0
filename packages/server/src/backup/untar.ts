/**
 * Reads a tar archive as it comes, as `tarOf` writes it.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 ustar interchange format
 */
export type TarEntry = {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Must be read to its end before the next entry is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
};

/** The archive is not as it should be. */
export class TarFault extends Error {
  override readonly name = 'TarFault';
}

const BLOCK = 512;

export async function* untar(archive: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const bytes = new Bytes(archive);
  for (;;) {
    const header = await bytes.whole(BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const { name, size } = headerOf(header);
    let left = size;
    const content = async function* () {
      while (left > 0) {
        const piece = await bytes.some(left);
        left -= piece.length;
        yield piece;
      }
    };
    yield { name, size, content: content() };
    if (left > 0) throw new Error(`${name} was not read to its end`);
    if (size % BLOCK > 0) await bytes.whole(BLOCK - (size % BLOCK));
  }
  // The end is two empty blocks; whoever reads on also learns whether the source ends well.
  while (!(await bytes.ended())) {
    const piece = await bytes.some(BLOCK);
    if (piece.some((byte) => byte !== 0)) throw new TarFault('something follows its end');
  }
}

const headerOf = (header: Buffer): { readonly name: string; readonly size: number } => {
  const text = (at: number, length: number) => {
    const field = header.toString('latin1', at, at + length);
    const end = field.indexOf('\0');
    return end === -1 ? field : field.slice(0, end);
  };
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (Number.parseInt(text(148, 8), 8) !== sum) throw new TarFault('a header in it is damaged');
  if (text(156, 1) !== '0') throw new TarFault('it has something else than files');
  const size =
    header.readUInt8(124) === 0x80 ? Number(header.readBigUInt64BE(128)) : Number.parseInt(text(124, 12), 8);
  if (!Number.isSafeInteger(size) || size < 0) throw new TarFault('a header in it is damaged');
  return { name: text(0, 100), size };
};

/** Takes as many bytes as are asked for out of pieces of any size. */
class Bytes {
  readonly #source: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async ended(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const next = await this.#source.next();
      if (next.done === true) return true;
      this.#piece = next.value;
    }
    return false;
  }

  /** At least one, at most so many. */
  async some(atMost: number): Promise<Uint8Array> {
    if (await this.ended()) throw new TarFault('it ends too early');
    const taken = this.#piece.subarray(0, atMost);
    this.#piece = this.#piece.subarray(taken.length);
    return taken;
  }

  async whole(length: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for (let left = length; left > 0; ) {
      const piece = await this.some(left);
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }
}
