/** The federation check as an admin reads it: a checklist from top to bottom, evidence folded away. */
import type { Page } from 'playwright-core';
import { glance } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { noFaults } from './messages-page.ts';
import { openRoom } from './room-page.ts';
import { chooseForMe } from './rooms-page.ts';
import type { Scenario } from './story.ts';

const steps = (page: Page) =>
  page
    .getByRole('main')
    .getByRole('listitem')
    .filter({ has: page.locator('svg') });

const statusesOf = (page: Page): Promise<readonly string[]> =>
  page
    .locator('li[data-status]')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-status') ?? ''));

const untilDone = async (page: Page): Promise<void> => {
  await expectSoon('all eleven steps are told', async () => (await statusesOf(page)).length === 11);
  await page.getByRole('button', { name: 'Cancel' }).waitFor({ state: 'detached' });
};

const open = async (page: Page): Promise<void> => {
  await chooseForMe(page, 'Federation check');
  await page.getByRole('heading', { name: 'Federation check', level: 1 }).waitFor();
};

export const adminCheckScenarios: readonly Scenario[] = [
  {
    name: 'the federation check is a checklist that says what is in order, what is not and what to do',
    run: async ({ ada, bob, demo }) => {
      const { page } = ada;
      const peer = bob.workspace.server_name;
      await open(page);
      const field = page.getByLabel('Server name of an organisation');

      await field.fill('https://south.test/');
      await page.getByRole('button', { name: 'Check', exact: true }).click();
      await page.getByText('without https:// and without a path').waitFor();

      await field.fill(peer);
      await page.getByRole('button', { name: 'Check', exact: true }).click();
      await untilDone(page);
      expectEqual('every step is green', [...new Set(await statusesOf(page))].join(), 'ok');
      await page.getByText('The server reached us: it fetched our keys during this check.').waitFor();
      expectEqual(
        'the evidence is folded away',
        await page
          .getByText(/^GET \/_matrix/)
          .first()
          .isVisible(),
        false,
      );
      const faults = await glance(page, 'federation-check-green');
      await steps(page).filter({ hasText: 'Version' }).getByText('What was seen').click();
      await page.getByText('GET /_matrix/federation/v1/version').waitFor();

      await page.getByRole('button', { name: /^Check .*, this workspace$/ }).click();
      await untilDone(page);
      await page.getByText(/only another server can show/).waitFor();

      // An address where nothing can be, which needs no name server to say so.
      await field.fill('[::1]:9');
      await page.getByRole('button', { name: 'Check', exact: true }).click();
      await untilDone(page);
      await page.getByText('Messages can not be exchanged as long as a step fails.').waitFor();
      expectEqual('one step failed', (await statusesOf(page)).filter((each) => each === 'failed').length, 1);
      faults.push(...(await glance(page, 'federation-check-failed')));
      await openRoom(page, demo.channel.name);
      noFaults(faults);
    },
  },
  {
    name: 'the federation check is for admins only',
    run: async ({ linus }) => {
      const { page } = linus;
      const here = page.url();
      await page.goto(new URL('/#/admin/federation-check', here).href);
      await page.getByText('Only admins of this workspace can check how servers are reached.').waitFor();
      await page.goto(here);
    },
  },
];
