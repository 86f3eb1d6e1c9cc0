import { workRatio } from '@causeway/testing/work-ratio';
import { describe, expect, it } from 'vitest';
import { createPasswords } from './passwords.ts';

describe('passwords', () => {
  it('are kept as argon2id and verified', async () => {
    const passwords = createPasswords('low');
    const stored = await passwords.hash('pässword');
    expect(stored).toMatch(/^\$argon2id\$/);
    expect(await passwords.verify(stored, 'pässword')).toBe(true);
    expect(await passwords.verify(stored, 'password')).toBe(false);
    expect(await passwords.verify(null, 'password')).toBe(false);
  });

  it('cost as much for nobody as for somebody', async () => {
    const passwords = createPasswords('normal');
    const stored = await passwords.hash('right');
    const ratio = await workRatio(
      () => passwords.verify(stored, 'wrong'),
      () => passwords.verify(undefined, 'wrong'),
    );
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('are refused beyond a bound of waiting ones instead of piling up', async () => {
    const passwords = createPasswords('low');
    const results = await Promise.allSettled(Array.from({ length: 200 }, () => passwords.hash('x')));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBe(148);
    expect(refused[0]?.reason).toMatchObject({ errcode: 'M_LIMIT_EXCEEDED' });
    await expect(passwords.hash('x')).resolves.toBeDefined();
  });

  it('are refused when they are absurdly long', async () => {
    await expect(createPasswords('low').hash('x'.repeat(513))).rejects.toMatchObject({
      errcode: 'M_INVALID_PARAM',
    });
  });
});
