/** Who stands where in a room, and who is kept out of it: the same on both sides. */
import { inspect } from './artefacts.ts';
import type { Person } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import {
  actOnMember,
  choose,
  chooseForMember,
  chooseForRoom,
  message,
  openInvite,
  openMembers,
  openRoom,
  shareChannel,
  write,
} from './room-page.ts';
import {
  ask,
  closeDialog,
  createPublicChannel,
  joinByLink,
  joinedRooms,
  noFaults,
  openLink,
  openRoomSettings,
  roomPath,
  save,
  shownRoom,
} from './rooms-page.ts';
import type { Scenario } from './story.ts';

/** Opens the dialog for the role of a member, who is found by their ID. */
async function openRole({ page }: Person, userId: string) {
  const panel = await openMembers(page);
  const row = panel.getByRole('listitem').filter({ has: page.locator(`[title="${userId}"]`) });
  await choose(row.getByRole('button', { name: /^Actions for / }), 'Change role');
  return page.getByRole('dialog', { name: /^Role of / });
}

const memberRow = ({ page }: Person, userId: string) =>
  page
    .getByRole('complementary', { name: 'Members' })
    .getByRole('listitem')
    .filter({ has: page.locator(`[title="${userId}"]`) });

async function showBanned({ page }: Person) {
  await chooseForRoom(page, 'Banned users');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading', { name: 'Banned users', level: 2 }).waitFor();
  return dialog;
}

