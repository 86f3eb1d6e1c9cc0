/**
 * The strict JSON reader.
 *
 * Unlike `JSON.parse` it sees floats, integers that a double cannot hold, lone surrogates and deep nesting:
 * each becomes a {@link JsonFault} where it stands, and reading goes on. Of duplicate keys the last one
 * counts. `-0` is read as 0. Only text that is not JSON, or not UTF-8, is refused as a whole.
 *
 * Strings of the result may share memory with the text that was read.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#canonical-json
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { ENVELOPE_DEPTH, JsonFault, type JsonValue, MAX_JSON_DEPTH } from './json-value.ts';

export type ParsedJson =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads a JSON document from UTF-8 bytes or a string.
 *
 * Objects have no inherited properties: `__proto__` and `constructor` are ordinary data.
 */
export function parseJson(input: Uint8Array | string): ParsedJson {
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  if (text === undefined) return { ok: false, reason: 'not valid UTF-8' };
  try {
    return { ok: true, value: new Reader(text).readDocument() };
  } catch (error) {
    if (error instanceof SyntaxFault) return { ok: false, reason: error.message };
    throw error;
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer)) return buffer.toString('latin1');
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined;
}

/** Leaves the reader from any depth; never leaves this file. */
class SyntaxFault extends Error {}

/**
 * What objects inherit from: nothing. `Object.create(null)` would say the same, but V8 keeps such objects as
 * hash tables, half again as large and slower to read.
 */
const nothing: object = Object.freeze(Object.create(null));

const DEEPEST = MAX_JSON_DEPTH + ENVELOPE_DEPTH;

