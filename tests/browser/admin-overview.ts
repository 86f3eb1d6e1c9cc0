/** The overview of an admin: what is wrong, what waits, and how it was. */
import type { Page } from 'playwright-core';
import { openAdmin } from './admin-pages.ts';
import { glance } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { accept, createChannel, inviteAndClose, message, write } from './room-page.ts';
import { noFaults } from './rooms-page.ts';
import type { Scenario } from './story.ts';

const chart = (page: Page, title: string) => page.getByRole('slider', { name: title });

const CHARTS = ['Events per minute', 'Delivery delay to other organisations', 'Waiting', 'Storage'];

export const adminOverviewScenarios: readonly Scenario[] = [
  {
    name: 'admin: the overview tells how the workspace does, with charts that are read by keyboard too',
    run: async ({ ada, bob }) => {
      const { page } = ada;
      await createChannel(page, 'harbour office', true);
      await inviteAndClose(page, bob.user.user_id);
      await accept(bob.page, 'harbour office');
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
      );
      await chart(page, 'Storage').focus();
      await page.keyboard.press('ArrowLeft');
      const newest = await chart(page, 'Storage').getAttribute('aria-valuemax');
      const shown = await chart(page, 'Storage').getAttribute('aria-valuenow');
      expectEqual('one step back', Number(shown), Number(newest) - 1);
      await page.getByText('Hour', { exact: true }).click();
      await chart(page, 'Events per minute').waitFor();
      noFaults(await glance(page, 'admin-overview'));
    },
  },
];
