/**
 * Canonical JSON: the one way to write a value that every server agrees on.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#canonical-json
 */
import {
  ENVELOPE_DEPTH,
  isJsonArray,
  JsonFault,
  type JsonObject,
  type JsonValue,
  MAX_JSON_DEPTH,
} from './json-value.ts';
import { lenientNumberText } from './lenient-number.ts';

/**
 * Shortest JSON text, keys sorted by code point, integers only.
 *
 * Throws on a fault, a float, a lone surrogate or too deep nesting: look with `findJsonFault` first.
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, 0, refuseFault);
}

/**
 * As {@link canonicalJson}, but numbers that canonical JSON does not know are written as deployed servers write them:
 * for events of room versions that must not enforce it.
 */
export function lenientCanonicalJson(value: JsonValue): string {
  return write(value, 0, (fault) => lenientNumberText(fault) ?? refuseFault(fault));
}

/** Canonical JSON as UTF-8 bytes; throws like {@link canonicalJson}. */
export function canonicalJsonBytes(value: JsonValue): Uint8Array {
  return Buffer.from(canonicalJson(value), 'utf8');
}

/**
 * Canonical JSON where faults stay as they were written: for the signature of a request, whose sender wrote its
 * body canonically but for them, so that one bad event does not spoil the others.
 */
export function canonicalJsonAsWritten(value: JsonValue): string {
  return write(value, 0, (fault) => fault.text);
}

/** The keys of an object in canonical order. */
export function canonicalKeys(object: JsonObject): readonly string[] {
  const keys = Object.keys(object);
  let inOrder = true;
  for (let i = 1; i < keys.length && inOrder; i++) inOrder = (keys[i - 1] ?? '') < (keys[i] ?? '');
  if (!inOrder) keys.sort();
  // UTF-16 order differs from code point order only where a surrogate meets U+E000 or above.
  return keys.some(hasHighUnit) ? keys.sort(compareCodePoints) : keys;
}

/** A string or key as canonical JSON. */
export function canonicalString(text: string): string {
  if (text.length <= SHORT && isPlain(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError('a lone surrogate cannot be canonical JSON');
  return JSON.stringify(text);
}

/** Orders strings by code point, as UTF-8 bytes would be. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return rank(unitA) - rank(unitB);
  }
  return a.length - b.length;
}

/** Up to here a look at each character is faster than the native function. */
const SHORT = 48;

const HIGH_SURROGATES = 0xd800;
const AFTER_SURROGATES = 0xe000;

/** Puts surrogates, which stand for code points from U+10000, above all other code units. */
function rank(unit: number): number {
  return unit >= HIGH_SURROGATES && unit < AFTER_SURROGATES ? unit + 0x10000 : unit;
}

function hasHighUnit(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= HIGH_SURROGATES) return true;
  return false;
}

/** Whether a string needs neither escapes nor a check for surrogates. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || unit >= HIGH_SURROGATES) return false;
  }
  return true;
}

type WriteFault = (fault: JsonFault) => string;

function refuseFault(fault: JsonFault): never {
  throw new TypeError(`a fault cannot be canonical JSON: ${fault.kind}`);
}

function write(value: JsonValue, depth: number, writeFault: WriteFault): string {
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number') return writeNumber(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof JsonFault) return writeFault(value);
  if (depth >= MAX_JSON_DEPTH + ENVELOPE_DEPTH) throw new TypeError('nested too deeply for canonical JSON');
  return isJsonArray(value) ? writeArray(value, depth, writeFault) : writeObject(value, depth, writeFault);
}

function writeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) throw new TypeError('only exact integers can be canonical JSON');
  // Also turns -0 into 0.
  return String(value);
}

function writeArray(array: readonly JsonValue[], depth: number, writeFault: WriteFault): string {
  let text = '[';
  for (let i = 0; i < array.length; i++) {
    if (i > 0) text += ',';
    text += write(array[i] ?? null, depth + 1, writeFault);
  }
  return `${text}]`;
}

function writeObject(object: JsonObject, depth: number, writeFault: WriteFault): string {
  let text = '';
  for (const key of canonicalKeys(object)) {
    const value = object[key];
    // An absent value, as `{ state_key: undefined }` from our own code.
    if (value === undefined) continue;
    // A key with a lone surrogate only comes with a fault as its value.
    const name = value instanceof JsonFault ? JSON.stringify(key) : canonicalString(key);
    text += `${text === '' ? '{' : ','}${name}:${write(value, depth + 1, writeFault)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}
