import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryOf, readParts, writeParts } from './multipart.ts';

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const collect = async (source: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
};

const read = async (bytes: Uint8Array, size: number, boundary = 'b') => {
  const parts: { headers: { readonly [name: string]: string }; body: Buffer }[] = [];
  for await (const part of readParts(pieces(bytes, size), boundary)) {
    parts.push({ headers: part.headers, body: await collect(part.content) });
  }
  return parts;
};

describe('multipart', () => {
  it('reads any bytes as they were written, however they are cut', async () => {
    const alphabet = fc.constantFrom(...[...'\r\n-ab'].map((character) => character.charCodeAt(0)), 0, 255);
    await fc.assert(
      fc.asyncProperty(fc.array(alphabet), fc.integer({ min: 1, max: 40 }), async (values, size) => {
        const content = Uint8Array.from(values);
        // The boundary must not occur in the content: that is what makes it one.
        const boundary = 'ab-not-in-here';
        const file = {
          contentType: 'image/png',
          uploadName: undefined,
          size: content.length,
          version: 'any',
          content: pieces(content, 7),
        };
        const written = await collect(writeParts(file, boundary, 'inline'));
        const parts = await read(written, size, boundary);
        expect(parts.map((part) => part.headers['content-type'])).toEqual(['application/json', 'image/png']);
        expect(parts[1]?.body.equals(Buffer.from(content))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('reads headers without body, a preamble, and padded delimiters', async () => {
    const text =
      'preamble\r\n--b  \r\n\r\n{}\r\n--b\r\nLocation: https://cdn.example.org/x\r\n\r\n\r\n--b--\r\nepilogue';
    const parts = await read(Buffer.from(text), 3);
    expect(parts.map((part) => part.headers)).toEqual([{}, { location: 'https://cdn.example.org/x' }]);
    expect(parts[0]?.body.toString()).toBe('{}');
    expect(parts[1]?.body.length).toBe(0);
  });

  it('does not take a file that breaks off for a whole one', async () => {
    await expect(read(Buffer.from('--b\r\n\r\n{}\r\n--b\r\nA: b\r\n\r\nhalf'), 4)).rejects.toThrow(
      'ends before',
    );
  });

  it('finds the boundary in its header', () => {
    expect(boundaryOf('multipart/mixed; boundary=abc')).toBe('abc');
    expect(boundaryOf('multipart/mixed;boundary="a b"; charset=x')).toBe('a b');
    expect(boundaryOf('application/json')).toBeUndefined();
  });
});
