import { describe, expect, it } from 'vitest';
import { objectOfPair } from './older-endpoints.ts';

const read = async (text: string, size: number): Promise<string> => {
  const bytes = Buffer.from(text);
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  const read: Uint8Array[] = [];
  for await (const part of objectOfPair(chunks())) read.push(part);
  return Buffer.concat(read).toString();
};

describe('the object of a pair', () => {
  const object = '{"state": [1, [2] ], "auth_chain": [ ]}';

  it.each([1, 2, 3, 7, 1000])('is read from chunks of %d bytes', async (size) => {
    expect((await read(`[200,${object}]`, size)).trim()).toBe(object);
    expect((await read(` [ 200 ,\n${object} \n ]\n`, size)).trim()).toBe(object);
  });

  it.each([1, 5, 1000])('is not whole when the pair is not closed, in chunks of %d bytes', async (size) => {
    expect(() => JSON.parse(object)).not.toThrow();
    const open = await read(`[200,${object}`, size);
    expect(() => JSON.parse(open)).toThrow(SyntaxError);
  });

  it.each([object, `[403,${object}]`, '[200]', '', 'no JSON'])('is not looked for in %s', async (text) => {
    expect(await read(text, 3)).toBe(text);
  });

  it('does not gather a beginning without end', async () => {
    const spaces = ' '.repeat(100_000);
    expect(await read(`${spaces}[200,${object}]`, 1000)).toBe(`${spaces}[200,${object}]`);
  });

  it('is not whole when spaces without end follow, which are not gathered either', async () => {
    const text = await read(`[200,${object}${' '.repeat(100_000)}]`, 1000);
    expect(text.length).toBeLessThan(1000);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });
});
