/** The frame around the rooms: which organisations are in them, the keyboard, the phone. */
import { inspect } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { noFaults } from './messages-page.ts';
import { createChannel, openRoom } from './room-page.ts';
import type { Scenario } from './story.ts';

export const sharedChannelScenario: Scenario = {
  name: 'both sides see the shared channel and which organisations are in it',
  run: async ({ ada, bob, demo }) => {
    for (const person of [ada, bob]) {
      await openRoom(person.page, demo.channel.name);
      await person.page.getByRole('button', { name: /^2 organisations: / }).waitFor();
      await person.page.getByRole('img', { name: 'Shared with other organisations' }).first().waitFor();
    }
  },
};

export const frameScenarios: readonly Scenario[] = [
  {
    name: 'the keyboard is enough: switcher, neighbouring rooms, list of shortcuts',
    shows: ['search.switcher', 'keyboard.shortcuts', 'keyboard.list'],
    run: async ({ ada, demo }) => {
      await createChannel(ada.page, 'mews', true);
      await openRoom(ada.page, demo.channel.name);
      await ada.page.keyboard.press('Control+k');
      await ada.page.getByRole('dialog', { name: 'Go to' }).waitFor();
      const faults = await inspect(ada.page, 'switcher');
      await ada.page.getByRole('combobox', { name: 'Go to' }).fill('mew');
      await ada.page.keyboard.press('Enter');
      await ada.page.getByRole('heading', { name: 'mews', level: 1 }).waitFor();
      const here = ada.page.url();
      await ada.page.keyboard.press('Alt+ArrowUp');
      await expectSoon('the room above opens', async () => ada.page.url() !== here);
      await ada.page.keyboard.press('Alt+ArrowDown');
      await expectSoon('the room below opens', async () => ada.page.url() === here);
      await ada.page.getByRole('log').focus();
      await ada.page.keyboard.press('?');
      await ada.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      faults.push(...(await inspect(ada.page, 'shortcuts')));
      await ada.page.keyboard.press('Escape');
      await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
      await openRoom(ada.page, demo.channel.name);
      noFaults(faults);
    },
  },
  {
    name: 'on a phone there is one pane at a time, with a way back',
    shows: ['surface.sizes'],
    run: async ({ ada, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await ada.page.setViewportSize({ width: 390, height: 844 });
      await ada.page.getByRole('button', { name: 'Back to the list' }).click();
      await ada.page.getByRole('heading', { name: 'Channels' }).waitFor();
      expectEqual('the room is hidden', await ada.page.getByRole('log').isVisible(), false);
      const faults = await inspect(ada.page, 'list');
      noFaults(faults);
    },
  },
];
