/** One organisation is really away: its process has ended, and is started again. */
import { inspect } from './artefacts.ts';
import type { Person } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { call, noFaults, sendRaw } from './messages-page.ts';
import { withPair } from './outage-pair.ts';
import { pageBack } from './paging.ts';
import {
  accept,
  createChannel,
  invitationCard,
  inviteAndClose,
  message,
  messages,
  openInbox,
  openRoom,
  write,
} from './room-page.ts';
import type { Scenario } from './story.ts';

/** A server that was away is tried again, and says that it is back, within some seconds. */
const BACK_MS = 60_000;

const LINE_PX = 24;

const wordsOf = async (person: Person): Promise<readonly string[]> => {
  const rows = await messages(person.page).allInnerTexts();
  return rows.flatMap((row) => /(?:East|West) \d+/.exec(row)?.[0] ?? []);
};

const bannerOf = (person: Person, server: string) =>
  person.page.getByRole('status').filter({ hasText: `${server} has been out of reach since` });

export const outageScenarios: readonly Scenario[] = [
  {
    name: 'outage: an organisation is away, its room says so and takes messages, and everything arrives when it is back',
    shows: ['outage.said', 'outage.taken', 'outage.arrives', 'state.waiting'],
    run: (story) =>
      withPair(story, async ({ west, eve, wes }) => {
        await createChannel(eve.page, 'breakwater', true);
        await inviteAndClose(eve.page, wes.user.user_id);
        await accept(wes.page, 'breakwater');
        await write(wes.page, 'West 0');
        await message(eve.page, 'West 0').waitFor();
        await west.kill();
        for (let number = 1; number <= 5; number++) await write(eve.page, `East ${number}`);
        const waiting = message(eve.page, 'East 1').getByText(/^Waiting for west\.test since/);
        await waiting.waitFor({ timeout: 30_000 });
        await bannerOf(eve, 'west.test').waitFor({ timeout: 40_000 });
        const faults = await inspect(eve.page, 'outage');
        await eve.page.reload();
        await openRoom(eve.page, 'breakwater');
        await bannerOf(eve, 'west.test').waitFor();
        await message(eve.page, 'East 5')
          .getByText(/^Waiting for west\.test since/)
          .waitFor();
        await west.start();
        await message(wes.page, 'East 5').waitFor({ timeout: BACK_MS });
        await expectSoon(
          'everything is there, in order',
          async () => (await wordsOf(wes)).join() === 'West 0,East 1,East 2,East 3,East 4,East 5',
        );
        await bannerOf(eve, 'west.test').waitFor({ state: 'detached', timeout: BACK_MS });
        await eve.page
          .getByText(/^Waiting for west\.test/)
          .first()
          .waitFor({ state: 'detached', timeout: BACK_MS });
        await write(wes.page, 'West 6');
        await message(eve.page, 'West 6').waitFor();
        noFaults(faults);
      }),
  },
  {
    name: 'outage: what was written before the room’s other organisation went away arrives from both sides',
    shows: ['outage.arrives'],
    run: (story) =>
      withPair(story, async ({ east, west, eve, wes }) => {
        await createChannel(eve.page, 'jetty', true);
        await inviteAndClose(eve.page, wes.user.user_id);
        await accept(wes.page, 'jetty');
        await write(wes.page, 'West 0');
        await message(eve.page, 'West 0').waitFor();
        await west.kill();
        await write(eve.page, 'East 1');
        await write(eve.page, 'East 2');
        await east.kill();
        await west.start();
        await openRoom(wes.page, 'jetty');
        await write(wes.page, 'West 3');
        await east.start();
        await message(wes.page, 'East 2').waitFor({ timeout: BACK_MS });
        await message(eve.page, 'West 3').waitFor({ timeout: BACK_MS });
        for (const person of [eve, wes]) {
          const words = [...(await wordsOf(person))].sort();
          expectEqual('what is there, once each', words.join(), 'East 1,East 2,West 0,West 3');
        }
      }),
  },
  {
    name: 'outage: history that cannot be fetched is shown as a gap, and comes when it is tried again',
    shows: ['history.gap', 'history.retry', 'history.older'],
    run: (story) =>
      withPair(story, async ({ east, eve, wes }) => {
        await createChannel(eve.page, 'archive', true);
        const roomId = decodeURIComponent(/rooms\/([^/?]+)/.exec(eve.page.url())?.[1] ?? '');
        for (let number = 1; number <= 260; number++)
          await sendRaw(eve, roomId, { msgtype: 'm.text', body: `entry ${number};` });
        await inviteAndClose(eve.page, wes.user.user_id);
        await accept(wes.page, 'archive');
        await message(wes.page, 'entry 260;').waitFor();
        await east.kill();
        const gap = wes.page.getByRole('region', { name: 'Missing messages' });
        await scrollUpUntil(wes, () => gap.isVisible());
        await gap.getByText('east.test has them and cannot be reached now').waitFor();
        expectEqual(
          'the gap is not taken for the beginning',
          await wes.page.getByText('This is the beginning of this channel').count(),
          0,
        );
        const faults = await inspect(wes.page, 'history-gap');
        await gap.getByRole('button', { name: 'Try again' }).click();
        await gap
          .getByRole('alert')
          .filter({ hasText: 'They still cannot be had.' })
          .waitFor({ timeout: 30_000 });
        await east.start();
        const topOfOldest = async () => {
          const row = message(wes.page, `entry ${oldest};`);
          return (await row.boundingBox())?.y ?? 0;
        };
        const oldest = /entry (\d+);/.exec((await messages(wes.page).allInnerTexts())[0] ?? '')?.[1];
        const before = await topOfOldest();
        await gap.getByRole('button', { name: 'Try again' }).click();
        await gap.waitFor({ state: 'detached', timeout: 30_000 });
        // The words in the gap's row, which change and go, may move it by a line.
        if (Math.abs((await topOfOldest()) - before) > LINE_PX)
          throw new Error(`What one reads moved from ${before} to ${await topOfOldest()}.`);
        expectEqual(
          'the focus goes to the list',
          await wes.page.getByRole('log').evaluate((log) => log.matches(':focus')),
          true,
        );
        await wes.page.getByRole('button', { name: 'To the newest' }).click();
        await message(wes.page, 'entry 260;').waitFor();
        await pageBack(wes.page, { oldest: 1, newest: 260, limitMs: 30_000 });
        await wes.page.getByText('This is the beginning of this channel').waitFor();
        noFaults(faults);
      }),
  },
  {
    name: 'outage: an invitation can be declined although the inviting server is down, and the inviter sees it later',
    shows: ['invite.decline-down'],
    run: (story) =>
      withPair(story, async ({ east, eve, wes }) => {
        await createChannel(eve.page, 'lightship', true);
        await inviteAndClose(eve.page, wes.user.user_id);
        await openInbox(wes.page);
        const card = invitationCard(wes.page, 'lightship');
        await card.waitFor();
        await east.kill();
        await card.getByRole('button', { name: 'Decline' }).click();
        await wes.page.getByText('Invitation to lightship declined').waitFor();
        await card.waitFor({ state: 'detached' });
        await wes.page.reload();
        await openInbox(wes.page);
        await wes.page.getByText('No invitations').waitFor();
        await east.start();
        await eve.page
          .getByRole('log')
          .getByText(/declined the invitation/)
          .waitFor({ timeout: BACK_MS });
      }),
  },
  {
    name: 'outage: the name and the picture of somebody are kept while their organisation is away',
    shows: ['profiles.fetched', 'profiles.cached'],
    run: (story) =>
      withPair(story, async ({ west, eve, wes }) => {
        await call(wes, 'PUT', `/_matrix/client/v3/profile/${wes.user.user_id}/displayname`, {
          displayname: 'Wesley of the West',
        });
        const find = async () => {
          await eve.page.getByRole('button', { name: 'New message' }).first().click();
          const dialog = eve.page.getByRole('dialog', { name: 'New message' });
          await dialog.getByRole('combobox', { name: /^(Who|To)$/ }).fill(wes.user.user_id);
          await dialog
            .getByRole('option', { name: wes.user.user_id })
            .getByText('Wesley of the West')
            .waitFor();
          await eve.page.keyboard.press('Escape');
          await dialog.waitFor({ state: 'detached' });
        };
        await find();
        await west.kill();
        await eve.page.reload();
        await find();
      }),
  },
];

/** Scrolls the room upwards as a person does. */
async function scrollUpUntil(person: Person, holds: () => Promise<boolean>): Promise<void> {
  const box = await person.page.getByRole('log').boundingBox();
  if (box) await person.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let turn = 0; turn < 400; turn++) {
    if (await holds()) return;
    await person.page.mouse.wheel(0, -400);
    await person.page.waitForTimeout(60);
  }
  throw new Error('Scrolling up did not lead there.');
}
