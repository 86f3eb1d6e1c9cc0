import { expect, it } from 'vitest';
import { orderSrv } from './order-srv.ts';

const record = (name: string, priority: number, weight: number) => ({ name, priority, weight, port: 1 });

it('tries lower priorities first, whatever the weights', () => {
  const records = [record('c', 20, 65_535), record('a', 5, 0), record('b', 10, 1)];
  for (const draw of [0, 0.5, 0.999]) {
    expect(orderSrv(records, () => draw).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  }
});

it('draws within one priority by weight', () => {
  const records = [record('heavy', 0, 90), record('light', 0, 10), record('none', 0, 0)];
  const first: { [name: string]: number } = {};
  for (let i = 0; i < 1_000; i++) {
    const name = orderSrv(records, () => i / 1_000)[0]?.name ?? '';
    first[name] = (first[name] ?? 0) + 1;
  }
  expect(first.heavy).toBeGreaterThan(850);
  expect(first.light).toBeGreaterThan(60);
  expect(first.none).toBeLessThan(30);
});

it('returns every record once', () => {
  const records = Array.from({ length: 20 }, (_, i) => record(`r${i}`, i % 3, i % 4));
  const ordered = orderSrv(records, Math.random);
  expect(new Set(ordered.map(({ name }) => name)).size).toBe(20);
});
