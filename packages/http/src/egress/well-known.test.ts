import type { TransportResult } from '@causeway/homeserver';
import { describe, expect, it } from 'vitest';
import { createWellKnownLookup } from './well-known.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BEGIN = Date.UTC(2026, 0, 1);

const answer = (headers: { readonly [name: string]: string } = {}, to = 'matrix.test'): TransportResult => ({
  kind: 'response',
  status: 200,
  headers,
  body: new TextEncoder().encode(JSON.stringify({ 'm.server': to })),
});
const status = (code: number): TransportResult => ({
  kind: 'response',
  status: code,
  headers: {},
  body: new Uint8Array(0),
});
const failed: TransportResult = { kind: 'failed', code: 'unreachable', reason: 'down' };

const createScene = (first: TransportResult) => {
  const scene = { now: BEGIN, next: first, asked: 0 };
  const lookup = createWellKnownLookup({
    now: () => scene.now,
    fetch: async () => {
      scene.asked++;
      return scene.next;
    },
  });
  /** How long the answer is kept, in minutes. */
  const kept = async () => ((await lookup.get('a.test')).expires - scene.now) / MINUTE;
  return { scene, lookup, kept };
};

describe('a delegation', () => {
  it.each([
    [{}, 24 * 60],
    [{ 'cache-control': 'max-age=7200' }, 120],
    [{ 'cache-control': 'public, Max-Age="7200"' }, 120],
    [{ 'cache-control': 'max-age=7200', age: '3600' }, 60],
    [{ 'cache-control': 'max-age=1' }, 5],
    [{ 'cache-control': 'no-store' }, 5],
    [{ 'cache-control': 'max-age=9999999999' }, 48 * 60],
    [{ 'cache-control': 'max-age=abc' }, 24 * 60],
    [{ expires: new Date(BEGIN + 2 * HOUR).toUTCString() }, 120],
    [{ expires: '0' }, 5],
  ])('with %j is kept for %f minutes', async (headers, minutes) => {
    const { kept } = createScene(answer(headers));
    expect(await kept()).toBeCloseTo(minutes, 0);
  });

  it('is asked for again when it has expired', async () => {
    const { scene, lookup } = createScene(answer());
    await lookup.get('a.test');
    scene.now += 24 * HOUR - 1;
    await lookup.get('a.test');
    expect(scene.asked).toBe(1);
    scene.now += 1;
    scene.next = answer({}, 'new.test');
    expect((await lookup.get('a.test')).answer).toEqual({ kind: 'delegated', to: 'new.test' });
  });

  it('that can not be renewed stays in force until it is 48 hours old', async () => {
    const { scene, lookup } = createScene(answer());
    await lookup.get('a.test');
    scene.now += 25 * HOUR;
    for (const next of [failed, status(503)]) {
      scene.next = next;
      expect((await lookup.get('a.test')).answer.kind).toBe('delegated');
      scene.now += HOUR;
    }
    scene.now += 24 * HOUR;
    expect((await lookup.get('a.test')).answer.kind).toBe('none');
  });

  it('is over when the server says so', async () => {
    const { scene, lookup } = createScene(answer());
    await lookup.get('a.test');
    scene.now += 25 * HOUR;
    scene.next = status(404);
    expect((await lookup.get('a.test')).answer.kind).toBe('none');
  });
});

describe('an error', () => {
  it('is remembered for longer each time, up to an hour', async () => {
    const { scene, kept } = createScene(failed);
    const times: number[] = [];
    for (let i = 0; i < 8; i++) {
      const minutes = await kept();
      times.push(minutes);
      scene.now += minutes * MINUTE;
    }
    expect(times).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it.each([status(404), status(403), answer({}, 'not a name')])(
    'that is an answer is remembered for an hour',
    async (result) => {
      const { kept } = createScene(result);
      expect(await kept()).toBe(60);
    },
  );
});
