/** Channels and direct messages: made, joined, read, renamed, moderated, left. */
import { inspect } from './artefacts.ts';
import type { Person } from './browser.ts';
import { expectSoon } from './expect.ts';
import { noFaults } from './messages-page.ts';
import {
  accept,
  actOnMember,
  chooseForRoom,
  composer,
  createChannel,
  invitationCard,
  invite,
  inviteAndClose,
  message,
  openInbox,
  openMembers,
  openRoom,
  sendInvitations,
  shareChannel,
  write,
} from './room-page.ts';
import type { Scenario } from './story.ts';

const UNREACHABLE = '@nobody:unreachable.invalid';
const UNREACHABLE_LIMIT_MS = 15_000;
const unreadOf = async (person: Person, room: string) => {
  const label = await person.page
    .getByRole('link', { name: room })
    .first()
    .getByRole('img', { name: /unread/ })
    .getAttribute('aria-label', { timeout: 500 })
    .catch(() => '');
  return label ?? '';
};

export const firstRoomScenarios: readonly Scenario[] = [
  {
    name: 'a channel of this organisation only takes a colleague and refuses an outsider',
    run: async ({ ada, bob, linus }) => {
      await bob.page.getByRole('button', { name: 'New channel' }).first().click();
      const faults = await inspect(bob.page, 'create-channel');
      await bob.page.keyboard.press('Escape');
      await createChannel(bob.page, 'kitchen', false);
      const dialog = await invite(bob.page, linus.user.user_id);
      await sendInvitations(dialog);
      await dialog.getByRole('combobox', { name: /^(Who|To)$/ }).fill(ada.user.user_id);
      await dialog.getByText('This channel is for this organisation only.').waitFor();
      faults.push(...(await inspect(bob.page, 'invite')));
      await dialog.getByRole('button', { name: 'Done' }).click();
      await accept(linus.page, 'kitchen');
      await write(linus.page, 'Only among ourselves');
      await message(bob.page, 'Only among ourselves').waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'unread messages and mentions are counted, and reading clears them',
    shows: ['mentions.unread'],
    run: async ({ ada, bob, demo }) => {
      for (const { page } of [ada, bob]) await openRoom(page, demo.channel.name);
      await expectSoon('nothing is unread', async () => (await unreadOf(bob, demo.channel.name)) === '');
      await openInbox(bob.page);
      await write(ada.page, 'Something to read');
      await composer(ada.page).fill(`@${bob.user.username} this one is for you`);
      await composer(ada.page).press('Enter');
      await message(ada.page, 'this one is for you').waitFor();
      await expectSoon('two unread, one mention', async () =>
        /^2 unread, mentions: 1$/.test(await unreadOf(bob, demo.channel.name)),
      );
      await openRoom(bob.page, demo.channel.name);
      await bob.page.getByText('New', { exact: true }).waitFor();
      await expectSoon('nothing unread', async () => (await unreadOf(bob, demo.channel.name)) === '');
    },
  },
  {
    name: 'a channel with other organisations: invited, accepted, written in from both sides',
    shows: ['invite.by-id', 'invite.inbox', 'invite.accept', 'members.mixed', 'members.join'],
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'harbour', true);
      await inviteAndClose(ada.page, bob.user.user_id);
      await bob.page.getByRole('img', { name: '1 invitation' }).waitFor();
      await openInbox(bob.page);
      await invitationCard(bob.page, 'harbour')
        .getByText(ada.workspace.server_name, { exact: true })
        .waitFor();
      const faults = await inspect(bob.page, 'invitations');
      await accept(bob.page, 'harbour');
      await write(bob.page, 'Here I am');
      await message(ada.page, 'Here I am').waitFor();
      await write(ada.page, 'Welcome');
      await message(bob.page, 'Welcome').waitFor();
      await ada.page.getByRole('button', { name: /^2 organisations: / }).waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'name and topic change on both sides',
    shows: ['settings.name', 'settings.topic'],
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'harbour mole');
      await chooseForRoom(ada.page, 'Name and topic');
      const dialog = ada.page.getByRole('dialog', { name: 'Name and topic' });
      await dialog.getByLabel('Name').fill('harbour light');
      await dialog.getByLabel('What it is about').fill('Repairs before the winter');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await bob.page.getByRole('heading', { name: 'harbour light', level: 1 }).waitFor();
      await bob.page.locator('main header').getByText('Repairs before the winter').waitFor();
    },
  },
  {
    name: 'the members panel shows roles and organisations, removes, bans and unbans',
    shows: ['members.kick', 'members.ban', 'bans.kick', 'bans.ban', 'bans.unban'],
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'harbour wall');
      const panel = await openMembers(ada.page);
      await panel.getByText(bob.user.user_id).waitFor();
      await panel.getByText(/^(Creator|Owner)$/).waitFor();
      const faults = await inspect(ada.page, 'members');
      await ada.page.getByRole('button', { name: 'Details' }).click();
      await ada.page.getByRole('complementary', { name: 'Details' }).waitFor();
      faults.push(...(await inspect(ada.page, 'details')));
      await actOnMember(ada.page, bob.user.username, 'Remove');
      await bob.page.getByRole('link', { name: 'harbour wall' }).waitFor({ state: 'detached' });
      await inviteAndClose(ada.page, bob.user.user_id);
      await accept(bob.page, 'harbour wall');
      await actOnMember(ada.page, bob.user.username, 'Ban');
      await bob.page.getByRole('link', { name: 'harbour wall' }).waitFor({ state: 'detached' });
      await (await openMembers(ada.page)).getByRole('region', { name: 'Banned' }).waitFor();
      await actOnMember(ada.page, bob.user.username, 'Unban');
      await ada.page.getByRole('region', { name: 'Banned' }).waitFor({ state: 'detached' });
      await inviteAndClose(ada.page, bob.user.user_id);
      await accept(bob.page, 'harbour wall');
      await write(bob.page, 'Back again');
      await message(ada.page, 'Back again').waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'leaving shows on the other side',
    shows: ['members.leave'],
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'harbour steps');
      await chooseForRoom(bob.page, 'Leave channel');
      await bob.page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
      await bob.page.getByRole('link', { name: 'harbour steps' }).waitFor({ state: 'detached' });
      await ada.page
        .getByRole('log')
        .getByText(/ left$/)
        .last()
        .waitFor();
    },
  },
  {
    name: 'a declined invitation leaves both inboxes and shows to the inviter',
    shows: ['invite.decline'],
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'side street', true);
      await inviteAndClose(ada.page, bob.user.user_id);
      await openInbox(bob.page);
      await invitationCard(bob.page, 'side street').getByRole('button', { name: 'Decline' }).click();
      await invitationCard(bob.page, 'side street').waitFor({ state: 'detached' });
      await ada.page
        .getByRole('log')
        .getByText(/declined the invitation/)
        .waitFor();
    },
  },
  {
    name: 'a direct message is accepted, answered, and found again instead of made twice',
    shows: ['direct.one', 'direct.again'],
    run: async ({ ada, bob, demo }) => {
      const start = async () => {
        await ada.page.getByRole('button', { name: 'New message' }).first().click();
        const dialog = ada.page.getByRole('dialog', { name: 'New message' });
        await dialog.getByRole('combobox', { name: /^(Who|To)$/ }).fill(bob.user.user_id);
        await dialog.getByRole('option', { name: bob.user.user_id }).waitFor();
        return dialog;
      };
      const dialog = await start();
      const faults = await inspect(ada.page, 'new-message');
      await dialog.getByRole('option', { name: bob.user.user_id }).click();
      await dialog.getByRole('button', { name: 'Start the conversation' }).click();
      await ada.page.getByRole('dialog').waitFor({ state: 'detached', timeout: 20_000 });
      await write(ada.page, 'Just between us');
      const place = ada.page.url();
      await openInbox(bob.page);
      await bob.page.getByText('wants to write to you').waitFor();
      await accept(bob.page, 'wants to write to you');
      await message(bob.page, 'Just between us').waitFor();
      await write(bob.page, 'Of course');
      await message(ada.page, 'Of course').waitFor();
      await openRoom(ada.page, demo.channel.name);
      const again = await start();
      await again.getByRole('option', { name: bob.user.user_id }).click();
      await again.getByRole('button', { name: 'Start the conversation' }).click();
      await expectSoon('the same room opens', async () => ada.page.url() === place);
      noFaults([...faults, ...(await inspect(ada.page, 'direct-message'))]);
    },
  },
  {
    name: 'an unreachable server in an invitation is said in words within 15 seconds, with a retry',
    shows: ['invite.unreachable', 'bad.dead-server'],
    run: async ({ ada, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      const began = Date.now();
      const dialog = await invite(ada.page, UNREACHABLE);
      await dialog.getByRole('alert').waitFor({ timeout: UNREACHABLE_LIMIT_MS });
      if (Date.now() - began > UNREACHABLE_LIMIT_MS) throw new Error('It took longer than 15 s.');
      await dialog.getByRole('alert').filter({ hasText: UNREACHABLE }).waitFor();
      await dialog.getByRole('button', { name: 'Try again' }).waitFor();
      const faults = await inspect(ada.page, 'invite-unreachable');
      await dialog.getByRole('button', { name: 'Done' }).click();
      noFaults(faults);
    },
  },
];
