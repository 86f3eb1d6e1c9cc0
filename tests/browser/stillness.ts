/** Nothing moves under the eyes of who reads while something loads. */
import type { Page } from 'playwright-core';
import type { Person } from './browser.ts';
import { expectSoon } from './expect.ts';
import { call, chooseFiles } from './messages-page.ts';
import { makePicture } from './picture.ts';
import { composer, message, openRoom } from './room-page.ts';
import type { Scenario } from './story.ts';

/** https://web.dev/articles/cls calls 0.1 good. */
const MOST_SHIFT = 0.02;

export const stillnessScenarios: readonly Scenario[] = [
  {
    name: 'surface: nothing shifts while rooms, pictures and older messages load',
    shows: ['surface.no-shift'],
    run: async ({ ada, bob, demo }) => {
      for (const person of [ada, bob]) await openRoom(person.page, demo.channel.name);
      const staged = await chooseFiles(bob.page, [
        { name: 'quay.png', mimeType: 'image/png', buffer: makePicture(640, 400) },
      ]);
      await composer(bob.page).press('Enter');
      await staged.waitFor({ state: 'detached', timeout: 20_000 });
      await writeMany(bob, demo.channel.room_id, 60);
      await message(ada.page, 'Line 60').waitFor({ timeout: 20_000 });
      const page = await ada.context.newPage();
      try {
        await page.addInitScript(`
          window.shifts = [];
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push({
              value: entry.value,
              where: entry.sources.map(({ node, previousRect, currentRect }) =>
                node?.nodeName + '.' + String(node?.className).slice(0, 40) + ' ' + previousRect.x + ',' + previousRect.y + ' ' + previousRect.width + '×' + previousRect.height + ' → ' + currentRect.x + ',' + currentRect.y + ' ' + currentRect.width + '×' + currentRect.height).join('\\n  '),
            });
          }).observe({ type: 'layout-shift', buffered: true });`);
        await page.goto(ada.page.url());
        await message(page, 'Line 60').waitFor();
        await still(page, 'the first load');
        // By the address: a click would excuse what moves in the next half second.
        const here = page.url();
        await page.evaluate(`location.hash = '#/discover'`);
        await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
        await page.goto(here);
        await message(page, 'Line 60').waitFor();
        await still(page, 'opening a room');
        const picture = page.getByRole('img', { name: 'quay.png' });
        await page.getByRole('log').hover();
        await expectSoon(
          'the picture is reached by scrolling up',
          async () => {
            await page.mouse.wheel(0, -300);
            return (await picture.count()) > 0 && picture.first().isVisible();
          },
          30_000,
        );
        await still(page, 'scrolling up to a picture');
      } finally {
        await page.close();
      }
    },
  },
];

const writeMany = async (person: Person, roomId: string, count: number): Promise<void> => {
  const room = encodeURIComponent(roomId);
  for (let number = 1; number <= count; number++) {
    await call(person, 'PUT', `/_matrix/client/v3/rooms/${room}/send/m.room.message/${Math.random()}`, {
      msgtype: 'm.text',
      body: `Line ${number}`,
    });
  }
};

/** Waits until nothing more comes, then asserts how much moved since the page was opened. */
async function still(page: Page, during: string): Promise<void> {
  const read = async () =>
    (await page.evaluate('window.shifts')) as readonly { value: number; where: string }[];
  let before = -1;
  await expectSoon('nothing moves any more', async () => {
    const { length } = await read();
    const same = length === before;
    before = length;
    await page.waitForTimeout(400);
    return same;
  });
  const shifts = await read();
  const total = shifts.reduce((sum, { value }) => sum + value, 0);
  if (total > MOST_SHIFT) {
    const worst = shifts.map(({ value, where }) => `${value.toFixed(4)} ${where}`).join('\n');
    throw new Error(`During ${during} things moved by ${total.toFixed(4)}:\n${worst}`);
  }
}
