import { parseUserId, type UserId } from '@causeway/protocol';
import { describe, expect, it } from 'vitest';
import { createNotifier } from '../notifier.ts';
import type { Clock } from '../ports.ts';
import { createTypingBoard, MAX_TYPING_MS } from './typing.ts';

const user = (text: string): UserId => {
  const id = parseUserId(text);
  if (id === undefined) throw new Error(text);
  return id;
};

const ann = user('@ann:north.test');
const bea = user('@bea:north.test');

const board = () => {
  let now = 1000;
  const waiting = new Set<{ readonly at: number; readonly callback: () => void }>();
  const clock: Clock = {
    now: () => now,
    schedule(ms, callback) {
      const entry = { at: now + ms, callback };
      waiting.add(entry);
      return { [Symbol.dispose]: () => void waiting.delete(entry) };
    },
  };
  const notifier = createNotifier(0);
  const woken: (readonly number[])[] = [];
  notifier.subscribe((change) => woken.push(change.roomNids ?? []));
  const pass = (ms: number) => {
    now += ms;
    for (const entry of waiting) {
      if (entry.at > now) continue;
      waiting.delete(entry);
      entry.callback();
    }
  };
  return { typing: createTypingBoard(clock, notifier), pass, woken };
};

describe('the typing board', () => {
  it('lists who types until they stop or their time is over', () => {
    const { typing, pass } = board();
    typing.set(1, ann, 500);
    typing.set(1, bea, 5000);
    expect(typing.typing(1)).toEqual([ann, bea]);
    pass(600);
    expect(typing.typing(1)).toEqual([bea]);
    typing.set(1, bea, 0);
    expect(typing.typing(1)).toEqual([]);
  });

  it('counts changes, not repetitions, and wakes for each', () => {
    const { typing, pass, woken } = board();
    const before = typing.position;
    typing.set(1, ann, 500);
    pass(400);
    typing.set(1, ann, 500);
    pass(400);
    expect(typing.typing(1)).toEqual([ann]);
    expect(typing.position).toBe(before + 1);
    expect(typing.changedAt(1)).toBe(before + 1);
    expect(typing.changedAt(2)).toBe(0);
    typing.set(2, bea, 0);
    expect(woken).toEqual([[1]]);
  });

  it('believes nobody for longer than the longest time', () => {
    const { typing, pass } = board();
    typing.set(1, ann, Number.MAX_SAFE_INTEGER);
    pass(MAX_TYPING_MS + 1);
    expect(typing.typing(1)).toEqual([]);
  });

  it('numbers changes onwards after a restart', () => {
    const { typing } = board();
    expect(typing.position).toBe(1000);
  });
});
