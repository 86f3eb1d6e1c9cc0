import { describe, expect, it } from 'vitest';
import { FetchBudget } from './fetch-budget.ts';

const SECOND = 1000;

describe('how often a server is asked for its keys', () => {
  it('is five times a minute, whoever names it', () => {
    const budget = new FetchBudget();
    const taken = Array.from({ length: 50 }, (_, at) => budget.take('a.test', at * SECOND));
    expect(taken.filter(Boolean)).toHaveLength(5);
    expect(budget.take('b.test', 50 * SECOND)).toBe(true);
    expect(budget.take('a.test', 60 * SECOND)).toBe(true);
  });

  it('pauses after a failure, twice as long after each further one, five minutes at most', () => {
    const budget = new FetchBudget();
    let now = 0;
    const pauses = [30, 60, 120, 240, 300, 300].map((seconds) => {
      expect(budget.take('a.test', now)).toBe(true);
      budget.failed('a.test', now);
      expect(budget.take('a.test', now + seconds * SECOND - 1)).toBe(false);
      now += seconds * SECOND;
      return seconds;
    });
    expect(pauses).toHaveLength(6);
    expect(budget.take('a.test', now)).toBe(true);
    budget.succeeded('a.test');
    budget.failed('a.test', now);
    expect(budget.take('a.test', now + 30 * SECOND)).toBe(true);
  });

  it('remembers no more than ten thousand servers, however many are named', () => {
    const budget = new FetchBudget();
    budget.failed('first.test', 0);
    expect(budget.take('first.test', 1)).toBe(false);
    for (let n = 0; n < 10_000; n++) budget.take(`${n}.test`, 1);
    expect(budget.take('first.test', 1)).toBe(true);
  });
});
