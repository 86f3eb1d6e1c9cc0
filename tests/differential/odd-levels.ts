/** Power levels as room versions before 10 allow them, and as they do not. */
import { JsonFault, type JsonValue, type RoomVersionRules } from '@causeway/protocol';
import type { Random } from '../../packages/testing/src/random.ts';

/** A value that stands for this power level in the room version. */
export const writeLevel = (rules: RoomVersionRules, random: Random, level: number): JsonValue => {
  if (rules.integerPowerLevels || random.below(3) > 0) return level;
  const floats = rules.strictCanonicalJson
    ? []
    : [
        new JsonFault('float', `${level}.75`),
        new JsonFault('float', `${level}e0`),
        ...(level === 0 ? [] : [new JsonFault('float', `${level}000.5E-3`)]),
      ];
  const sign = level < 0 ? '' : '+';
  const texts = [`${level}`, ` ${level} `, `${sign}${level}`, `\t${sign}${level}\n`];
  return random.pick<JsonValue>([...texts, ...floats, ...(level < 0 ? [] : [`000${level}`])]);
};

/** A value that stands for no power level, or for a very large one. */
export const oddLevel = (rules: RoomVersionRules, random: Random): JsonValue => {
  const numbers = rules.strictCanonicalJson
    ? []
    : [
        new JsonFault('float', '1e300'),
        new JsonFault('float', '-0.5'),
        new JsonFault('integer-range', '9007199254740993'),
        new JsonFault('integer-range', '-123456789012345678901234567890'),
      ];
  return random.pick<JsonValue>([
    null,
    true,
    {},
    [],
    '',
    'fifty',
    '50.5',
    '+-50',
    '50',
    ' +25 ',
    '9007199254740993',
    Number.MAX_SAFE_INTEGER,
    -1,
    ...numbers,
  ]);
};
