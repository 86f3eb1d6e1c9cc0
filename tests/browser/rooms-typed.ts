/** Somebody is named by typing their whole ID, and not chosen from the list that comes below it. */
import { inspect } from './artefacts.ts';
import { expectEqual } from './expect.ts';
import { createChannel, invitationCard, openInbox, openInvite, sendInvitations, write } from './room-page.ts';
import { noFaults, peersOf } from './rooms-page.ts';
import type { Scenario } from './story.ts';

export const typedScenarios: readonly Scenario[] = [
  {
    name: 'a typed ID is invited without being chosen from the list; what is no ID is said where it was typed',
    shows: ['invite.by-id', 'invite.not-found'],
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'typed berth', true);
      const dialog = await openInvite(ada.page);
      const who = dialog.getByRole('combobox', { name: 'Who' });
      const send = dialog.getByRole('button', { name: /^Send/ });
      expectEqual('nobody can be invited', await send.isDisabled(), true);
      await who.fill('bob');
      await send.click();
      await dialog.getByRole('alert').filter({ hasText: '“bob” is not a whole ID' }).waitFor();
      expectEqual('what was typed stays', await who.inputValue(), 'bob');
      const faults = await inspect(ada.page, 'invite-typed-fault');
      await who.fill(`@nobody:${bob.workspace.server_name}`);
      await send.click();
      await dialog.getByText(`Nobody is called @nobody:${bob.workspace.server_name}`).waitFor();
      await who.fill(bob.user.user_id);
      await sendInvitations(dialog);
      await who.fill(bob.user.user_id);
      await send.click();
      await dialog.getByRole('alert').filter({ hasText: 'Already invited' }).waitFor();
      await dialog.getByRole('button', { name: 'Done' }).click();
      await openInbox(bob.page);
      await invitationCard(bob.page, 'typed berth').waitFor();
      expectEqual('invitations', await invitationCard(bob.page, 'typed berth').count(), 1);
      await invitationCard(bob.page, 'typed berth').getByRole('button', { name: 'Decline' }).click();
      noFaults(faults);
    },
  },
  {
    name: 'a conversation with a typed ID begins without choosing it from the list',
    shows: ['direct.one'],
    run: async (story) => {
      const { ada, bob } = story;
      const peer = peersOf(story)['slow.test'];
      const wes = await peer.person('wes-typed');
      await ada.page.getByRole('button', { name: 'New message' }).first().click();
      const dialog = ada.page.getByRole('dialog', { name: 'New message' });
      const to = dialog.getByRole('combobox', { name: 'To' });
      const start = dialog.getByRole('button', { name: 'Start the conversation' });
      await to.fill(ada.user.user_id);
      await start.click();
      await dialog.getByRole('alert').filter({ hasText: 'This is you' }).waitFor();
      await to.fill(bob.user.user_id);
      await to.press('Enter');
      await dialog.getByRole('button', { name: /^Without / }).click();
      await to.fill(wes.userId);
      await start.click();
      await dialog.waitFor({ state: 'detached', timeout: 20_000 });
      await write(ada.page, 'Typed, and not chosen');
      await ada.page.getByText('has been invited and will see your messages after accepting').waitFor();
      expectEqual(
        'invitations that came over the wire',
        peer.received.filter(
          ({ path, body }) => path.includes('/federation/v2/invite/') && body.includes(wes.userId),
        ).length,
        1,
      );
    },
  },
];
