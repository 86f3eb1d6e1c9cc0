import { describe, expect, it } from 'vitest';
import { plainName } from './plain-name.ts';

describe('a name that somebody chose', () => {
  it('cannot turn the direction of what follows, or begin a new line', () => {
    expect(plainName('\u202Eevil\u2066 x')).toBe('evil x');
    expect(plainName(' Ada\nadmin ')).toBe('Ada admin');
  });

  it('keeps its letters, of any script', () => {
    expect(plainName('عدا')).toBe('عدا');
    expect(plainName('👩‍🚀 Ada')).toBe('👩‍🚀 Ada');
  });

  it('is not endless, and is not cut in the middle of a letter', () => {
    const long = plainName('😀'.repeat(10_000));
    expect([...long].length).toBe(201);
    expect(long.endsWith('😀…')).toBe(true);
  });
});
