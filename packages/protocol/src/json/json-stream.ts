/**
 * Takes a large JSON object apart while it arrives: the elements of its arrays come out one by one, so that
 * nobody has to hold, or read at once, an answer with a hundred thousand events.
 *
 * It finds where values begin and end, and checks what stands between them; the values themselves are read by
 * the strict reader, which checks the rest.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
import type { JsonValue } from './json-value.ts';
import { parseJson } from './parse-json.ts';

export type JsonPiece = {
  /** Member of the outermost object. */
  readonly member: string;
  /** Whether `value` is one element of the member's array, or all there is. */
  readonly isElement: boolean;
  readonly value: JsonValue;
  /** That it was written in. */
  readonly bytes: number;
};

export type JsonStreamOptions = {
  /** Members whose arrays are taken apart. Another value there is a fault. */
  readonly arrays: ReadonlySet<string>;
  /** Members that are taken apart where they are arrays, and come out whole where they are something else. */
  readonly perhapsArrays?: ReadonlySet<string>;
  /** Longest element, or value of another member. */
  readonly maxValueBytes: number;
};

type Expected =
  | 'object'
  | 'member-or-end'
  | 'member'
  | 'colon'
  | 'value'
  | 'array'
  | 'array-or-value'
  | 'element-or-end'
  | 'element'
  | 'comma-or-end-of-array'
  | 'comma-or-end'
  | 'nothing';

/** What a value that is being read consists of. */
type Inside = 'string' | 'container' | 'scalar';

/** The names of members are remembered: of an object that is taken apart there are a handful, and short ones. */
const MAX_MEMBERS = 100;
const MAX_NAME_BYTES = 256;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Leaves the reader from any depth; never leaves this file. */
class StreamFault extends Error {}

