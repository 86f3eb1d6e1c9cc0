import { describe, expect, it } from 'vitest';
import { mixesAlphabets } from './mixed-letters.ts';

describe('a name that mixes alphabets', () => {
  it('is one with look-alike letters in a word', () => {
    for (const name of ['\u0430da', 'раypal', 'Αda', 'Support of nоrth', 'ｎ\u043Ert\u04BB'])
      expect([name, mixesAlphabets(name)]).toEqual([name, true]);
  });

  it('is none of one alphabet, accents, digits, other scripts or several languages', () => {
    for (const name of [
      'Ada',
      'Zoë 2',
      'Ада Лавлейс',
      'Αδα',
      'Ada Ада',
      '田中 Ada',
      'naïve',
      'Café-Бар',
      '',
      '💡 ab',
    ])
      expect([name, mixesAlphabets(name)]).toEqual([name, false]);
  });
});
