/** The simplest messages: written, edited, answered, reacted to, deleted, with pictures. */
import { inspect } from './artefacts.ts';
import type { Person } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { chooseFiles, noFaults } from './messages-page.ts';
import { makePicture } from './picture.ts';
import { act, composer, editNewest, message, messages, openRoom, react, write } from './room-page.ts';
import type { Scenario, Story } from './story.ts';

const openBoth = async ({ ada, bob, demo }: Story): Promise<void> => {
  for (const { page } of [ada, bob]) await openRoom(page, demo.channel.name);
};

export const firstMessageScenarios: readonly Scenario[] = [
  {
    name: 'messages go both ways and a remote author bears the organisation',
    shows: ['messages.send', 'profiles.badge'],
    run: async (story) => {
      const { ada, bob } = story;
      await openBoth(story);
      await write(ada.page, 'Good morning from the north');
      await message(bob.page, 'Good morning from the north').waitFor();
      await write(bob.page, 'And from the south');
      await message(ada.page, 'And from the south')
        .getByText(bob.workspace.server_name, { exact: true })
        .waitFor();
      await composer(ada.page).fill('one line');
      await composer(ada.page).press('Shift+Enter');
      await composer(ada.page).pressSequentially('another line');
      await composer(ada.page).press('Enter');
      await message(bob.page, 'one line\nanother line').waitFor();
    },
  },
  {
    name: 'an edit shows on the other side, marked',
    shows: ['messages.edit'],
    run: async (story) => {
      const { ada, bob } = story;
      await openBoth(story);
      await write(ada.page, 'The meting is at nine');
      await message(bob.page, 'The meting is at nine').waitFor();
      await editNewest(ada.page, 'The meeting is at ten');
      await message(bob.page, 'The meeting is at ten').getByText('(edited)').waitFor();
      expectEqual(
        'the old words are gone',
        await messages(bob.page).filter({ hasText: 'meting' }).count(),
        0,
      );
    },
  },
  {
    name: 'a reply shows what it answers and leads to it',
    shows: ['replies.rendered', 'replies.lead'],
    run: async (story) => {
      const { ada, bob } = story;
      await openBoth(story);
      await write(ada.page, 'Who can be here at nine?');
      await act(bob.page, 'Who can be here at nine?', 'Reply');
      await write(bob.page, 'I come at half past');
      const quote = message(ada.page, 'I come at half past').getByRole('button', {
        name: /Who can be here at nine/,
      });
      await quote.click();
      await ada.page.locator('article.flash').filter({ hasText: 'Who can be here at nine?' }).waitFor();
    },
  },
  {
    name: 'reactions count people from both sides and can be taken back',
    shows: ['reactions.any', 'reactions.remove'],
    run: async (story) => {
      const { ada, bob } = story;
      await openBoth(story);
      await write(bob.page, 'The bridge is ready');
      await react(ada.page, 'The bridge is ready', 'tada');
      const pill = (person: Person) =>
        message(person.page, 'The bridge is ready').getByRole('button', { name: /reacted with 🎉/ });
      await pill(bob).waitFor();
      await pill(bob).click();
      await expectSoon('two people reacted', async () => (await pill(ada).innerText()).includes('2'));
      await pill(bob).click();
      await expectSoon('one person reacted', async () => (await pill(ada).innerText()).includes('1'));
    },
  },
  {
    name: 'a deleted message leaves a mark on the other side',
    shows: ['messages.delete-own'],
    run: async (story) => {
      const { ada, bob } = story;
      await openBoth(story);
      await write(ada.page, 'This should not be here');
      await message(bob.page, 'This should not be here').waitFor();
      await act(ada.page, 'This should not be here', 'Delete');
      await ada.page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
      await message(bob.page, 'Message deleted').waitFor();
      expectEqual(
        'what it said is gone',
        await messages(bob.page).filter({ hasText: 'should not be' }).count(),
        0,
      );
    },
  },
  {
    name: 'a picture arrives, reserved in its size, and can be enlarged',
    shows: ['files.image-size', 'files.lightbox'],
    run: async (story) => {
      const { ada, bob } = story;
      await openBoth(story);
      await chooseFiles(ada.page, [
        { name: 'coast.png', mimeType: 'image/png', buffer: makePicture(900, 500) },
      ]);
      await composer(ada.page).press('Enter');
      for (const person of [ada, bob]) {
        const picture = person.page.getByRole('log').getByRole('img', { name: 'coast.png' }).last();
        await picture.waitFor({ timeout: 20_000 });
        await expectSoon('the picture is drawn', async () =>
          picture.evaluate((element: unknown) => {
            const { complete, naturalWidth } = element as { complete: boolean; naturalWidth: number };
            return complete && naturalWidth > 0;
          }),
        );
      }
      await bob.page.getByRole('button', { name: 'Enlarge coast.png' }).click();
      await bob.page.getByRole('dialog', { name: 'coast.png' }).getByRole('img').waitFor();
      const faults = await inspect(bob.page, 'lightbox');
      await bob.page.keyboard.press('Escape');
      await bob.page.getByRole('dialog').waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'pictures can be dropped and pasted',
    shows: ['files.drop', 'files.paste'],
    run: async (story) => {
      const { ada, bob } = story;
      await openBoth(story);
      for (const kind of ['drop', 'paste'] as const) {
        const base64 = makePicture(320, 200).toString('base64');
        await ada.page.evaluate(`(async () => {
          const bytes = Uint8Array.from(atob('${base64}'), (c) => c.charCodeAt(0));
          const data = new DataTransfer();
          data.items.add(new File([bytes], '${kind}ed.png', { type: 'image/png' }));
          const box = document.querySelector('form textarea');
          box.dispatchEvent('${kind}' === 'drop'
            ? new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data })
            : new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: data }));
        })()`);
        await ada.page.getByRole('list', { name: 'Files to send' }).getByText(`${kind}ed.png`).waitFor();
        await composer(ada.page).press('Enter');
        await bob.page
          .getByRole('log')
          .getByRole('img', { name: `${kind}ed.png` })
          .last()
          .waitFor();
      }
    },
  },
  {
    name: 'typing shows on the other side and stops',
    shows: ['typing'],
    run: async (story) => {
      const { ada, bob } = story;
      await openBoth(story);
      await composer(bob.page).pressSequentially('I am thinking');
      await ada.page.getByText(/ is typing$/).waitFor();
      const faults = await inspect(ada.page, 'room');
      await composer(bob.page).fill('');
      await ada.page.getByText(/ is typing$/).waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
];
