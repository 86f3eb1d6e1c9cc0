/**
 * Numbers that canonical JSON does not know, in events of room versions that must not enforce it. Hashes and
 * signatures of such an event depend on how the number is written again, which the specification leaves open. What
 * counts is what the servers write that such rooms were made by: integers in full, floats in the shortest form
 * that reads back, with an exponent from 10^16 and below 10^-4, and always with a point or an exponent
 * (docs/adr/0040).
 */
import type { JsonFault } from './json-value.ts';

/** Undefined when the fault is no number, or one that no double holds. */
export function lenientNumberText(fault: JsonFault): string | undefined {
  if (fault.kind === 'integer-range') return BigInt(fault.text).toString();
  if (fault.kind !== 'float') return undefined;
  const value = Number(fault.text);
  return Number.isFinite(value) ? floatText(value) : undefined;
}

const FIRST_LARGE_EXPONENT = 16;
const LAST_SMALL_EXPONENT = -5;

function floatText(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  // The shortest digits that read back, one before the point.
  const [mantissa = '0', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  if (exponent >= FIRST_LARGE_EXPONENT || exponent <= LAST_SMALL_EXPONENT) {
    const exponentDigits = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${exponentDigits}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
