/** What somebody who comes later may read; who comes in by invitation only; and a room that is opened to others. */
import { inspect } from './artefacts.ts';
import type { Person } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { accept, createChannel, inviteAndClose, message, messages, openRoom, write } from './room-page.ts';
import {
  ask,
  closeDialog,
  joinedRooms,
  noFaults,
  openLink,
  openRoomSettings,
  readableTexts,
  roomPath,
  save,
  shownRoom,
} from './rooms-page.ts';
import type { Scenario, Story } from './story.ts';

const EARLY = 'Said before anybody was asked in';
const BETWEEN = 'Said while the invitation waited';
const LATE = 'Said to everybody here';

const MODES = {
  joined: 'Members, from when they joined',
  invited: 'Members, from when they were invited',
  shared: 'Members, from the beginning',
  world_readable: 'Anybody, without joining',
} as const;

/** Ada chooses the mode, and writes before, between and after linus is invited and accepts; the room's ID. */
async function playHistory({ ada, linus }: Story, name: string, mode: keyof typeof MODES): Promise<string> {
  await createChannel(ada.page, name, true);
  const dialog = await openRoomSettings(ada.page, 'Access');
  await dialog.getByLabel('Who can read earlier messages').selectOption({ label: MODES[mode] });
  const roomId = shownRoom(ada.page);
  await expectSoon('the room has the mode', async () => {
    const { body } = await ask(ada, 'GET', `${roomPath(roomId)}/state/m.room.history_visibility/`);
    return body.history_visibility === mode;
  });
  await closeDialog(ada.page);
  await write(ada.page, EARLY);
  await inviteAndClose(ada.page, linus.user.user_id);
  await write(ada.page, BETWEEN);
  await accept(linus.page, name);
  await expectSoon('ada sees who came', async () => {
    const { body } = await ask(ada, 'GET', `${roomPath(roomId)}/joined_members`);
    return JSON.stringify(body).includes(linus.user.user_id);
  });
  await write(ada.page, LATE);
  await message(linus.page, LATE).waitFor();
  return roomId;
}

/** What the screen shows after the beginning of the room has come into view, and what the server gives. */
async function expectReadable(person: Person, roomId: string, expected: readonly string[]): Promise<void> {
  await expectSoon(`these can be read: ${expected.join(' · ')}`, async () => {
    const texts = await readableTexts(person, roomId);
    return texts.join('\n') === expected.join('\n');
  });
  for (const words of expected) await messages(person.page).filter({ hasText: words }).first().waitFor();
  for (const words of [EARLY, BETWEEN, LATE].filter((one) => !expected.includes(one)))
    expectEqual(`"${words}" is shown`, await messages(person.page).filter({ hasText: words }).count(), 0);
}

export const historyScenarios: readonly Scenario[] = [
  {
    name: 'history: since joining, a later member reads only what came after',
    shows: ['settings.history-joined'],
    run: async (story) => {
      const roomId = await playHistory(story, 'chapel', 'joined');
      await expectReadable(story.linus, roomId, [LATE]);
    },
  },
  {
    name: 'history: since the invitation, a later member reads what came after it',
    shows: ['settings.history-invited'],
    run: async (story) => {
      const roomId = await playHistory(story, 'cloister', 'invited');
      await expectReadable(story.linus, roomId, [BETWEEN, LATE]);
    },
  },
  {
    name: 'history: from the beginning, a later member reads all of it, and nobody else any of it',
    shows: ['settings.history-shared'],
    run: async (story) => {
      const roomId = await playHistory(story, 'library', 'shared');
      await expectReadable(story.linus, roomId, [EARLY, BETWEEN, LATE]);
      const outside = await ask(story.bob, 'GET', `${roomPath(roomId)}/messages?dir=b&limit=10`);
      expectEqual('a colleague outside the room', outside.status, 403);
    },
  },
  {
    name: 'history: visible to anybody, who is no member reads it too, on both sides',
    shows: ['settings.history-world'],
    run: async (story) => {
      const roomId = await playHistory(story, 'noticeboard', 'world_readable');
      await expectReadable(story.linus, roomId, [EARLY, BETWEEN, LATE]);
      const texts = await readableTexts(story.bob, roomId);
      expectEqual('what bob reads from outside', texts.includes(LATE), true);
      expectEqual('bob is no member', (await joinedRooms(story.bob)).includes(roomId), false);
    },
  },
  {
    name: 'a room that anybody could join is closed: from then on by invitation only',
    shows: ['settings.invite'],
    run: async ({ ada, bob, linus }) => {
      await createChannel(ada.page, 'garden', true);
      const roomId = shownRoom(ada.page);
      const dialog = await openRoomSettings(ada.page, 'Access');
      await dialog.getByRole('radio', { name: /^Anybody They/ }).check();
      await save(dialog);
      const link = await dialog.getByLabel('Invite link').inputValue();
      await openLink(bob.page, link);
      await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
      await bob.page.getByRole('heading', { name: 'garden', level: 1 }).waitFor({ timeout: 20_000 });
      await dialog.getByRole('radio', { name: 'Invited people only' }).check();
      await save(dialog);
      await dialog.getByLabel('Invite link').waitFor({ state: 'detached' });
      await closeDialog(ada.page);
      await expectSoon('the other side knows', async () => {
        const { body } = await ask(bob, 'GET', `${roomPath(roomId)}/state/m.room.join_rules/`);
        return body.join_rule === 'invite';
      });
      await openLink(linus.page, link);
      await linus.page.getByRole('button', { name: 'Join', exact: true }).click();
      await linus.page
        .getByRole('alert')
        .filter({ hasText: 'You have not joined' })
        .waitFor({ timeout: 20_000 });
      await openRoom(ada.page, 'garden');
      await inviteAndClose(ada.page, linus.user.user_id);
      await accept(linus.page, 'garden');
      await write(linus.page, 'The gate is nice');
      await message(ada.page, 'The gate is nice').waitFor();
    },
  },
  {
    name: 'a channel of this organisation only is made anew as a shared one, which says what moves',
    shows: ['settings.federate'],
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'workshop', false);
      const old = shownRoom(ada.page);
      await write(ada.page, 'Only for our own ears');
      const dialog = await openRoomSettings(ada.page, 'Advanced');
      await dialog.getByRole('checkbox', { name: /^Open it to other organisations/ }).check();
      await dialog
        .getByText('the messages stay in the old room, which never leaves this organisation')
        .waitFor();
      const faults = await inspect(ada.page, 'room-federate');
      await dialog.getByRole('checkbox', { name: 'I understand that the old room is closed' }).check();
      await dialog.getByRole('button', { name: 'Make the room anew' }).dblclick();
      await dialog.waitFor({ state: 'detached', timeout: 30_000 });
      await expectSoon('the new room opens', async () => shownRoom(ada.page) !== old);
      await ada.page
        .locator('main header')
        .getByRole('img', { name: 'Shared with other organisations' })
        .waitFor();
      const made = shownRoom(ada.page);
      await inviteAndClose(ada.page, bob.user.user_id);
      await accept(bob.page, 'workshop');
      await write(bob.page, 'What a fine lathe');
      await message(ada.page, 'What a fine lathe').waitFor();
      expectEqual(
        'what was said before has not moved',
        (await readableTexts(bob, made)).includes('Only for our own ears'),
        false,
      );
      const theirs = await ask(bob, 'GET', `${roomPath(old)}/messages?dir=b`);
      expectEqual('the old room is still unknown there', theirs.status, 403);
      noFaults(faults);
    },
  },
];
