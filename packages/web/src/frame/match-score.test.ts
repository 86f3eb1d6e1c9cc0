import { describe, expect, it } from 'vitest';
import { matchScore } from './match-score.ts';

describe('finding a room by a few letters', () => {
  it('prefers beginnings to words to anything within, and refuses the rest', () => {
    const scores = ['general', 'the general', 'agenral general'.slice(0, 7), 'xgeneral', 'partners'].map(
      (name) => matchScore(name, 'gen'),
    );
    expect(scores[0]).toBeGreaterThan(scores[1] ?? 0);
    expect(scores[1]).toBeGreaterThan(scores[3] ?? 0);
    expect(scores[4]).toBe(0);
  });

  it('shows everything while nothing is typed', () => {
    expect(matchScore('anything', '  ')).toBeGreaterThan(0);
  });
});