export const roleScenarios: readonly Scenario[] = [
  {
    name: 'roles: creators stand out, a level of the other side is a number, and one’s own level is given with a warning',
    shows: ['roles.creators', 'roles.numbers', 'roles.warning'],
    run: async ({ ada, bob, linus }) => {
      await shareChannel(ada, [bob, linus], 'bridge');
      const owner = await openRole(ada, bob.user.user_id);
      await owner.getByRole('radio', { name: /^Owner/ }).check();
      await owner.getByRole('button', { name: 'Change role' }).click();
      await owner.waitFor({ state: 'detached' });
      await openMembers(bob.page);
      await memberRow(bob, bob.user.user_id).getByText('Owner', { exact: true }).waitFor();
      for (const person of [ada, bob])
        await memberRow(person, ada.user.user_id).getByText('Creator', { exact: true }).waitFor();
      const dialog = await openRole(bob, linus.user.user_id);
      await dialog.getByRole('radio', { name: /^Another level/ }).check();
      await dialog.getByLabel('Level', { exact: true }).fill('37');
      await dialog.getByRole('button', { name: 'Change role' }).click();
      await dialog.waitFor({ state: 'detached' });
      for (const person of [ada, bob])
        await memberRow(person, linus.user.user_id).getByText('Level 37', { exact: true }).waitFor();
      const faults = await inspect(ada.page, 'role-number');
      const equal = await openRole(bob, linus.user.user_id);
      await equal.getByRole('radio', { name: /^Owner/ }).check();
      await equal.getByText('You cannot undo this: only they can lower it.').waitFor();
      faults.push(...(await inspect(bob.page, 'role-warning')));
      await equal.getByRole('button', { name: 'Change role' }).click();
      await equal.waitFor({ state: 'detached' });
      for (const person of [ada, bob])
        await memberRow(person, linus.user.user_id).getByText('Owner', { exact: true }).waitFor();
      await memberRow(bob, linus.user.user_id)
        .getByRole('button', { name: /^Actions for / })
        .click();
      await bob.page.getByRole('menu').waitFor();
      expectEqual(
        'bob cannot lower linus again',
        await bob.page.getByRole('menuitem', { name: 'Change role' }).count(),
        0,
      );
      await bob.page.keyboard.press('Escape');
      noFaults(faults);
    },
  },
  {
    name: 'bans: who is banned gets nothing more, cannot be invited, and both servers list the same',
    shows: ['bans.nothing', 'bans.invite', 'bans.agree'],
    run: async ({ ada, bob, linus }) => {
      const link = await createPublicChannel(ada.page, 'tavern');
      const roomId = shownRoom(ada.page);
      for (const person of [bob, linus]) await joinByLink(person.page, link, 'tavern');
      await write(ada.page, 'Before the brawl');
      await message(bob.page, 'Before the brawl').waitFor();
      await chooseForMember(ada.page, new RegExp(`^Actions for ${bob.user.username}$`, 'i'), 'Ban');
      await ada.page.getByLabel('Reason (optional; they can read it)').fill('Threw a stool');
      await ada.page.getByRole('dialog').getByRole('button', { name: 'Ban', exact: true }).click();
      await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
      await bob.page.getByRole('link', { name: 'tavern' }).waitFor({ state: 'detached' });
      await write(ada.page, 'Now that he is gone');
      await message(linus.page, 'Now that he is gone').waitFor();
      const { body } = await ask(linus, 'GET', `${roomPath(roomId)}/messages?dir=b&limit=10`);
      const event = (body.chunk as { event_id: string; content: { body?: string } }[]).find(
        ({ content }) => content.body === 'Now that he is gone',
      );
      const direct = await ask(bob, 'GET', `${roomPath(roomId)}/event/${event?.event_id}`);
      expectEqual('bob may not read it by its ID', direct.status >= 403, true);
      for (const path of [`${roomPath(roomId)}/messages?dir=b&limit=100`, '/sync']) {
        const answer = await ask(bob, 'GET', path);
        expectEqual(
          `it is in bob's answer to ${path}`,
          JSON.stringify(answer.body).includes('Now that he is gone'),
          false,
        );
      }
      const lists: string[] = [];
      const faults: string[] = [];
      for (const person of [ada, linus]) {
        const dialog = await showBanned(person);
        const row = dialog.getByRole('listitem').filter({ hasText: bob.user.user_id });
        await row.getByText('Threw a stool').waitFor();
        if (person === linus) faults.push(...(await inspect(linus.page, 'banned-there')));
        lists.push(String(await dialog.getByRole('listitem').count()));
        await closeDialog(person.page);
      }
      expectEqual('both list as many', lists[0], lists[1]);
      const states = await Promise.all(
        [ada, linus].map((person) =>
          ask(person, 'GET', `${roomPath(roomId)}/state/m.room.member/${bob.user.user_id}`),
        ),
      );
      for (const { body: state } of states) expectEqual('the state there', state.membership, 'ban');
      for (const person of [ada, linus]) {
        await openRoom(person.page, 'tavern');
        const dialog = await openInvite(person.page);
        await dialog.getByRole('combobox', { name: /^(Who|To)$/ }).fill(bob.user.user_id);
        await dialog
          .getByRole('option', { name: bob.user.user_id })
          .getByText('Banned here; unban them first')
          .waitFor();
        await dialog.getByRole('button', { name: 'Done' }).click();
        const refused = await ask(person, 'POST', `${roomPath(roomId)}/invite`, {
          user_id: bob.user.user_id,
        });
        expectEqual('the server refuses it too', refused.status, 403);
      }
      noFaults(faults);
    },
  },
  {
    name: 'bans: who is banned cannot join by address, nor as a member of a room whose members may come in',
    shows: ['bans.join', 'bans.restricted'],
    run: async ({ ada, bob, linus }) => {
      const lane = await createPublicChannel(ada.page, 'lane');
      await joinByLink(bob.page, lane, 'lane');
      await joinByLink(linus.page, lane, 'lane');
      const parlour = await createPublicChannel(ada.page, 'parlour');
      const roomId = shownRoom(ada.page);
      await joinByLink(bob.page, parlour, 'parlour');
      await joinByLink(linus.page, parlour, 'parlour');
      await actOnMember(ada.page, new RegExp(`^Actions for ${bob.user.username}$`, 'i'), 'Ban');
      await bob.page.getByRole('link', { name: 'parlour' }).waitFor({ state: 'detached' });
      const refused = async () => {
        await openLink(bob.page, parlour);
        await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
        await bob.page
          .getByRole('alert')
          .filter({ hasText: 'You have not joined' })
          .waitFor({ timeout: 20_000 });
        expectEqual('bob is in the room', (await joinedRooms(bob)).includes(roomId), false);
      };
      await refused();
      const faults = await inspect(bob.page, 'banned-join');
      const dialog = await openRoomSettings(ada.page, 'Access');
      await dialog.getByRole('radio', { name: 'Members of another room' }).check();
      await dialog.getByRole('checkbox', { name: 'lane', exact: true }).check();
      await save(dialog);
      await closeDialog(ada.page);
      await expectSoon('the rule has arrived there', async () => {
        const { body } = await ask(linus, 'GET', `${roomPath(roomId)}/state/m.room.join_rules/`);
        return body.join_rule === 'restricted';
      });
      await refused();
      noFaults(faults);
    },
  },
];
