/** An admin makes a new signing key; the other organisation notices nothing but that messages arrive. */
import { openAdmin } from './admin-pages.ts';
import { glance } from './artefacts.ts';
import { expectEqual } from './expect.ts';
import { message, openRoom, shareChannel, write } from './room-page.ts';
import { noFaults } from './rooms-page.ts';
import type { Scenario } from './story.ts';

export const signingKeyScenarios: readonly Scenario[] = [
  {
    name: 'admin: a new signing key is made; messages from before and after arrive on both sides',
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'key cabinet');
      await write(ada.page, 'signed with the old key');
      await message(bob.page, 'signed with the old key').waitFor();
      await openAdmin(ada.page, 'Settings');
      const row = ada.page.locator('[data-setting="signing-key"]');
      const current = row.locator('code').first();
      await row.getByText(/^In use since/).waitFor();
      const before = (await current.textContent()) ?? '';
      await row.getByRole('button', { name: 'Make a new key' }).click();
      const dialog = ada.page.getByRole('dialog');
      await dialog.getByText(`Replace the signing key ${before}?`).waitFor();
      await dialog.getByRole('button', { name: 'Make a new key' }).click();
      await dialog.waitFor({ state: 'detached' });
      await row.getByText('stays published').or(row.getByText('stay published')).waitFor();
      expectEqual('whether the key is another', (await current.textContent()) === before, false);
      await row.getByText('Earlier keys').first().click();
      await row.getByRole('list', { name: 'Earlier keys' }).getByText(before).waitFor();
      const faults = await glance(ada.page, 'admin-signing-key');
      await openRoom(ada.page, 'key cabinet');
      await write(ada.page, 'signed with the new key');
      await message(bob.page, 'signed with the new key').waitFor();
      await write(bob.page, 'and read');
      await message(ada.page, 'and read').waitFor();
      await message(ada.page, 'signed with the old key').waitFor();
      noFaults(faults);
    },
  },
];
