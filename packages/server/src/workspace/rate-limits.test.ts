import { describe, expect, it } from 'vitest';
import { createRateLimit } from './rate-limits.ts';

const setUp = () => {
  let now = 0;
  const limit = createRateLimit({ now: () => now, schedule: () => ({ [Symbol.dispose]: () => {} }) });
  const take = async (who: string, times: number) => {
    let taken = 0;
    for (let i = 0; i < times; i++) {
      try {
        await limit(who, 'login');
        taken += 1;
      } catch {
        // Counted by what was taken.
      }
    }
    return taken;
  };
  return { limit, take, advance: (ms: number) => (now += ms) };
};

describe('the rate limit', () => {
  it('lets a burst through, then as many as the time allows', async () => {
    const { take, advance } = setUp();
    expect(await take('192.0.2.1', 50)).toBe(30);
    advance(10_000);
    expect(await take('192.0.2.1', 50)).toBe(5);
  });

  it('counts everybody by themselves', async () => {
    const { take } = setUp();
    await take('192.0.2.1', 50);
    expect(await take('192.0.2.2', 1)).toBe(1);
  });

  it('says how long to wait', async () => {
    const { limit, take, advance } = setUp();
    await take('192.0.2.1', 50);
    await expect(limit('192.0.2.1', 'login')).rejects.toMatchObject({
      errcode: 'M_LIMIT_EXCEEDED',
      details: { retry_after_ms: 2000 },
    });
    advance(2000);
    await expect(limit('192.0.2.1', 'login')).resolves.toBeUndefined();
  });
});
