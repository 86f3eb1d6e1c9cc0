import type { StoreValue } from './table-plan.ts';

/**
 * The order of values in every Store: null first, integers by size, text by code point (which is the order
 * of its UTF-8 bytes, SQLite's BINARY and PostgreSQL's "C" collation), blobs by byte. Two values of one
 * column are of one kind, or null.
 */
export const compareValues = (a: StoreValue, b: StoreValue): number => {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  throw new TypeError('values of different kinds are not compared');
};

/**
 * JavaScript compares UTF-16 code units, where U+10000 and above (surrogates, D800–DFFF) come before
 * U+E000–U+FFFF. Moving the surrogates above that range makes it the order of code points.
 */
const compareText = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
};

const codePointRank = (unit: number): number =>
  unit < 0xd800 ? unit : unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
};
