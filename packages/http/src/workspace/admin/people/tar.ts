/**
 * Writes tar archives as they are read, in the format that every system opens.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 ustar interchange format
 */
export type TarFile = {
  /** ASCII, at most 100 bytes. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedTs: number;
  readonly content: AsyncIterable<Uint8Array>;
};

const BLOCK = 512;
const MAX_NAME = 100;
/** Eleven octal digits; a larger number is written in binary, as GNU tar does. */
const MAX_OCTAL = 8 ** 11 - 1;

export async function* tarOf(files: AsyncIterable<TarFile>): AsyncGenerator<Uint8Array> {
  for await (const file of files) {
    yield headerOf(file);
    let written = 0;
    for await (const bytes of file.content) {
      written += bytes.length;
      yield bytes;
    }
    if (written !== file.size) throw new Error(`${file.name} has ${written} bytes, not ${file.size}`);
    const rest = written % BLOCK;
    if (rest > 0) yield new Uint8Array(BLOCK - rest);
  }
  yield new Uint8Array(2 * BLOCK);
}

const headerOf = ({ name, size, modifiedTs }: TarFile): Uint8Array => {
  if (Buffer.byteLength(name) > MAX_NAME) throw new Error(`the name ${name} does not fit into tar`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    header.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  header.write(name, 0, 'latin1');
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  if (size <= MAX_OCTAL) octal(size, 124, 12);
  else {
    header.writeUInt8(0x80, 124);
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  octal(Math.max(0, Math.floor(modifiedTs / 1000)), 136, 12);
  header.fill(' ', 148, 156);
  header.write('0', 156, 'latin1');
  header.write('ustar\0', 257, 'latin1');
  header.write('00', 263, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
};
