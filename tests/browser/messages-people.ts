/** Who is called, quoted, read by, deleted by: what people do to each other's messages. */
import { inspect } from './artefacts.ts';
import type { Person } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { call, noFaults, threadPanel, type as typeWords, writeInThread } from './messages-page.ts';
import {
  accept,
  act,
  actOnMember,
  chooseForMember,
  clickInMessage,
  composer,
  invitationCard,
  inviteAndClose,
  message,
  messages,
  openInbox,
  openRoom,
  shareChannel,
  write,
} from './room-page.ts';
import { closeDialog, openMySettings } from './rooms-page.ts';
import { madeOnce, type Scenario, type Story } from './story.ts';

const ROOM = 'drawing office';
const deleted = (person: Person) =>
  person.page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true });
const readers = (person: Person, words: string) =>
  message(person.page, words).getByRole('img', { name: /^Read by / });
const unread = (person: Person, room: string) =>
  person.page
    .getByRole('link', { name: room })
    .first()
    .getByRole('img', { name: /unread/ });

/** A channel of all three. */
const inOffice = madeOnce(({ ada, bob, linus }) => shareChannel(ada, [bob, linus], ROOM));

/** All three look at it, and have read it. */
async function enterOffice(story: Story): Promise<void> {
  await inOffice(story);
  for (const person of [story.ada, story.bob, story.linus]) {
    await openRoom(person.page, ROOM);
    await unread(person, ROOM).waitFor({ state: 'detached' });
  }
}

