/**
 * What somebody feels who scrolls: the web app in Chromium, 1600 × 1000, wheel events as a mouse makes them, and
 * the time from frame to frame as `requestAnimationFrame` tells it, over several seconds: through 20,000 loaded
 * messages, upwards while they are being loaded, and through 5,000 members; beside them a bare page of text, which
 * tells what this machine's Chromium does when there is no app. Then opening a room until its messages are
 * painted, and the first load with an empty cache. Frames cannot be faster than 60 a second: 16.7 ms is the best.
 */
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { createProgress } from '../packages/server/src/progress.ts';
import { buildWebAppIfStale } from '../packages/server/src/web-app/build-web-app.ts';
import { webAppFolder } from '../packages/server/src/web-app/web-app-folder.ts';
import { findChromium } from '../tests/browser/browser.ts';
import { type Measure, quantile } from './figures.ts';
import { LARGE_ROOM, LONG_ROOM, MEMBERS, MESSAGES, makeFramesData, PASSWORD } from './frames-data.ts';
import { measureFrames, scrollByWheel } from './frames-wheel.ts';
import { MEASURED_SERVER_NAME } from './measured-server.ts';
import type { OpenRow } from './row.ts';
import { serve } from './serve.ts';

const SWITCHES = 12;
/** What one frame has at 60 a second, and half a millisecond for the clock. */
const FRAME_MS = 16.7 + 0.5;

const framesOf = (what: string) => ({
  median: { name: `frame, ${what}, median`, unit: 'ms' } satisfies Measure,
  p95: {
    name: `frame, ${what}, p95`,
    unit: 'ms',
    limit: { better: 'lower', text: '≤ 16.7 ms', target: () => FRAME_MS },
  } satisfies Measure,
  p99: { name: `frame, ${what}, p99`, unit: 'ms' } satisfies Measure,
  worst: { name: `frame, ${what}, worst`, unit: 'ms' } satisfies Measure,
  longTasks: { name: `longest task meanwhile, ${what}`, unit: 'ms' } satisfies Measure,
});

const bare = framesOf('a bare page');
const long = framesOf('20,000 messages');
const loading = framesOf('history while it loads');
const members = framesOf('5,000 members');
const switched: Measure = {
  name: 'opening a room, p50',
  unit: 'ms',
  limit: { better: 'lower', text: '≤ 100 ms', target: () => 100 },
};
const switchedSlowest: Measure = { name: 'opening a room, slowest', unit: 'ms' };
const firstSignIn: Measure = { name: 'first load to the sign-in form', unit: 'ms' };
const firstRoom: Measure = { name: 'first load to messages', unit: 'ms' };

export const openFrames: OpenRow = async ({ folder, random }) => {
  const executablePath = findChromium();
  if (!executablePath)
    throw new Error('Chromium was not found. Install it, or name it in CAUSEWAY_CHROMIUM.');
  await buildWebAppIfStale(join(webAppFolder, '..'), createProgress(console.log));
  const dataFolder = await makeFramesData(join(folder, 'data'), random);
  const server = await serve({
    dataFolder,
    folder,
    serverName: MEASURED_SERVER_NAME,
    environment: { CAUSEWAY_PASSWORD_COST: 'low', CAUSEWAY_RATE_LIMITS: 'off' },
  });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const newContext = () => browser.newContext({ viewport: { width: 1600, height: 1000 }, locale: 'en-GB' });
  return {
    async measure() {
      const context = await newContext();
      try {
        const bareFrames = await measureBarePage(context);
        const toSignIn = await firstLoadToSignIn(context, server.url);
        const page = await signIn(context, server.url);
        const switches = await measureSwitches(page);
        const memberFrames = await measureMembers(page);
        const { whileLoading, loaded } = await measureMessages(page);
        const toMessages = await firstLoadToMessages(await context.storageState(), newContext, server.url);
        return [
          ...readingsOf(bare, bareFrames),
          ...readingsOf(loading, whileLoading),
          ...readingsOf(long, loaded),
          ...readingsOf(members, memberFrames),
          { measure: switched, value: quantile(switches, 0.5) },
          { measure: switchedSlowest, value: Math.max(...switches) },
          { measure: firstSignIn, value: toSignIn },
          { measure: firstRoom, value: toMessages },
        ];
      } finally {
        await context.close();
      }
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await server[Symbol.asyncDispose]();
    },
  };
};

type Frames = Awaited<ReturnType<typeof measureFrames>>;

const readingsOf = (of: ReturnType<typeof framesOf>, { frames, longTasks }: Frames) => [
  { measure: of.median, value: quantile(frames, 0.5) },
  { measure: of.p95, value: quantile(frames, 0.95) },
  { measure: of.p99, value: quantile(frames, 0.99) },
  { measure: of.worst, value: Math.max(...frames) },
  { measure: of.longTasks, value: Math.max(0, ...longTasks) },
];

