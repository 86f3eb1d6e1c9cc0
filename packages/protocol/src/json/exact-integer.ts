import { JsonFault, type JsonValue } from './json-value.ts';

/**
 * An integer of any size: a number where a number is exact, and a bigint beyond. Two of them compare with `<` and
 * `>` whatever they are, and equal ones are `===`.
 */
export type ExactInteger = number | bigint;

/** The integer that a JSON value is, of any size; undefined when it is something else. */
export function integerIn(value: JsonValue | undefined): ExactInteger | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  const isLarge = value instanceof JsonFault && value.kind === 'integer-range';
  return isLarge ? exactInteger(BigInt(value.text)) : undefined;
}

/** The number that a JSON value with a fraction or an exponent stands for; undefined when it is something else. */
export function floatIn(value: JsonValue | undefined): number | undefined {
  return value instanceof JsonFault && value.kind === 'float' ? Number(value.text) : undefined;
}

/** The same integer in the form in which equal ones are `===`. */
export function exactInteger(value: bigint): ExactInteger {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
