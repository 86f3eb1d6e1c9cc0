/** Turns the wheel as somebody does who looks for something, and listens to the frames meanwhile. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Page } from 'playwright-core';

const TURNS = 150;
/** One notch of a wheel, and a fast hand. */
const NOTCH_PX = 120;
const BETWEEN_MS = 30;

export type MeasuredFrames = {
  /** From frame to frame, in milliseconds. */
  readonly frames: readonly number[];
  /** @see https://www.w3.org/TR/longtasks-1/ */
  readonly longTasks: readonly number[];
};

export const measureFrames = async (page: Page, act: () => Promise<void>): Promise<MeasuredFrames> => {
  await page.evaluate(`(() => {
    const kept = { frames: [], longTasks: [], running: true };
    window.measuredFrames = kept;
    kept.observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) kept.longTasks.push(entry.duration);
    });
    kept.observer.observe({ entryTypes: ['longtask'] });
    let before;
    const frame = (now) => {
      if (before !== undefined) kept.frames.push(now - before);
      before = now;
      if (kept.running) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  })()`);
  await act();
  const measured = (await page.evaluate(`(() => {
    const { frames, longTasks, observer } = window.measuredFrames;
    window.measuredFrames.running = false;
    observer.disconnect();
    return { frames, longTasks };
  })()`)) as MeasuredFrames;
  if (measured.frames.length < TURNS / 4) throw new Error(`only ${measured.frames.length} frames were seen`);
  return measured;
};

/** Fails when nothing moved: such frames would say nothing. */
export const scrollByWheel = async (
  page: Page,
  selector: string,
  direction: 'up' | 'down',
): Promise<void> => {
  const scroller = page.locator(selector).first();
  const box = await scroller.boundingBox();
  if (!box) throw new Error(`${selector} is not shown`);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const positions = new Set<number>();
  for (let turn = 0; turn < TURNS; turn++) {
    await page.mouse.wheel(0, direction === 'up' ? -NOTCH_PX : NOTCH_PX);
    await wait(BETWEEN_MS);
    if (turn % 25 === 0)
      positions.add(
        Number(await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).scrollTop`)),
      );
  }
  if (positions.size < 3) throw new Error(`${selector} did not scroll`);
};
