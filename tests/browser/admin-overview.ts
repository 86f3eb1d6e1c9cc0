/** The overview of an admin: what is wrong, what waits, and how it was. */
import type { Page } from 'playwright-core';
import { openAdmin } from './admin-pages.ts';
import { glance } from './artefacts.ts';
import { expectSoon } from './expect.ts';
import { message, shareChannel, write } from './room-page.ts';
import { noFaults } from './rooms-page.ts';
import type { Scenario } from './story.ts';

const chart = (page: Page, title: string) => page.getByRole('slider', { name: title });

const MINUTE_MS = 60_000;
const CHARTS = ['Events per minute', 'Delivery delay to other organisations', 'Waiting', 'Storage'];

export const adminOverviewScenarios: readonly Scenario[] = [
  {
    name: 'admin: the overview tells how the workspace does, with charts that are read by keyboard too',
    run: async ({ ada, bob }) => {
      const { page } = ada;
      await shareChannel(ada, [bob], 'harbour office');
      await write(page, 'the tide table is out');
      await message(bob.page, 'the tide table is out').waitFor();
      await openAdmin(page, 'Overview');
      await page.getByText('The workspace works: database, disk and delivery are in order.').waitFor();
      for (const title of CHARTS) await chart(page, title).waitFor();
      const organisations = page.locator('dl > div', { hasText: 'Other organisations' });
      await organisations.getByText('All of them can be reached').waitFor();
      await expectSoon('the storage is more than nothing', async () =>
        /\d [kM]B/.test((await chart(page, 'Storage').getAttribute('aria-valuetext')) ?? ''),
      );
      // The first minute that was written down.
      await expectSoon(
        'there is something to go back to',
        async () => Number((await chart(page, 'Storage').getAttribute('aria-valuemax')) ?? 0) >= 1,
        2 * MINUTE_MS,
      );
      await chart(page, 'Storage').focus();
      // Not while a minute passes.
      await expectSoon('it goes one step back', async () => {
        await page.keyboard.press('End');
        await page.keyboard.press('ArrowLeft');
        const [newest, shown] = await chart(page, 'Storage').evaluate((one) =>
          ['aria-valuemax', 'aria-valuenow'].map((name) => Number(one.getAttribute(name))),
        );
        return shown === Number(newest) - 1;
      });
      await page.getByText('Hour', { exact: true }).click();
      await chart(page, 'Events per minute').waitFor();
      noFaults(await glance(page, 'admin-overview'));
    },
  },
];