export class JsonStream {
  readonly #options: JsonStreamOptions;
  readonly #seen = new Set<string>();
  #expected: Expected = 'object';
  #member = '';
  /** The value that is being read: its parts in earlier chunks, and where its reading stands. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #inside: Inside | undefined;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #fault: string | undefined;

  constructor(options: JsonStreamOptions) {
    this.#options = options;
  }

  /** Why the text can't be read any further; once set, nothing comes out any more. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** What is complete with this chunk, which is not to be changed afterwards. Stops at the first fault. */
  *push(chunk: Uint8Array): Generator<JsonPiece, void> {
    if (this.#fault !== undefined) return;
    try {
      yield* this.#read(chunk);
    } catch (error) {
      if (!(error instanceof StreamFault)) throw error;
      this.#fault = error.message;
    }
  }

  /** To be called at the end of the text: what is wrong with it, if anything. */
  end(): string | undefined {
    if (this.#fault === undefined && this.#expected !== 'nothing') this.#fault = 'unexpected end of text';
    return this.#fault;
  }

  *#read(chunk: Uint8Array): Generator<JsonPiece, void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#inside !== undefined) {
        const end = this.#endOfValue(chunk, at);
        this.#keep(chunk, at, end ?? chunk.length);
        if (end === undefined) return;
        at = end;
        const piece = this.#finishValue();
        if (piece !== undefined) yield piece;
        continue;
      }
      const byte = chunk[at] ?? 0;
      if (isSpace(byte)) {
        at++;
        continue;
      }
      if (this.#expected === 'member-or-end' && byte !== CLOSE_OBJECT) this.#expected = 'member';
      if (this.#expected === 'element-or-end' && byte !== CLOSE_ARRAY) this.#expected = 'element';
      if (this.#expected === 'array-or-value') this.#expected = byte === OPEN_ARRAY ? 'array' : 'value';
      if (this.#beginsValue()) this.#beginValue(byte);
      else {
        this.#expected = this.#after(byte);
        at++;
      }
    }
  }

  #beginsValue(): boolean {
    return this.#expected === 'value' || this.#expected === 'element' || this.#expected === 'member';
  }

  /** What is expected after this byte between values. */
  #after(byte: number): Expected {
    switch (this.#expected) {
      case 'object':
        if (byte === OPEN_OBJECT) return 'member-or-end';
        break;
      case 'member-or-end':
        return 'nothing';
      case 'colon':
        if (byte === COLON) return this.#afterColon();
        break;
      case 'array':
        if (byte === OPEN_ARRAY) return 'element-or-end';
        break;
      case 'element-or-end':
        return 'comma-or-end';
      case 'comma-or-end-of-array':
        if (byte === COMMA) return 'element';
        if (byte === CLOSE_ARRAY) return 'comma-or-end';
        break;
      case 'comma-or-end':
        if (byte === COMMA) return 'member';
        if (byte === CLOSE_OBJECT) return 'nothing';
    }
    throw new StreamFault(`unexpected character, in place of: ${this.#expected}`);
  }

  #afterColon(): Expected {
    const { arrays, perhapsArrays } = this.#options;
    if (arrays.has(this.#member)) return 'array';
    return perhapsArrays?.has(this.#member) === true ? 'array-or-value' : 'value';
  }

  #beginValue(byte: number): void {
    if (this.#expected === 'member' && byte !== QUOTE) throw new StreamFault('a member has no name');
    this.#parts = [];
    this.#partBytes = 0;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#inside =
      byte === QUOTE ? 'string' : byte === OPEN_OBJECT || byte === OPEN_ARRAY ? 'container' : 'scalar';
  }

  /** Where the value ends in this chunk, reading from `from`; undefined when it goes on. */
  #endOfValue(chunk: Uint8Array, from: number): number | undefined {
    if (this.#inside === 'scalar') {
      for (let at = from; at < chunk.length; at++) {
        const byte = chunk[at] ?? 0;
        if (byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT || isSpace(byte)) return at;
      }
      return undefined;
    }
    let inString = this.#inString;
    let escaped = this.#escaped;
    let depth = this.#depth;
    let at = from;
    let end: number | undefined;
    for (; at < chunk.length && end === undefined; at++) {
      const byte = chunk[at] ?? 0;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          inString = false;
          if (depth === 0) end = at + 1;
        }
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
      else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) end = at + 1;
    }
    this.#inString = inString;
    this.#escaped = escaped;
    this.#depth = depth;
    return end;
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    this.#partBytes += to - from;
    const isName = this.#expected === 'member';
    const most = isName ? MAX_NAME_BYTES : this.#options.maxValueBytes;
    if (this.#partBytes > most) {
      throw new StreamFault(`${isName ? 'the name of a member' : 'a value'} has more than ${most} bytes`);
    }
    this.#parts.push(chunk.subarray(from, to));
  }

  #finishValue(): JsonPiece | undefined {
    const [only] = this.#parts;
    const bytes = only !== undefined && this.#parts.length === 1 ? only : Buffer.concat(this.#parts);
    this.#inside = undefined;
    this.#parts = [];
    const parsed = parseJson(bytes);
    if (!parsed.ok) throw new StreamFault(parsed.reason);
    const { value } = parsed;
    if (this.#expected === 'member') {
      if (typeof value !== 'string') throw new StreamFault('a member has no name');
      // The strict reader sees duplicate keys and takes the last; here the first has gone out already.
      if (this.#seen.has(value)) throw new StreamFault(`the member ${JSON.stringify(value)} comes twice`);
      if (this.#seen.size === MAX_MEMBERS)
        throw new StreamFault(`there are more than ${MAX_MEMBERS} members`);
      this.#seen.add(value);
      this.#member = value;
      this.#expected = 'colon';
      return undefined;
    }
    const isElement = this.#expected === 'element';
    this.#expected = isElement ? 'comma-or-end-of-array' : 'comma-or-end';
    return { member: this.#member, isElement, value, bytes: this.#partBytes };
  }
}
