/** Ways into a room: links, IDs, directories, page by page, and how long it takes. */
import { inspect } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { invitationCard, message, openInbox, openMembers, write } from './room-page.ts';
import {
  ask,
  closeDialog,
  createPublicChannel,
  joinByLink,
  joinedRooms,
  noFaults,
  openLink,
  openRoomSettings,
  peersOf,
  roomPath,
  shownRoom,
} from './rooms-page.ts';
import type { Scenario } from './story.ts';

/** More than two pages of the directory. */
const LISTED = 45;

export const joiningScenarios: readonly Scenario[] = [
  {
    name: 'the invite link of a public room, and its ID with a server to ask, lead in from the other side',
    shows: ['invite.link-public', 'join.via', 'join.link'],
    run: async ({ ada, bob, linus }) => {
      const link = await createPublicChannel(ada.page, 'quay');
      const roomId = shownRoom(ada.page);
      expectEqual('the link names a server to ask', link.includes('via=north.test'), true);
      await joinByLink(bob.page, link, 'quay');
      await write(bob.page, 'Came by the link');
      await message(ada.page, 'Came by the link').waitFor();
      await linus.page.goto(
        `${linus.workspace.url}/#/join/${encodeURIComponent(roomId)}?via=${ada.workspace.server_name}`,
      );
      await linus.page.getByRole('button', { name: 'Join', exact: true }).click();
      await linus.page.getByRole('heading', { name: 'quay', level: 1 }).waitFor({ timeout: 20_000 });
      const panel = await openMembers(ada.page);
      for (const person of [bob, linus]) await panel.getByText(person.user.user_id).waitFor();
    },
  },
  {
    name: 'public rooms of the own organisation are listed and joined',
    shows: ['discovery.here'],
    run: async ({ bob, linus }) => {
      await createPublicChannel(bob.page, 'bakery');
      const dialog = await openRoomSettings(bob.page, 'Access');
      const listed = dialog.getByRole('checkbox', { name: /^Listed in the directory/ });
      await expectSoon('the directory is known', async () => !(await listed.isDisabled()));
      await listed.click();
      await expectSoon('it is listed', () => listed.isChecked());
      await closeDialog(bob.page);
      await linus.page.getByRole('link', { name: 'Browse channels' }).click();
      await linus.page.getByRole('button', { name: 'south.test (yours)' }).click();
      await linus.page.getByRole('searchbox', { name: 'Search public channels' }).fill('bakery');
      const row = linus.page
        .getByRole('list', { name: 'Public channels' })
        .getByRole('listitem')
        .filter({ hasText: 'bakery' });
      await row.getByRole('button', { name: 'Join' }).click();
      await linus.page.getByRole('button', { name: 'Join', exact: true }).click();
      await linus.page.getByRole('heading', { name: 'bakery', level: 1 }).waitFor({ timeout: 20_000 });
      await write(linus.page, 'Two loaves, please');
      await message(bob.page, 'Two loaves, please').waitFor();
    },
  },
  {
    name: 'the directory of the other organisation is read page by page, each room once',
    shows: ['discovery.paging'],
    run: async ({ ada, linus }) => {
      for (let number = 1; number <= LISTED; number++) {
        const name = `berth ${String(number).padStart(2, '0')}`;
        const { status } = await ask(linus, 'POST', '/createRoom', {
          name,
          preset: 'public_chat',
          visibility: 'public',
        });
        expectEqual(`${name} is made`, status, 200);
      }
      await ada.page.getByRole('link', { name: 'Browse channels' }).click();
      await ada.page.getByLabel('Another organisation’s server').fill(linus.workspace.server_name);
      await ada.page.getByRole('button', { name: 'Show' }).click();
      await ada.page.getByRole('searchbox', { name: 'Search public channels' }).fill('berth');
      const rows = ada.page.getByRole('list', { name: 'Public channels' }).getByRole('listitem');
      const more = ada.page.getByRole('button', { name: 'More', exact: true });
      await expectSoon('the first page', async () => (await rows.count()) === 20);
      const faults = await inspect(ada.page, 'discover-page');
      await more.dblclick();
      await expectSoon('the second page', async () => (await rows.count()) === 40);
      await more.click();
      await expectSoon('the rest', async () => (await rows.count()) === LISTED);
      expectEqual('there is no further page', await more.count(), 0);
      const names = await rows.locator('p:first-child').allInnerTexts();
      expectEqual('each once', new Set(names).size, LISTED);
      noFaults(faults);
    },
  },
  {
    name: 'accepting and joining show that they work while a slow server thinks, and can be left alone',
    shows: ['invite.progress', 'join.progress'],
    run: async (story) => {
      const { bob } = story;
      const slow = peersOf(story)['slow.test'];
      const sven = await slow.person('sven');
      const { room_id } = await sven.ok('POST', '/createRoom', {
        name: 'tortoise',
        invite: [bob.user.user_id],
      });
      const { room_id: other } = await sven.ok('POST', '/createRoom', {
        name: 'snail',
        preset: 'public_chat',
        room_alias_name: 'snail',
      });
      const held: (() => void)[] = [];
      slow.behave = async ({ path }, honestly) => {
        if (path.includes('/make_join/')) await new Promise<void>((resume) => held.push(resume));
        return honestly();
      };
      await openInbox(bob.page);
      const card = invitationCard(bob.page, 'tortoise');
      await card.getByRole('button', { name: 'Accept' }).click();
      const status = card.getByRole('status').filter({ hasText: 'Asking slow.test to let you in' });
      await status.waitFor();
      expectEqual(
        'it cannot be accepted a second time meanwhile',
        await card.getByRole('button', { name: 'Accept' }).isDisabled(),
        true,
      );
      const faults = await inspect(bob.page, 'accepting');
      await expectSoon('the server is asked', async () => held.length === 1);
      held.pop()?.();
      await bob.page.getByRole('heading', { name: 'tortoise', level: 1 }).waitFor({ timeout: 20_000 });
      await openLink(bob.page, '#snail:slow.test');
      await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
      const joining = bob.page.getByRole('status').filter({ hasText: 'Asking slow.test to let you in' });
      await joining.waitFor();
      faults.push(...(await inspect(bob.page, 'joining')));
      await bob.page.getByRole('button', { name: 'Cancel joining' }).click();
      await bob.page.getByText('Joining was cancelled. You are not in this room.').first().waitFor();
      slow.behave = undefined;
      for (const resume of held) resume();
      expectEqual('bob is in it', (await joinedRooms(bob)).includes(String(other)), false);
      await expectSoon('the other side sees who came', async () => {
        const { body } = await sven.call('GET', `${roomPath(String(room_id))}/joined_members`);
        return JSON.stringify(body).includes(bob.user.user_id);
      });
      noFaults(faults);
    },
  },
];
