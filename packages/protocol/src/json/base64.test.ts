import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeBase64, encodeBase64, encodeBase64Url } from './base64.ts';

it('encodes the examples of the specification', () => {
  const examples = {
    '': '',
    f: 'Zg',
    fo: 'Zm8',
    foo: 'Zm9v',
    foob: 'Zm9vYg',
    fooba: 'Zm9vYmE',
    foobar: 'Zm9vYmFy',
  };
  for (const [text, base64] of Object.entries(examples)) {
    expect(encodeBase64(Buffer.from(text))).toBe(base64);
    expect(decodeBase64(base64)).toEqual(Buffer.from(text));
  }
});

it('decodes what it encodes, padded or not', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const base64 = encodeBase64(bytes);
      expect(decodeBase64(base64)).toEqual(Buffer.from(bytes));
      expect(decodeBase64(base64.padEnd(Math.ceil(base64.length / 4) * 4, '='))).toEqual(Buffer.from(bytes));
    }),
  );
});

it('has another alphabet for URLs', () => {
  const bytes = Buffer.from('fbff', 'hex');
  expect([encodeBase64(bytes), encodeBase64Url(bytes)]).toEqual(['+/8', '-_8']);
});

it('refuses garbage that Buffer would skip', () => {
  for (const text of [
    'a',
    'Zm9vY',
    'Zm 9v',
    'Zm9v\n',
    'Zg=',
    'Zg===',
    '=',
    '====',
    'Zm9v=',
    'Z=g=',
    '-_8',
    'Zm9v!',
    'é',
  ]) {
    expect(decodeBase64(text)).toBe(undefined);
  }
});

it('accepts unused bits that are not zero, as other servers do', () => {
  expect(decodeBase64('Zh')).toEqual(Buffer.from('f'));
});
