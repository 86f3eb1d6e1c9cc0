import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsed, present, readVectorGroup, textOf } from '../test-support/vectors.ts';
import {
  canonicalJson,
  canonicalJsonAsWritten,
  canonicalJsonBytes,
  compareCodePoints,
} from './canonical-json.ts';
import { findJsonFault, surveyJson } from './find-json-fault.ts';
import { ENVELOPE_DEPTH, isJsonObject, JsonFault, type JsonValue, MAX_JSON_DEPTH } from './json-value.ts';
import { parseJson } from './parse-json.ts';

const vectors = 'json-reader.json';

describe('the strict reader', () => {
  for (const { name, text, canonical } of readVectorGroup(vectors, 'valid')) {
    it(`reads, and canonical JSON writes: ${textOf(name)}`, () => {
      const value = parsed(textOf(text));
      expect(canonicalJson(value)).toBe(canonical);
      expect(parseJson(Buffer.from(textOf(text)))).toEqual({ ok: true, value });
    });
  }

  for (const { name, text, kind, written } of readVectorGroup(vectors, 'faults')) {
    it(`marks, without refusing the rest: ${textOf(name)}`, () => {
      const value = parsed(`[1,${textOf(text)},2]`);
      expect(findJsonFault(value)).toMatchObject({ kind, text: written });
      expect(() => canonicalJson(value)).toThrow(TypeError);
      expect(parsed(canonicalJsonAsWritten(value))).toEqual(value);
    });
  }

  for (const { name, text } of readVectorGroup(vectors, 'invalid')) {
    it(`refuses: ${textOf(name)}`, () => {
      expect(parseJson(textOf(text))).toMatchObject({ ok: false });
      expect(parseJson(Buffer.from(textOf(text)))).toMatchObject({ ok: false });
    });
  }

  for (const { name, hex } of readVectorGroup(vectors, 'invalidBytes')) {
    it(`refuses bytes: ${textOf(name)}`, () => {
      expect(parseJson(Buffer.from(textOf(hex), 'hex'))).toMatchObject({ ok: false });
    });
  }

  it('makes objects that inherit nothing', () => {
    const value = parsed('{"a":{}}');
    expect(isJsonObject(value) && value.toString).toBe(undefined);
    expect(isJsonObject(value) && value.constructor).toBe(undefined);
    expect(isJsonObject(value) && '__proto__' in value).toBe(false);
  });

  it('marks a string that is not well-formed when it reads from a string', () => {
    expect(findJsonFault(parsed('["fine","\ud800"]'))).toMatchObject({ kind: 'lone-surrogate' });
  });

  it('reads to the greatest depth, and marks what is deeper', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(findJsonFault(parsed(nested(MAX_JSON_DEPTH)))).toBe(undefined);
    expect(findJsonFault(parsed(nested(MAX_JSON_DEPTH + 1)))).toMatchObject({ kind: 'too-deep' });
    const deepest = MAX_JSON_DEPTH + ENVELOPE_DEPTH;
    expect(canonicalJson(parsed(nested(deepest)))).toBe(nested(deepest));
    expect(() => canonicalJson(parsed(nested(deepest + 1)))).toThrow(TypeError);
  });

  it('reads on after a million brackets', () => {
    const deep = `${'[{"a":'.repeat(500_000)}1${'}]'.repeat(500_000)}`;
    const value = parsed(`{"deep":${deep},"after":[1,{"b":2}]}`);
    expect(findJsonFault(value)).toMatchObject({ kind: 'too-deep' });
    expect(isJsonObject(value) && value.after).toEqual([1, { b: 2 }]);
    expect(canonicalJsonAsWritten(value)).toBe(`{"after":[1,{"b":2}],"deep":${deep}}`);
  });

  it('refuses bad syntax in what is too deep', () => {
    for (const bad of [
      '[1,]',
      '[1 2]',
      '{"a"}',
      '{"a":1,}',
      '[}',
      '{]',
      '[nul]',
      '["\\x"]',
      '{"a":1 "b":2}',
    ]) {
      expect(parseJson(`${'['.repeat(200)}${bad}${']'.repeat(200)}`)).toMatchObject({ ok: false });
    }
    for (const good of ['[]', '{}', '[{},[]]', '{"a":[],"b":{"c":[1,2]}}', ' [ 1 , { "a" : null } ] ']) {
      expect(parseJson(`${'['.repeat(200)}${good}${']'.repeat(200)}`)).toMatchObject({ ok: true });
    }
    expect(parseJson('['.repeat(1_000_000))).toMatchObject({ ok: false, reason: 'unexpected end of text' });
  });

  it('reads what JSON.parse reads, and nothing that it does not', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (text) => {
        expect(canonicalJsonAsWritten(parsed(text)).length).toBeGreaterThan(0);
        const value = parsed(text);
        if (findJsonFault(value) === undefined) expect(value).toEqual(normal(JSON.parse(text)));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\ue-+.01 tfnrals\n') }), (text) => {
        expect(parseJson(text).ok).toBe(isReadable(text));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('canonical JSON', () => {
  it('writes the specification example with minus zero and a large number', () => {
    expect(canonicalJson({ a: -0, b: 1e10 })).toBe('{"a":0,"b":10000000000}');
  });

  it('is UTF-8 as bytes', () => {
    expect(canonicalJsonBytes({ a: '日' })).toEqual(Buffer.from('{"a":"日"}'));
  });

  it('refuses what our own code got wrong', () => {
    for (const value of [
      1.5,
      Number.NaN,
      2 ** 53,
      '\ud800',
      { '\ud800': 1 },
      new JsonFault('float', '1.5'),
    ]) {
      expect(() => canonicalJson(value)).toThrow(TypeError);
      expect(findJsonFault(value)).toBeInstanceOf(JsonFault);
    }
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(parsed(text))).toBe(text);
        expect(parsed(text)).toEqual(normal(value));
      }),
    );
  });

  it('is blind to the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(keys, jsonValues), fc.infiniteStream(fc.nat()), (object, random) => {
        const shuffled = Object.entries(object)
          .map((entry) => ({ entry, at: random.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ entry }) => entry);
        expect(canonicalJson(Object.fromEntries(shuffled))).toBe(canonicalJson(object));
      }),
    );
  });

  it('orders keys as their UTF-8 bytes', () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const order = Object.keys(JSON.parse(canonicalJson({ [`x${a}`]: 1, [`x${b}`]: 1 })));
        expect(order).toEqual(
          [...new Set([`x${a}`, `x${b}`])].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y))),
        );
      }),
    );
  });

  it('is never longer than the survey says', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        expect(surveyJson(value).bytesAtMost).toBeGreaterThanOrEqual(canonicalJsonBytes(value).length);
      }),
    );
  });
});

const keys = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'b', '\uff61', '\u{1f600}', '"', '\n', '1'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

const { value: jsonValues } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
  ),
}));

/** -0 is read as 0. */
function normal(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function isReadable(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

it('reads a whole transaction despite one bad event', () => {
  const value = parsed('{"pdus":[{"depth":1},{"depth":1.5},{"depth":2}]}');
  const pdus = isJsonObject(value) && Array.isArray(value.pdus) ? value.pdus : [];
  expect(pdus.map((pdu) => findJsonFault(present(pdu))?.kind)).toEqual([undefined, 'float', undefined]);
});
