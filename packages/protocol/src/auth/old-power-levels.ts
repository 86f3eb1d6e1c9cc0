/**
 * Power levels before room version 10, which need not be integers.
 *
 * @see https://spec.matrix.org/v1.19/rooms/v1/#deprecated-event-content-schemas
 */
import { type ExactInteger, exactInteger, floatIn, integerIn } from '../json/exact-integer.ts';
import type { JsonValue } from '../json/json-value.ts';

/** The power level that a value stands for; undefined when it stands for none. */
export function oldPowerLevel(value: JsonValue | undefined): ExactInteger | undefined {
  if (typeof value === 'string') return levelInText(value);
  // Not in the specification, but so they are read (docs/differential.md).
  if (typeof value === 'boolean') return Number(value);
  const float = floatIn(value);
  if (float === undefined) return integerIn(value);
  // "the value is truncated at the decimal point"; values that no double holds are none.
  return Number.isFinite(float) ? exactInteger(BigInt(Math.trunc(float))) : undefined;
}

/**
 * "a single base 10 integer, no float values or decimal points, optionally with any number of leading zeroes;
 * optionally prefixed with a single - or + character before the integer; optionally with any number of leading or
 * trailing whitespace characters"
 */
const integerText = /^\s*(?<sign>[+-]?)(?<digits>[0-9]+)\s*$/;

function levelInText(text: string): ExactInteger | undefined {
  const { sign, digits } = integerText.exec(text)?.groups ?? {};
  if (digits === undefined) return undefined;
  const value = BigInt(digits);
  return exactInteger(sign === '-' ? -value : value);
}
