import { describe, expect, it } from 'vitest';
import { compareStanding, roleName } from './power-level.ts';

describe('power levels in words', () => {
  it('names the usual levels and shows any other as it is', () => {
    expect(roleName({ level: 100, creator: false })).toBe('Owner');
    expect(roleName({ level: 50, creator: false })).toBe('Moderator');
    expect(roleName({ level: 0, creator: false })).toBe('Member');
    expect(roleName({ level: 42, creator: false })).toBe('Level 42');
    expect(roleName({ level: -5, creator: false })).toBe('Level -5');
  });

  it('shows the creator of a version 12 room as such, whatever the level', () => {
    expect(roleName({ level: Infinity, creator: true })).toBe('Creator');
  });

  it('sorts creators before owners and owners before members', () => {
    const people = [
      { level: 0, creator: false },
      { level: Infinity, creator: true },
      { level: 100, creator: false },
    ];
    expect(people.sort(compareStanding).map((one) => one.level)).toEqual([Infinity, 100, 0]);
  });
});
