import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonPiece, JsonStream } from './json-stream.ts';

const arrays = new Set(['state', 'auth_chain']);

/** Everything that comes out of a text that arrives in chunks of `size` bytes. */
const readIn = (text: string | Uint8Array, size: number, maxValueBytes = 1000) => {
  const stream = new JsonStream({ arrays, maxValueBytes });
  const bytes = Buffer.from(text);
  const pieces: JsonPiece[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(...stream.push(bytes.subarray(at, at + size)));
  return { pieces, fault: stream.end() };
};

const assemble = (pieces: readonly JsonPiece[]) => {
  const whole: { [member: string]: unknown } = {};
  for (const { member, isElement, value } of pieces) {
    if (isElement) whole[member] = [...((whole[member] as unknown[] | undefined) ?? []), value];
    else whole[member] = value;
  }
  return JSON.parse(JSON.stringify(whole)) as unknown;
};

describe('a JSON object that arrives in chunks', () => {
  it('has members that are taken apart where they are arrays, and come out whole otherwise', () => {
    const read = (text: string) => {
      const stream = new JsonStream({ arrays, perhapsArrays: new Set(['names']), maxValueBytes: 100 });
      return [...stream.push(Buffer.from(text)), stream.end()];
    };
    const element = (value: string) => ({ member: 'names', isElement: true, value, bytes: 3 });
    expect(read('{"names": ["a","b"]}')).toEqual([element('a'), element('b'), undefined]);
    expect(read('{"names":[]}')).toEqual([undefined]);
    for (const value of [null, 'a', { a: ['b'] }])
      expect(read(JSON.stringify({ names: value }))).toEqual([
        { member: 'names', isElement: false, value, bytes: JSON.stringify(value).length },
        undefined,
      ]);
  });

  it('comes out the same, however it is cut', () => {
    const key = fc.constantFrom('state', 'auth_chain', 'event', 'origin', 'ünïcode "quoted"');
    const json = fc.jsonValue({ noUnicodeString: false }).filter((value) => isPlain(value));
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.array(json, { minLength: 1, maxLength: 4 }), { noNullPrototype: true }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(undefined, 1, '\t'),
        (object, size, indent) => {
          const { pieces, fault } = readIn(JSON.stringify(object, null, indent), size, 100_000);
          expect(fault).toBeUndefined();
          expect(assemble(pieces)).toEqual(JSON.parse(JSON.stringify(object)));
        },
      ),
    );
  });

  it('has its elements out before its end is there', () => {
    const stream = new JsonStream({ arrays, maxValueBytes: 100 });
    expect([...stream.push(Buffer.from('{"state":[{"a":"]"},{"b'))]).toEqual([
      { member: 'state', isElement: true, value: { a: ']' }, bytes: 9 },
    ]);
    expect([...stream.push(Buffer.from('":1}]'))].map((piece) => piece.value)).toEqual([{ b: 1 }]);
    expect([...stream.push(Buffer.from(',"x":12'))]).toEqual([]);
    expect([...stream.push(Buffer.from('3}'))]).toEqual([
      { member: 'x', isElement: false, value: 123, bytes: 3 },
    ]);
    expect(stream.end()).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['an end too early', '{"state":[{}'],
    ['text after the end', '{} x'],
    ['two elements without a comma', '{"state":[{} {}]}'],
    ['a comma before the end of an array', '{"state":[1,]}'],
    ['only a comma in an array', '{"state":[,]}'],
    ['a comma before the end of the object', '{"a":1,}'],
    ['a member without a value', '{"a":}'],
    ['a member without a name', '{1:2}'],
    ['no colon', '{"a" 1}'],
    ['brackets that do not match', '{"a":[1}}'],
    ['a word that is none', '{"a":nul}'],
    ['no array where one belongs', '{"state":{}}'],
    ['the same member twice', '{"state":[],"state":[]}'],
    ['a member twice, once escaped', '{"state":[],"st\\u0061te":[]}'],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ])('is refused for %s', (_what, text) => {
    for (const size of [1, 3, 100]) expect(readIn(text, size).fault).toBeTypeOf('string');
  });

  it('is refused for a value that is too long, as soon as it is', () => {
    const stream = new JsonStream({ arrays, maxValueBytes: 10 });
    expect([...stream.push(Buffer.from('{"state":["01234567890123'))]).toEqual([]);
    expect(stream.fault).toMatch(/more than 10 bytes/);
  });

  it('is refused for members without end, and for a name without end', () => {
    const many = Array.from({ length: 101 }, (_, index) => `"m${index}":1`).join(',');
    expect(readIn(`{${many.slice(0, many.lastIndexOf(','))}}`, 100).fault).toBeUndefined();
    expect(readIn(`{${many}}`, 100).fault).toMatch(/more than 100 members/);
    const stream = new JsonStream({ arrays, maxValueBytes: 1000 });
    expect([...stream.push(Buffer.from(`{"${'n'.repeat(300)}`))]).toEqual([]);
    expect(stream.fault).toMatch(/name of a member has more than 256 bytes/);
  });
});

/** Values that the strict reader takes without a fault. */
const isPlain = (value: unknown): boolean =>
  !/[.eE]-?\+?\d|\\ud[89a-f]/i.test(JSON.stringify(value)) &&
  JSON.stringify(value).isWellFormed() &&
  !/\d{16}/.test(JSON.stringify(value)) &&
  !/__proto__|-0/.test(JSON.stringify(value));
