/** Invitations, knocking, direct messages: what the other side shows of them. */
import { inspect } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import {
  accept,
  actOnMember,
  choose,
  chooseForMember,
  chooseForRoom,
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
import { closeDialog, goToSection, noFaults, openMySettings, openRoomSettings, save } from './rooms-page.ts';
import type { Scenario } from './story.ts';

export const invitationScenarios: readonly Scenario[] = [
  {
    name: 'an invitation says whether the person exists, bears a note, and can be taken back',
    shows: [
      'invite.exists',
      'invite.not-found',
      'invite.note',
      'invite.pending',
      'invite.revoke',
      'invite.revoked-gone',
    ],
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'invited', true);
      const dialog = await invite(ada.page, `@nobody:${bob.workspace.server_name}`);
      await dialog.getByText(`Nobody is called @nobody:${bob.workspace.server_name}`).waitFor();
      expectEqual(
        'nothing can be sent to nobody',
        await dialog.getByRole('button', { name: /^Send/ }).isDisabled(),
        true,
      );
      await dialog.getByRole('combobox', { name: /^(Who|To)$/ }).fill(bob.user.user_id);
      await dialog.getByRole('option', { name: bob.user.user_id }).click();
      await dialog.getByText('Found', { exact: true }).waitFor();
      await dialog.getByLabel('Note (optional)').fill('We talk about the bridge here.');
      const faults = await inspect(ada.page, 'invite-checked');
      await sendInvitations(dialog);
      await dialog
        .getByRole('region', { name: 'Waiting for an answer' })
        .getByText(bob.user.user_id)
        .waitFor();
      await openInbox(bob.page);
      const card = invitationCard(bob.page, 'invited');
      await card.getByText('We talk about the bridge here.').waitFor();
      faults.push(...(await inspect(bob.page, 'invitation-note')));
      await dialog.getByRole('button', { name: 'Take back' }).click();
      await card.waitFor({ state: 'detached' });
      await dialog.getByRole('button', { name: 'Done' }).click();
      noFaults(faults);
    },
  },
  {
    name: 'an invitation expires when its inviter wanted it to',
    shows: ['invite.expiry'],
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'short notice', true);
      const dialog = await invite(ada.page, bob.user.user_id);
      await dialog.getByText('Found', { exact: true }).waitFor();
      await ada.page.route('**/_causeway/rooms/*/invitations', async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        const body = route.request().postDataJSON() as { expires_in_ms?: number };
        expectEqual('the choice of a day', body.expires_in_ms, 86_400_000);
        await route.continue({ postData: JSON.stringify({ ...body, expires_in_ms: 4000 }) });
      });
      await dialog.getByLabel('Expires').selectOption({ label: 'After a day' });
      await sendInvitations(dialog);
      await dialog.getByRole('button', { name: 'Done' }).click();
      await openInbox(bob.page);
      await invitationCard(bob.page, 'short notice').waitFor();
      await invitationCard(bob.page, 'short notice').waitFor({ state: 'detached', timeout: 30_000 });
      await ada.page.unroute('**/_causeway/rooms/*/invitations');
    },
  },
  {
    name: 'an inviter can be reported, and a blocked organisation invites in vain until it is unblocked',
    shows: ['invite.report', 'invite.block', 'account.blocked-organisations'],
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'bridge sale', true);
      await inviteAndClose(ada.page, bob.user.user_id);
      await openInbox(bob.page);
      const card = invitationCard(bob.page, 'bridge sale');
      const more = card.getByRole('button', { name: /^More about the invitation/ });
      await choose(more, /^Report /);
      await bob.page.getByLabel('What is wrong').fill('Sells bridges');
      await bob.page.getByRole('dialog').getByRole('button', { name: 'Report' }).dblclick();
      await bob.page.getByText('The admins of this workspace have been told.').waitFor();
      await bob.page.getByRole('dialog').waitFor({ state: 'detached' });
      await choose(more, `Block ${ada.workspace.server_name} for me`);
      await bob.page.getByRole('dialog').getByRole('button', { name: 'Block' }).click();
      await card.waitFor({ state: 'detached' });
      const dialog = await openMySettings(bob.page, 'Ignored and blocked');
      await dialog
        .getByRole('list', { name: 'Blocked organisations' })
        .getByText(ada.workspace.server_name)
        .waitFor();
      const faults = await inspect(bob.page, 'settings-unwanted');
      await dialog.getByRole('button', { name: `Remove ${ada.workspace.server_name}` }).click();
      await dialog.getByText('No organisation is blocked.').waitFor();
      await closeDialog(bob.page);
      await card.getByRole('button', { name: 'Decline' }).click();
      await card.waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'an ignored person disappears with their invitation and can be taken back into view',
    shows: ['invite.ignore', 'account.ignored-people'],
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'never mind', true);
      await inviteAndClose(ada.page, bob.user.user_id);
      await openInbox(bob.page);
      const card = invitationCard(bob.page, 'never mind');
      await choose(card.getByRole('button', { name: /^More about the invitation/ }), /^Ignore /);
      await bob.page.getByRole('dialog').getByRole('button', { name: 'Ignore' }).click();
      await card.waitFor({ state: 'detached' });
      await ada.page
        .getByRole('log')
        .getByText(/declined the invitation/)
        .first()
        .waitFor();
      const dialog = await openMySettings(bob.page, 'Ignored and blocked');
      await dialog.getByRole('button', { name: `Remove ${ada.user.user_id}` }).click();
      await dialog.getByText('You ignore nobody.').waitFor();
      await closeDialog(bob.page);
    },
  },
  {
    name: 'somebody knocks with a note, is refused, knocks again and is let in',
    shows: ['knock.ask', 'knock.approve', 'knock.deny', 'settings.knock', 'invite.link-knock'],
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'door', true);
      const settings = await openRoomSettings(ada.page, 'Access');
      await settings.getByRole('radio', { name: 'Anybody may ask' }).check();
      await save(settings);
      const link = await settings.getByLabel('Invite link').inputValue();
      const faults = await inspect(ada.page, 'room-settings-access');
      await closeDialog(ada.page);
      const knock = async (note: string) => {
        await bob.page.getByRole('link', { name: 'Browse channels' }).click();
        await bob.page.getByLabel('Join by address or link').fill(link);
        await bob.page.getByRole('button', { name: 'Continue' }).click();
        await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
        await bob.page.getByRole('alert').waitFor({ timeout: 20_000 });
        await bob.page.getByLabel('Note to the moderators (optional)').fill(note);
        await bob.page.getByRole('button', { name: 'Ask to join' }).click();
        await bob.page.getByRole('region', { name: 'You have asked to join' }).waitFor({ timeout: 20_000 });
      };
      await knock('I know the way');
      faults.push(...(await inspect(bob.page, 'knock-pending')));
      await ada.page.getByText('1 person asks to join').waitFor();
      await ada.page.getByRole('button', { name: 'Look' }).click();
      const panel = await openMembers(ada.page);
      await panel.getByText('I know the way').waitFor();
      faults.push(...(await inspect(ada.page, 'knock-requests')));
      await panel.getByRole('button', { name: 'Refuse' }).click();
      await bob.page.getByRole('region', { name: 'You have asked to join' }).waitFor({ state: 'detached' });
      await knock('Please');
      await panel.getByRole('button', { name: 'Let in' }).click();
      await accept(bob.page, 'door');
      await write(bob.page, 'Thanks for opening');
      await message(ada.page, 'Thanks for opening').waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'roles change on both sides, with a warning where it cannot be undone',
    shows: ['roles.named', 'roles.remote'],
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'porch');
      const panel = await openMembers(ada.page);
      await panel.getByText('Creator', { exact: true }).waitFor();
      const actions = new RegExp(`^Actions for ${bob.user.username}$`, 'i');
      await chooseForMember(ada.page, actions, 'Change role');
      const dialog = ada.page.getByRole('dialog');
      await dialog.getByRole('radio', { name: /^Moderator/ }).check();
      await dialog.getByRole('button', { name: 'Change role' }).click();
      await dialog.waitFor({ state: 'detached' });
      const theirs = await openMembers(bob.page);
      await theirs.getByText('Moderator', { exact: true }).waitFor();
      await theirs.getByText('Creator', { exact: true }).waitFor();
      expectEqual(
        'a moderator may not change roles',
        await theirs.getByRole('button', { name: actions }).count(),
        0,
      );
      await chooseForMember(ada.page, actions, 'Change role');
      await dialog.getByRole('radio', { name: /^Owner/ }).check();
      const faults = await inspect(ada.page, 'change-role');
      await dialog.getByRole('button', { name: 'Change role' }).click();
      await dialog.waitFor({ state: 'detached' });
      await theirs.getByText('Owner', { exact: true }).waitFor();
      await chooseForMember(bob.page, actions, 'Change role');
      const own = bob.page.getByRole('dialog');
      await own.getByRole('radio', { name: /^Member/ }).check();
      await own.getByText('cannot take it back yourself').waitFor();
      await own.getByRole('button', { name: 'Cancel' }).click();
      noFaults(faults);
    },
  },
  {
    name: 'banned users are listed with the reason, cannot come back by link or knock, and can after unbanning',
    shows: ['bans.ban', 'bans.unban', 'bans.list', 'bans.link', 'bans.knock', 'bans.return'],
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'back door');
      const settings = await openRoomSettings(ada.page, 'Access');
      await settings.getByRole('radio', { name: 'Anybody may ask' }).check();
      await save(settings);
      await closeDialog(ada.page);
      await chooseForMember(ada.page, new RegExp(`^Actions for ${bob.user.username}$`, 'i'), 'Ban');
      await ada.page.getByLabel('Reason (optional; they can read it)').fill('Slammed the door');
      await ada.page.getByRole('dialog').getByRole('button', { name: 'Ban', exact: true }).click();
      await bob.page.getByRole('link', { name: 'back door' }).waitFor({ state: 'detached' });
      await chooseForRoom(ada.page, 'Banned users');
      const dialog = ada.page.getByRole('dialog');
      await dialog.getByText('Slammed the door').waitFor();
      const faults = await inspect(ada.page, 'banned-users');
      await goToSection(dialog, 'Access');
      const link = await dialog.getByLabel('Invite link').inputValue();
      await goToSection(dialog, 'Banned users');
      await bob.page.getByRole('link', { name: 'Browse channels' }).click();
      await bob.page.getByLabel('Join by address or link').fill(link);
      await bob.page.getByRole('button', { name: 'Continue' }).click();
      await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
      await bob.page.getByRole('alert').waitFor({ timeout: 20_000 });
      await bob.page.getByRole('button', { name: 'Ask to join' }).click();
      await bob.page
        .getByRole('alert')
        .filter({ hasText: 'You have not joined' })
        .waitFor({ timeout: 20_000 });
      await dialog.getByRole('button', { name: 'Unban' }).click();
      await ada.page.getByRole('dialog').getByRole('button', { name: 'Unban', exact: true }).click();
      await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
      await inviteAndClose(ada.page, bob.user.user_id);
      await accept(bob.page, 'back door');
      await write(bob.page, 'I will be gentle');
      await message(ada.page, 'I will be gentle').waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'a group conversation across organisations shows who was invited and is found again',
    shows: ['direct.group', 'direct.again'],
    run: async ({ ada, bob, linus, demo }) => {
      const start = async () => {
        await ada.page.getByRole('button', { name: 'New message' }).first().click();
        const dialog = ada.page.getByRole('dialog', { name: 'New message' });
        for (const person of [bob, linus]) {
          await dialog.getByRole('combobox', { name: /^(Who|To)$/ }).fill(person.user.user_id);
          await dialog.getByRole('option', { name: person.user.user_id }).click();
        }
        return dialog;
      };
      const dialog = await start();
      await dialog.getByRole('list', { name: 'Chosen' }).getByRole('listitem').nth(1).waitFor();
      const faults = await inspect(ada.page, 'new-group-message');
      const button = dialog.getByRole('button', { name: 'Start the conversation' });
      await button.dblclick();
      await dialog.waitFor({ state: 'detached', timeout: 20_000 });
      const place = ada.page.url();
      await write(ada.page, 'The three of us');
      for (const person of [bob, linus]) {
        await accept(person.page, 'wants to write to you');
        await message(person.page, 'The three of us').waitFor();
      }
      await openRoom(ada.page, demo.channel.name);
      await (await start()).getByRole('button', { name: 'Start the conversation' }).click();
      await expectSoon('the same room opens', async () => ada.page.url() === place);
      noFaults(faults);
    },
  },
  {
    name: 'the member list follows a leave, a rejoin and a change of profile on the other side',
    shows: ['members.leave', 'members.rejoin', 'members.profile'],
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'hallway');
      const panel = await openMembers(ada.page);
      const dialog = await openMySettings(bob.page, 'Profile');
      await dialog.getByLabel('Name', { exact: true }).fill('Sol of the south \u202Eevil');
      const faults = await inspect(bob.page, 'settings-profile');
      await save(dialog);
      await panel.getByText('Sol of the south').waitFor();
      await dialog.getByLabel('Name', { exact: true }).fill('Sol');
      await save(dialog);
      await closeDialog(bob.page);
      await panel.getByText('Sol', { exact: true }).waitFor();
      await actOnMember(ada.page, 'Sol', 'Remove');
      await panel.getByText(bob.user.user_id).waitFor({ state: 'detached' });
      await inviteAndClose(ada.page, bob.user.user_id);
      await (await openMembers(ada.page))
        .getByRole('region', { name: 'Invited' })
        .getByText(bob.user.user_id)
        .waitFor();
      await accept(bob.page, 'hallway');
      await panel.getByRole('region', { name: 'Invited' }).waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
];