export const peopleScenarios: readonly Scenario[] = [
  {
    name: 'messages: a moderator deletes what somebody of the other organisation wrote, as themselves',
    shows: ['messages.delete-any'],
    run: async (story) => {
      const { ada, bob, linus } = story;
      await enterOffice(story);
      await write(bob.page, 'This does not belong here');
      await message(ada.page, 'This does not belong here').waitFor();
      await message(bob.page, 'This does not belong here').hover();
      await act(ada.page, 'This does not belong here', 'Delete');
      const faults = await inspect(ada.page, 'messages-delete-any');
      await deleted(ada).click();
      for (const person of [bob, linus, ada]) await message(person.page, 'Message deleted by Ada').waitFor();
      expectEqual('what it said is gone', await messages(bob.page).filter({ hasText: 'belong' }).count(), 0);
      await write(linus.page, 'Nobody here may delete this one');
      await message(bob.page, 'Nobody here may').hover();
      expectEqual(
        'who is no moderator is not offered it',
        await message(bob.page, 'Nobody here may').getByRole('button', { name: 'Delete' }).count(),
        0,
      );
      noFaults(faults);
    },
  },
  {
    name: 'messages: a message on its way says so, and is marked as sent when the own server has it',
    shows: ['state.sending', 'state.sent'],
    run: async (story) => {
      const { ada, bob } = story;
      await enterOffice(story);
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      await ada.page.route('**/send/m.room.message/**', async (route) => {
        await held;
        await route.continue();
      });
      await write(ada.page, 'Slowly through the canal');
      const row = message(ada.page, 'Slowly through the canal');
      await row.getByRole('img', { name: 'Sending' }).waitFor();
      expectEqual('nobody has it yet', await messages(bob.page).filter({ hasText: 'canal' }).count(), 0);
      release();
      await row.getByRole('img', { name: 'Sent', exact: true }).waitFor();
      await message(bob.page, 'Slowly through the canal').waitFor();
      await ada.page.unroute('**/send/m.room.message/**');
    },
  },
  {
    name: 'messages: a colleague is called, and everybody is called by @room, on both sides',
    shows: ['mentions.local', 'mentions.room'],
    run: async (story) => {
      const { ada, bob, linus, demo } = story;
      await enterOffice(story);
      await openRoom(linus.page, demo.channel.name);
      await typeWords(bob.page, '@Mar');
      await bob.page.getByRole('option', { name: /Mara/ }).click();
      await composer(bob.page).press('Enter');
      await unread(linus, ROOM)
        .and(linus.page.getByLabel(/mentions: 1$/))
        .waitFor();
      await openRoom(linus.page, ROOM);
      await unread(linus, ROOM).waitFor({ state: 'detached' });
      await linus.page.locator('article.bg-mention-wash').filter({ hasText: 'Mara' }).last().waitFor();
      for (const person of [bob, linus]) await openRoom(person.page, demo.channel.name);
      await typeWords(ada.page, 'Fire drill, @roo');
      await ada.page.getByRole('option', { name: /@room/ }).click();
      await composer(ada.page).press('Enter');
      for (const person of [bob, linus]) {
        await unread(person, ROOM)
          .and(person.page.getByLabel(/mentions: 1$/))
          .waitFor();
        await openRoom(person.page, ROOM);
        await person.page.locator('article.bg-mention-wash').filter({ hasText: 'Fire drill' }).waitFor();
      }
      await typeWords(bob.page, '@roo');
      await bob.page.waitForTimeout(300);
      expectEqual(
        'who may not call everybody is not offered it',
        await bob.page.getByRole('option', { name: /@room/ }).count(),
        0,
      );
      await composer(bob.page).fill('');
    },
  },
  {
    name: 'messages: a quote bears its author and leads to the message, on the other side too',
    shows: ['replies.quote'],
    run: async (story) => {
      const { ada, bob } = story;
      await enterOffice(story);
      await composer(ada.page).fill('Ebb at six, *flood* at noon');
      await composer(ada.page).press('Enter');
      await message(bob.page, 'Ebb at six').waitFor();
      await composer(bob.page).fill('As for the tide:');
      await clickInMessage(message(bob.page, 'Ebb at six'), 'Quote');
      await expectSoon('the quote is in the composer', async () =>
        (await composer(bob.page).inputValue()).includes('> Ebb at six, *flood* at noon'),
      );
      const faults = await inspect(bob.page, 'messages-quoting');
      await composer(bob.page).press('End');
      await bob.page.keyboard.type('Then we sail at five.');
      await bob.page.keyboard.press('Enter');
      const row = message(ada.page, 'Then we sail at five.');
      const quoted = row.locator('blockquote');
      await quoted.getByText('Ebb at six, flood at noon').waitFor();
      await quoted.getByText('Ada', { exact: true }).waitFor();
      faults.push(...(await inspect(ada.page, 'messages-quote')));
      await quoted.getByRole('button', { name: 'wrote' }).click();
      await ada.page.locator('article.flash').filter({ hasText: 'Ebb at six' }).waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'messages: one writes to somebody who has not accepted yet, shown as invited, and they read it then',
    shows: ['direct.early'],
    run: async ({ ada, linus }) => {
      await ada.page.getByRole('button', { name: 'New message' }).first().click();
      const dialog = ada.page.getByRole('dialog', { name: 'New message' });
      await dialog.getByRole('combobox', { name: /^(Who|To)$/ }).fill(linus.user.user_id);
      await dialog.getByRole('option', { name: linus.user.user_id }).click();
      await dialog.getByRole('button', { name: 'Start the conversation' }).click();
      await ada.page.getByRole('dialog').waitFor({ state: 'detached', timeout: 20_000 });
      await ada.page.getByText('has been invited and will see your messages after accepting').waitFor();
      await write(ada.page, 'Before you came in');
      await write(ada.page, 'And a second line');
      const faults = await inspect(ada.page, 'messages-direct-early');
      await accept(linus.page, 'wants to write to you');
      await message(linus.page, 'Before you came in').waitFor();
      await message(linus.page, 'And a second line').waitFor();
      await ada.page.getByText('has been invited and will see').waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'messages: who has read how far shows on the other side, and not of who keeps it to themselves',
    shows: ['receipts', 'receipts.private'],
    run: async (story) => {
      const { ada, bob, linus, demo } = story;
      await enterOffice(story);
      await openRoom(linus.page, demo.channel.name);
      await write(ada.page, 'Who has seen the plan?');
      await message(bob.page, 'Who has seen the plan?').waitFor();
      await readers(ada, 'Who has seen the plan?')
        .and(ada.page.getByLabel('Read by Sol', { exact: true }))
        .waitFor();
      await write(bob.page, 'I have');
      await readers(bob, 'I have')
        .and(bob.page.getByLabel('Read by Ada', { exact: true }))
        .waitFor();
      const faults = await inspect(ada.page, 'messages-readers');
      await openRoom(bob.page, demo.channel.name);
      const settings = await openMySettings(bob.page, 'Privacy');
      const box = settings.getByRole('checkbox', { name: 'Private read receipts' });
      await box.click();
      await expectSoon('receipts are private', () => box.isChecked());
      await closeDialog(bob.page);
      await write(ada.page, 'And the second plan?');
      await unread(bob, ROOM).waitFor();
      await openRoom(bob.page, ROOM);
      await unread(bob, ROOM).waitFor({ state: 'detached' });
      // What Mara's server says after Sol has read comes after anything that it would have said of Sol.
      await openRoom(linus.page, ROOM);
      await readers(ada, 'And the second plan?')
        .and(ada.page.getByLabel('Read by Mara', { exact: true }))
        .waitFor();
      const known = await call(
        ada,
        'GET',
        `/_matrix/client/v3/sync?filter=${encodeURIComponent('{"room":{"timeline":{"limit":1}}}')}`,
      );
      expectEqual(
        'nothing of a private receipt has left the other server',
        JSON.stringify(known).includes('m.read.private'),
        false,
      );
      const again = await openMySettings(bob.page, 'Privacy');
      await again.getByRole('checkbox', { name: 'Private read receipts' }).click();
      await closeDialog(bob.page);
      noFaults(faults);
    },
  },
  {
    name: 'messages: a deleted reply of a thread stays in its thread, also for who comes later',
    shows: ['threads.reply'],
    run: async ({ ada, bob }) => {
      const store = 'sail store';
      await shareChannel(ada, [bob], store);
      await write(ada.page, 'Thread with a hole');
      await clickInMessage(message(ada.page, 'Thread with a hole'), 'Reply in thread');
      await writeInThread(ada.page, 'soon to be deleted');
      await writeInThread(ada.page, 'this stays');
      await clickInMessage(
        threadPanel(ada.page).getByRole('article').filter({ hasText: 'soon to be deleted' }),
        'Delete',
      );
      await deleted(ada).click();
      await threadPanel(ada.page).getByText('Message deleted').waitFor();
      await threadPanel(ada.page).getByRole('button', { name: 'Close' }).click();
      await write(ada.page, 'After the hole');
      await message(bob.page, 'After the hole').waitFor();
      for (const person of [ada, bob]) {
        await person.page.reload();
        await openRoom(person.page, store);
        await message(person.page, 'After the hole').waitFor();
      }
      for (const person of [ada, bob])
        expectEqual(
          'marks of deletion in the main timeline',
          await messages(person.page).filter({ hasText: 'Message deleted' }).count(),
          0,
        );
    },
  },
  {
    name: 'messages: what somebody said goes when they are ignored, and comes back',
    shows: ['account.ignored-people'],
    run: async (story) => {
      const { ada, bob, linus } = story;
      await enterOffice(story);
      await write(linus.page, 'Something Sol would rather not read');
      await message(bob.page, 'rather not read').waitFor();
      await chooseForMember(bob.page, 'Mara', 'Ignore');
      await bob.page.getByRole('dialog').getByRole('button', { name: 'Ignore' }).click();
      await message(bob.page, 'rather not read').waitFor({ state: 'detached' });
      await message(ada.page, 'rather not read').waitFor();
      const dialog = await openMySettings(bob.page, 'Ignored and blocked');
      await dialog.getByRole('button', { name: `Remove ${linus.user.user_id}` }).click();
      await dialog.getByText('You ignore nobody.').waitFor();
      await closeDialog(bob.page);
      await message(bob.page, 'rather not read').waitFor();
    },
  },
  {
    name: 'messages: who was removed or banned keeps their name, after a reload too',
    shows: ['members.kick', 'members.ban'],
    run: async ({ ada, bob, linus }) => {
      const loft = 'net loft';
      const names = async (person: Person) => {
        await person.page
          .getByRole('article', { name: /^Mara,/ })
          .filter({ hasText: 'Mended by Mara' })
          .waitFor();
      };
      await shareChannel(ada, [bob, linus], loft);
      await write(linus.page, 'Mended by Mara');
      for (const person of [ada, bob]) await names(person);
      await actOnMember(ada.page, 'Mara', 'Remove');
      await linus.page.getByRole('link', { name: loft }).waitFor({ state: 'detached' });
      for (const person of [ada, bob]) {
        await person.page
          .getByRole('log')
          .getByText(/removed Mara/)
          .waitFor();
        await names(person);
      }
      await inviteAndClose(ada.page, linus.user.user_id);
      await accept(linus.page, loft);
      await actOnMember(ada.page, 'Mara', 'Ban');
      for (const person of [ada, bob]) {
        await person.page
          .getByRole('log')
          .getByText(/banned Mara/)
          .waitFor();
        await person.page.reload();
        await openRoom(person.page, loft);
        await names(person);
      }
    },
  },
  {
    name: 'messages: an invitation to an encrypted room says so before it is accepted',
    shows: ['encrypted.invitation'],
    run: async ({ ada, bob }) => {
      await call(ada, 'POST', '/_matrix/client/v3/createRoom', {
        name: 'sealed envelope',
        invite: [bob.user.user_id],
        initial_state: [
          { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } },
        ],
      });
      await openInbox(bob.page);
      const card = invitationCard(bob.page, 'sealed envelope');
      await card.getByText('This room is end-to-end encrypted').waitFor();
      const faults = await inspect(bob.page, 'messages-encrypted-invitation');
      await accept(bob.page, 'sealed envelope');
      await bob.page.getByText('This room is end-to-end encrypted').waitFor();
      expectEqual('there is no composer', await composer(bob.page).count(), 0);
      noFaults(faults);
    },
  },
];
