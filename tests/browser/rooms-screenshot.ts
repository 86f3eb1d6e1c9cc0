/** The picture that the README shows: the shared channel, with people of both organisations. */
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { expectEqual } from './expect.ts';
import { act, composer, message, openMembers, openRoom, react, write } from './room-page.ts';
import type { Scenario } from './story.ts';

const FOLDER = new URL('../../artifacts/browser/', import.meta.url).pathname;
const IN_DOCS = new URL('../../docs/screenshot.png', import.meta.url).pathname;
const LARGEST_BYTES = 300_000;

export const screenshotScenario: Scenario = {
  name: 'the picture for the README shows both organisations in the shared channel',
  run: async ({ ada, bob, linus, demo }) => {
    for (const person of [ada, bob, linus]) await openRoom(person.page, demo.channel.name);
    await write(
      ada.page,
      'Good morning! The draft timetable for the night ferry is ready. Two questions are open:',
    );
    await composer(ada.page).fill(
      '1. Do we keep the **23:40** crossing in winter?\n2. Who tells the harbour office?',
    );
    await composer(ada.page).press('Enter');
    await message(bob.page, 'Who tells the harbour office?').waitFor();
    await write(bob.page, 'Keep it until the end of October, please. Bookings on our side are still good.');
    await write(linus.page, 'I talk to the harbour office this afternoon anyway.');
    await message(ada.page, 'I talk to the harbour office').waitFor();
    await react(ada.page, 'I talk to the harbour office', 'red heart');
    await act(ada.page, 'Keep it until the end of October', 'Reply');
    await write(ada.page, 'Agreed. I will put it into the plan and send it round before lunch.');
    await react(bob.page, 'before lunch', 'thumbs up');
    await message(ada.page, 'before lunch')
      .getByRole('button', { name: /reacted with/ })
      .waitFor();
    await openMembers(ada.page);
    await ada.page.mouse.move(700, 60);
    await ada.page.waitForTimeout(3000);
    await mkdir(FOLDER, { recursive: true });
    const picture = `${FOLDER}readme-1600-light.png`;
    await ada.page.screenshot({ path: picture });
    const { size } = await stat(picture);
    expectEqual('the picture is small enough', size <= LARGEST_BYTES, true);
    if (process.env.CAUSEWAY_UPDATE_PICTURES) await copyFile(picture, IN_DOCS);
    await ada.page
      .getByRole('complementary', { name: 'Members' })
      .getByRole('button', { name: 'Close' })
      .click();
  },
};
