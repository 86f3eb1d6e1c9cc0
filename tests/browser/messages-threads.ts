/** Threads: started, read, counted and answered from both sides. */
import { inspect } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { noFaults, threadPanel, writeInThread } from './messages-page.ts';
import { clickInMessage, message, messages, openRoom, shareChannel, write } from './room-page.ts';
import type { Scenario } from './story.ts';

export const threadScenarios: readonly Scenario[] = [
  {
    name: 'messages: a thread is started on one side, unread and listed on the other, answered there, and read',
    shows: ['threads.start', 'threads.reply', 'threads.panel', 'threads.list', 'threads.unread'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await write(ada.page, 'Which colour for the hull?');
      await clickInMessage(message(ada.page, 'Which colour for the hull?'), 'Reply in thread');
      await writeInThread(ada.page, 'I am for green');
      await writeInThread(ada.page, 'Or a dark blue');
      const summary = message(bob.page, 'Which colour for the hull?').getByRole('button', {
        name: /^2 replies/,
      });
      await summary.waitFor();
      expectEqual(
        'replies are not in the main timeline',
        await messages(bob.page).filter({ hasText: 'I am for green' }).count(),
        0,
      );
      await summary.getByRole('img', { name: '2 unread replies' }).waitFor();
      await bob.page.getByRole('button', { name: 'Threads, 2 unread replies' }).click();
      const list = bob.page.getByRole('complementary', { name: 'Threads' });
      await list.getByRole('button', { name: /Which colour for the hull/ }).waitFor();
      const faults = await inspect(bob.page, 'messages-threads');
      await list.getByRole('button', { name: /Which colour for the hull/ }).click();
      await threadPanel(bob.page).getByText('Or a dark blue').waitFor();
      await expectSoon('they are read', async () =>
        bob.page.getByRole('button', { name: 'Threads', exact: true }).first().isVisible(),
      );
      await writeInThread(bob.page, 'Green it is');
      await threadPanel(ada.page).getByRole('article').filter({ hasText: 'Green it is' }).waitFor();
      faults.push(...(await inspect(bob.page, 'messages-thread')));
      await bob.page.reload();
      await openRoom(bob.page, demo.channel.name);
      await message(bob.page, 'Which colour for the hull?')
        .getByRole('button', { name: /^3 replies/ })
        .click();
      for (const words of ['I am for green', 'Or a dark blue', 'Green it is'])
        await threadPanel(bob.page).getByRole('article').filter({ hasText: words }).waitFor();
      for (const person of [ada, bob])
        await threadPanel(person.page).getByRole('button', { name: 'Close' }).click();
      noFaults(faults);
    },
  },
  {
    name: 'messages: reading a thread does not read the room, nor the room the thread',
    shows: ['threads.receipts'],
    run: async ({ ada, bob, demo }) => {
      await shareChannel(ada, [bob], 'slipway');
      await write(ada.page, 'Start of a thread');
      await message(bob.page, 'Start of a thread').waitFor();
      await openRoom(bob.page, demo.channel.name);
      await clickInMessage(message(ada.page, 'Start of a thread'), 'Reply in thread');
      await writeInThread(ada.page, 'unread in the thread');
      await Promise.all([
        bob.page.waitForResponse(/\/receipt\/|\/read_markers/),
        openRoom(bob.page, 'slipway'),
      ]);
      await bob.page.getByRole('button', { name: 'Threads, 1 unread reply' }).waitFor();
      await message(bob.page, 'Start of a thread')
        .getByRole('button', { name: /^1 reply/ })
        .click();
      await bob.page.getByRole('button', { name: 'Threads, 1 unread reply' }).waitFor({ state: 'detached' });
      await bob.page.reload();
      await openRoom(bob.page, 'slipway');
      await message(bob.page, 'Start of a thread')
        .getByRole('button', { name: /^1 reply/ })
        .waitFor();
      expectEqual(
        'it stays read',
        await bob.page.getByRole('button', { name: /Threads, 1 unread/ }).count(),
        0,
      );
      await threadPanel(ada.page).getByRole('button', { name: 'Close' }).click();
    },
  },
  {
    name: 'messages: in a thread one can answer, edit, react and delete, and the other side sees it',
    shows: ['threads.reply'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await write(ada.page, 'A second thread');
      await clickInMessage(message(ada.page, 'A second thread'), 'Reply in thread');
      await writeInThread(ada.page, 'first wrods');
      await message(bob.page, 'A second thread')
        .getByRole('button', { name: /^1 reply/ })
        .click();
      const theirs = threadPanel(bob.page);
      await theirs.getByText('first wrods').waitFor();
      const box = threadPanel(ada.page).getByRole('textbox');
      await expectSoon('the reply can be edited', async () => {
        await box.press('ArrowUp');
        return threadPanel(ada.page)
          .getByRole('textbox', { name: /^Editing/ })
          .isVisible();
      });
      await box.fill('first words');
      await box.press('Enter');
      await theirs.getByRole('article').filter({ hasText: 'first words' }).getByText('(edited)').waitFor();
      await clickInMessage(theirs.getByRole('article').filter({ hasText: 'first words' }), 'Reply');
      await writeInThread(bob.page, 'answered');
      await threadPanel(ada.page)
        .getByRole('article')
        .filter({ hasText: 'answered' })
        .getByRole('button', { name: /first words/ })
        .waitFor();
      await clickInMessage(theirs.getByRole('article').filter({ hasText: 'answered' }), 'Delete');
      await bob.page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
      await threadPanel(ada.page).getByText('Message deleted').waitFor();
      for (const person of [ada, bob])
        await threadPanel(person.page).getByRole('button', { name: 'Close' }).click();
    },
  },
];