/** Digits that always fit in the range of exact integers. */
const SAFE_DIGITS = 15;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
/** Characters of a text that may stay in memory for a piece of it. */
const LARGE_TEXT = 1_024;
/** Nobody remembers longer ones than identifiers, which have 255 bytes. */
const LARGE_PIECE = 512;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class Reader {
  readonly #text: string;
  /** When the whole text is well-formed, only escapes can make a lone surrogate. */
  readonly #wellFormed: boolean;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#wellFormed = text.isWellFormed();
  }

  readDocument(): JsonValue {
    const value = this.#readValue(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#refuse();
    return value;
  }

  #readValue(depth: number): JsonValue {
    switch (this.#skipSpace()) {
      case QUOTE:
        return this.#readStringValue();
      case OPEN_OBJECT:
        return depth < DEEPEST ? this.#readObject(depth + 1) : this.#skipDeepValue();
      case OPEN_ARRAY:
        return depth < DEEPEST ? this.#readArray(depth + 1) : this.#skipDeepValue();
      case 0x74:
        return this.#readWord('true', true);
      case 0x66:
        return this.#readWord('false', false);
      case 0x6e:
        return this.#readWord('null', null);
      default:
        return this.#readNumber();
    }
  }

  #readObject(depth: number): JsonValue {
    const object: { [key: string]: JsonValue } = Object.create(nothing);
    this.#at++;
    if (this.#skipSpace() === CLOSE_OBJECT) {
      this.#at++;
      return object;
    }
    for (;;) {
      if (this.#skipSpace() !== QUOTE) this.#refuse();
      const key = this.#readString();
      if (this.#skipSpace() !== COLON) this.#refuse();
      this.#at++;
      const start = this.#at;
      const value = this.#readValue(depth);
      object[key] = this.#isSound(key) ? value : this.#fault('lone-surrogate', start);
      const next = this.#skipSpace();
      this.#at++;
      if (next === CLOSE_OBJECT) return object;
      if (next !== COMMA) this.#refuse(-1);
    }
  }

  #readArray(depth: number): JsonValue {
    const array: JsonValue[] = [];
    this.#at++;
    if (this.#skipSpace() === CLOSE_ARRAY) {
      this.#at++;
      return array;
    }
    for (;;) {
      array.push(this.#readValue(depth));
      const next = this.#skipSpace();
      this.#at++;
      if (next === CLOSE_ARRAY) return array;
      if (next !== COMMA) this.#refuse(-1);
    }
  }

  #readStringValue(): JsonValue {
    const start = this.#at;
    const text = this.#readString();
    return this.#isSound(text) ? this.#own(text) : this.#fault('lone-surrogate', start);
  }

  #readString(): string {
    const text = this.#text;
    const start = ++this.#at;
    let at = start;
    for (;;) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) {
        this.#at = at + 1;
        return text.slice(start, at);
      }
      if (unit === BACKSLASH) return this.#readEscapedString(start, at);
      // Also ends at the end of the text, where charCodeAt gives NaN.
      if (!(unit >= SPACE)) return this.#refuse(at - this.#at);
      at++;
    }
  }

  /**
   * A piece of a text keeps the whole of it in memory for as long as somebody remembers the piece: one ID of a transaction
   * would keep all that came with it. Of a large text the pieces are therefore copies.
   */
  #own(piece: string): string {
    if (this.#text.length <= LARGE_TEXT || piece.length > LARGE_PIECE) return piece;
    // Joined, and then cut, it is written anew.
    return ` ${piece}`.slice(1);
  }

  /** The slow path, from the first backslash on. */
  #readEscapedString(start: number, firstEscape: number): string {
    const text = this.#text;
    let result = text.slice(start, firstEscape);
    let at = firstEscape;
    let copied = at;
    for (;;) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) {
        this.#at = at + 1;
        result += text.slice(copied, at);
        if (!result.isWellFormed()) this.#loneSurrogate = result;
        return result;
      }
      if (!(unit >= SPACE)) return this.#refuse(at - this.#at);
      if (unit !== BACKSLASH) {
        at++;
        continue;
      }
      result += text.slice(copied, at);
      const letter = text.charAt(at + 1);
      const simple = escapes.get(letter);
      if (simple !== undefined) {
        result += simple;
        at += 2;
      } else {
        const digits = text.slice(at + 2, at + 6);
        if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) return this.#refuse(at - this.#at);
        result += String.fromCharCode(Number.parseInt(digits, 16));
        at += 6;
      }
      copied = at;
    }
  }

  /** The last string with an escape that is not well-formed. */
  #loneSurrogate: string | undefined = undefined;

  #isSound(text: string): boolean {
    if (this.#wellFormed && this.#loneSurrogate === undefined) return true;
    return text.isWellFormed();
  }

  #readNumber(): JsonValue {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let unit = text.charCodeAt(at);
    const negative = unit === MINUS;
    if (negative) unit = text.charCodeAt(++at);
    const firstDigit = at;
    let number = 0;
    while (unit >= ZERO && unit <= NINE) {
      number = number * 10 + (unit - ZERO);
      unit = text.charCodeAt(++at);
    }
    const digits = at - firstDigit;
    if (digits === 0 || (digits > 1 && text.charCodeAt(firstDigit) === ZERO)) this.#refuse();
    this.#at = at;
    // 0x20 makes a capital E a small one.
    if (unit === DOT || (unit | 0x20) === 0x65) return this.#readFloat(start);
    if (digits > SAFE_DIGITS) {
      // Rounding never brings a number from outside the range into it.
      number = Number(text.slice(firstDigit, at));
      if (!Number.isSafeInteger(number)) return this.#fault('integer-range', start);
    }
    return negative && number !== 0 ? -number : number;
  }

  #readFloat(start: number): JsonFault {
    const rest = /(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
    rest.lastIndex = this.#at;
    rest.test(this.#text);
    if (rest.lastIndex === this.#at) this.#refuse();
    this.#at = rest.lastIndex;
    return this.#fault('float', start);
  }

  #readWord<Value>(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) this.#refuse();
    this.#at += word.length;
    return value;
  }

  /** Reads over a container without recursion, checking its syntax all the same. */
  #skipDeepValue(): JsonFault {
    const start = this.#at;
    /** The closing brackets that are still to come, innermost last. */
    const closing: number[] = [];
    do {
      const unit = this.#skipSpace();
      if (unit === OPEN_ARRAY || unit === OPEN_OBJECT) {
        const close = unit === OPEN_ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT;
        this.#at++;
        if (this.#skipSpace() !== close) {
          closing.push(close);
          if (close === CLOSE_OBJECT) this.#skipKey();
          continue;
        }
        this.#at++;
      } else {
        this.#readValue(DEEPEST);
      }
      this.#skipToNextMember(closing);
    } while (closing.length > 0);
    return this.#fault('too-deep', start);
  }

  /** After a member: over closing brackets to the next member, if any. */
  #skipToNextMember(closing: number[]): void {
    while (closing.length > 0) {
      const next = this.#skipSpace();
      this.#at++;
      if (next === COMMA) {
        if (closing.at(-1) === CLOSE_OBJECT) this.#skipKey();
        return;
      }
      if (next !== closing.pop()) this.#refuse(-1);
    }
  }

  #skipKey(): void {
    if (this.#skipSpace() !== QUOTE) this.#refuse();
    this.#readString();
    if (this.#skipSpace() !== COLON) this.#refuse();
    this.#at++;
  }

  /** The first code unit that is no white space; NaN at the end. */
  #skipSpace(): number {
    let unit = this.#text.charCodeAt(this.#at);
    while (unit === SPACE || unit === LINE_FEED || unit === CARRIAGE_RETURN || unit === TAB) {
      unit = this.#text.charCodeAt(++this.#at);
    }
    return unit;
  }

  #fault(kind: JsonFault['kind'], start: number): JsonFault {
    return new JsonFault(kind, this.#text.slice(start, this.#at).trim());
  }

  #refuse(offset = 0): never {
    const at = this.#at + offset;
    throw new SyntaxFault(
      at < this.#text.length ? `unexpected character at ${at}` : 'unexpected end of text',
    );
  }
}