/** Text of the same size and no script. */
const measureBarePage = async (context: BrowserContext): Promise<Frames> => {
  const page = await context.newPage();
  const lines = '<p>the room was full of people who had come to hear about tides and weather</p>'.repeat(
    4_000,
  );
  await page.setContent(`<div id="all" style="height: 900px; overflow: auto">${lines}</div>`);
  const frames = await measureFrames(page, () => scrollByWheel(page, '#all', 'down'));
  await page.close();
  return frames;
};

const firstLoadToSignIn = async (context: BrowserContext, url: string): Promise<number> => {
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  const took = await paintedAt(page, 'form button[type=submit]');
  await page.close();
  return took;
};

const signIn = async (context: BrowserContext, url: string): Promise<Page> => {
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('log').getByRole('article').last().waitFor();
  return page;
};

/** A new browser that was signed in before and has nothing in its cache. */
const firstLoadToMessages = async (
  storageState: Awaited<ReturnType<BrowserContext['storageState']>>,
  newContext: () => Promise<BrowserContext>,
  url: string,
): Promise<number> => {
  const context = await newContext();
  try {
    const page = await context.newPage();
    await page.addInitScript(
      `for (const [key, value] of ${JSON.stringify(
        storageState.origins.flatMap(({ localStorage }) =>
          localStorage.map(({ name, value }) => [name, value]),
        ),
      )}) localStorage.setItem(key, value)`,
    );
    await page.goto(url);
    return await paintedAt(page, '[role=log] article');
  } finally {
    await context.close();
  }
};

/** Milliseconds from the start of the navigation to the frame after the element is there. */
const paintedAt = async (page: Page, selector: string): Promise<number> =>
  Number(
    await page.evaluate(`new Promise((resolve) => {
      const look = () => document.querySelector(${JSON.stringify(selector)})
        ? requestAnimationFrame(() => resolve(performance.now()))
        : requestAnimationFrame(look);
      look();
    })`),
  );

/** From the click on the other room to the frame after its messages are there. */
const measureSwitches = async (page: Page): Promise<readonly number[]> => {
  const took: number[] = [];
  for (let turn = 0; turn < SWITCHES; turn++) {
    const name = turn % 2 === 0 ? LARGE_ROOM : LONG_ROOM;
    await page.getByRole('navigation').getByRole('link', { name }).first().waitFor();
    took.push(
      Number(
        await page.evaluate(`new Promise((resolve) => {
          const link = [...document.querySelectorAll('nav a')].find((one) => one.textContent.includes(${JSON.stringify(name)}));
          const start = performance.now();
          link.click();
          const look = () => {
            const open = document.querySelector('main h1')?.textContent.includes(${JSON.stringify(name)});
            if (open && document.querySelectorAll('[role=log] article').length > 5 && document.querySelector('form textarea'))
              requestAnimationFrame(() => resolve(performance.now() - start));
            else requestAnimationFrame(look);
          };
          look();
        })`),
      ),
    );
    await page.evaluate('new Promise((resolve) => requestIdleCallback(() => resolve()))');
  }
  // The first two load what is loaded once.
  return took.slice(2);
};

const openRoom = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('navigation').getByRole('link', { name }).first().click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  await page.getByRole('log').getByRole('article').last().waitFor();
};

const measureMembers = async (page: Page): Promise<Frames> => {
  await openRoom(page, LARGE_ROOM);
  await page.getByRole('button', { name: /members?$/ }).click();
  const panel = page.getByRole('complementary', { name: 'Members' });
  await panel
    .getByText(MEMBERS.toLocaleString('en'))
    .or(panel.getByText(String(MEMBERS)))
    .first()
    .waitFor();
  const scroller = 'aside [data-scroller], aside .overflow-y-auto';
  const frames = await measureFrames(page, () => scrollByWheel(page, scroller, 'down'));
  await panel.getByRole('button', { name: 'Close' }).click();
  return frames;
};

const measureMessages = async (page: Page): Promise<{ whileLoading: Frames; loaded: Frames }> => {
  await openRoom(page, LONG_ROOM);
  const whileLoading = await measureFrames(page, () => scrollByWheel(page, '[role=log]', 'up'));
  await loadAll(page);
  const loaded = await measureFrames(page, () => scrollByWheel(page, '[role=log]', 'down'));
  return { whileLoading, loaded };
};

/** Upwards until the first message of all is there. */
const loadAll = async (page: Page): Promise<void> => {
  await page.evaluate(`new Promise((resolve) => {
    const look = () => {
      const log = document.querySelector('[role=log]');
      // The list counts from its end.
      log.scrollTop = -log.scrollHeight;
      const first = [...log.querySelectorAll('article')].some((one) => /Message 1\\b/.test(one.textContent));
      if (first) resolve(); else setTimeout(look, 30);
    };
    look();
  })`);
  const shown = await page
    .getByRole('log')
    .getByText(/^Message 1\b/)
    .count();
  if (shown === 0) throw new Error(`not all ${MESSAGES} messages were loaded`);
};
