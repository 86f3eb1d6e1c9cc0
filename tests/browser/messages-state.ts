/** What became of a message: sending, sent, delivered, waited for. */
import { inspect } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { noFaults, sendRaw, type } from './messages-page.ts';
import { act, chooseAction, composer, editNewest, message, messages, openRoom, write } from './room-page.ts';
import type { Scenario } from './story.ts';

export const stateScenarios: readonly Scenario[] = [
  {
    name: 'messages: a message says that the other organisation has it',
    shows: ['state.delivered'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await write(ada.page, 'Has this arrived?');
      const row = message(ada.page, 'Has this arrived?');
      await row.getByRole('img', { name: 'Delivered to 1 of 1 organisation' }).waitFor();
      await message(bob.page, 'Has this arrived?').waitFor();
      await chooseAction(ada.page, 'Has this arrived?', 'Delivery');
      const dialog = ada.page.getByRole('dialog', { name: 'Delivery of this message' });
      await dialog.getByText('Delivered to 1 of 1 organisation').waitFor();
      const faults = await inspect(ada.page, 'messages-delivery');
      await ada.page.keyboard.press('Escape');
      await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'messages: people are called by completion, which names their organisation, and the other side is highlighted',
    shows: ['mentions.completion', 'mentions.remote', 'mentions.highlight', 'mentions.field'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await type(ada.page, `Dear @${bob.user.username.slice(0, 2)}`);
      const option = ada.page.getByRole('option', { name: bob.user.user_id });
      await option.getByText(bob.workspace.server_name, { exact: true }).waitFor();
      const faults = await inspect(ada.page, 'messages-mention');
      await composer(ada.page).focus();
      await option.waitFor();
      // Without a pause, as who knows the list writes.
      const { keyboard } = ada.page;
      await Promise.all([keyboard.press('Enter'), keyboard.type('come to the pier')]);
      await composer(ada.page).press('Enter');
      await message(bob.page, 'come to the pier').locator(`[data-user-id="${bob.user.user_id}"]`).waitFor();
      await expectSoon('it is highlighted', async () =>
        ((await message(bob.page, 'come to the pier').getAttribute('class')) ?? '').includes(
          'bg-mention-wash',
        ),
      );
      await type(ada.page, '@roo');
      await ada.page.getByRole('option', { name: /Calls all/ }).click();
      await composer(ada.page).pressSequentially('everybody to the pier');
      await composer(ada.page).press('Enter');
      await expectSoon('everybody is called', async () =>
        (
          (await message(bob.page, 'everybody to the pier')
            .getAttribute('class')
            .catch(() => '')) ?? ''
        ).includes('bg-mention-wash'),
      );
      noFaults(faults);
    },
  },
  {
    name: 'messages: earlier versions of an edited message can be read on the other side',
    shows: ['messages.versions'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await write(ada.page, 'We sail at six');
      await message(bob.page, 'We sail at six').waitFor();
      for (const words of ['We sail at seven', 'We sail at **eight**']) {
        await editNewest(ada.page, words);
        await message(bob.page, words.replaceAll('*', '')).getByText('(edited)').waitFor();
      }
      await message(bob.page, 'We sail at eight').getByRole('button', { name: '(edited)' }).click();
      const dialog = bob.page.getByRole('dialog', { name: 'Versions of this message' });
      for (const words of ['eight', 'seven', 'six'])
        await dialog
          .getByRole('listitem')
          .filter({ hasText: `We sail at ${words}` })
          .waitFor();
      const faults = await inspect(bob.page, 'messages-history');
      await bob.page.keyboard.press('Escape');
      await bob.page.getByRole('dialog').waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'messages: a draft stays in its room, over a reload too',
    shows: ['drafts'],
    run: async ({ ada, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await composer(ada.page).fill('Not finished yet');
      await ada.page.reload();
      await openRoom(ada.page, demo.channel.name);
      await expectSoon(
        'the draft is there',
        async () => (await composer(ada.page).inputValue()) === 'Not finished yet',
      );
      await composer(ada.page).fill('');
    },
  },
  {
    name: 'messages: a link to a message, sent to the other side, opens it there inside the app',
    shows: ['permalinks'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await write(ada.page, 'The place to come back to');
      await ada.context.grantPermissions(['clipboard-read', 'clipboard-write']);
      await chooseAction(ada.page, 'The place to come back to', 'Copy link');
      await ada.page.getByText('Link copied').waitFor();
      const link = String(await ada.page.evaluate('navigator.clipboard.readText()'));
      if (!link.startsWith(`https://matrix.to/#/${demo.channel.room_id}/`))
        throw new Error(`The link is ${link}`);
      await write(ada.page, link);
      const before = bob.context.pages().length;
      await message(bob.page, 'https://matrix.to/').getByRole('button', { name: link }).click();
      await bob.page.locator('article.flash').filter({ hasText: 'The place to come back to' }).waitFor();
      expectEqual('no window was opened', bob.context.pages().length, before);
    },
  },
  {
    name: 'messages: what is pinned on one side is listed on the other, leads to it, and can be unpinned',
    shows: ['pins'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await write(ada.page, 'The gate code is on the board');
      await chooseAction(ada.page, 'The gate code is on the board', 'Pin to the room');
      await bob.page.getByRole('button', { name: '1 pinned message' }).click();
      const panel = bob.page.getByRole('complementary', { name: 'Pinned messages' });
      await panel.getByText('The gate code is on the board').waitFor();
      const faults = await inspect(bob.page, 'messages-pins');
      await panel.getByText('The gate code is on the board').click();
      await bob.page.locator('article.flash').filter({ hasText: 'The gate code' }).waitFor();
      await chooseAction(ada.page, 'The gate code is on the board', 'Unpin');
      await panel.getByText('Pin what people should find again').waitFor();
      await panel.getByRole('button', { name: 'Close' }).click();
      noFaults(faults);
    },
  },
  {
    name: 'messages: reactions are searched by word, and who reacted is listed with their organisation',
    shows: ['reactions.picker', 'reactions.who'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await write(ada.page, 'Who brings the lanterns?');
      await message(bob.page, 'Who brings the lanterns?').waitFor();
      await act(bob.page, 'Who brings the lanterns?', 'Add a reaction');
      await bob.page.getByRole('searchbox', { name: 'Search emoji' }).fill('light bulb');
      const faults = await inspect(bob.page, 'messages-emoji');
      await bob.page.locator('[data-emoji]').first().click();
      await message(ada.page, 'Who brings the lanterns?')
        .getByRole('button', { name: /reacted with 💡/ })
        .waitFor();
      await chooseAction(ada.page, 'Who brings the lanterns?', 'Who reacted');
      const dialog = ada.page.getByRole('dialog', { name: 'Reactions' });
      await dialog.getByText(bob.user.user_id).waitFor();
      await dialog.getByText(bob.workspace.server_name, { exact: true }).waitFor();
      faults.push(...(await inspect(ada.page, 'messages-reactions')));
      await ada.page.keyboard.press('Escape');
      await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'messages: strange names and words stay in their place',
    shows: ['bad.rtl'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(bob.page, demo.channel.name);
      await sendRaw(ada, demo.channel.room_id, { msgtype: 'm.text', body: `tall ${'\n'.repeat(200)}end` });
      await sendRaw(ada, demo.channel.room_id, { msgtype: 'm.text', body: `wide ${'w'.repeat(10_000)}` });
      await sendRaw(ada, demo.channel.room_id, { msgtype: 'm.text', body: 'turned \u202Eround\u202C again' });
      await sendRaw(ada, demo.channel.room_id, { msgtype: 'm.unheard', body: 'of an unknown kind' });
      await sendRaw(ada, demo.channel.room_id, { msgtype: 7, body: { not: 'text' } });
      await message(bob.page, 'of an unknown kind').waitFor();
      const wide = (await bob.page.evaluate(
        `document.documentElement.scrollWidth - document.documentElement.clientWidth`,
      )) as number;
      expectEqual('nothing is wider than the window', wide, 0);
      await expectSoon('messages still show', async () => (await messages(bob.page).count()) > 1);
    },
  },
];
