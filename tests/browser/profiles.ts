/** Who somebody is: what others see of a name and a picture, wherever they look. */
import { inspect } from './artefacts.ts';
import type { Person } from './browser.ts';
import { expectSoon } from './expect.ts';
import { noFaults } from './messages-page.ts';
import { makePicture } from './picture.ts';
import { message, openMembers, openRoom, shareChannel, write } from './room-page.ts';
import { closeDialog, openMySettings, save } from './rooms-page.ts';
import type { Scenario } from './story.ts';

const ROOM = 'sail loft';
const NAME = 'Ada of the north';

/** The picture of the author of a message, as drawn. */
const drawn = (person: Person, words: string) =>
  message(person.page, words)
    .locator('img')
    .first()
    .evaluate((element: unknown) => (element as { naturalWidth: number }).naturalWidth > 0)
    .catch(() => false);

export const profileScenarios: readonly Scenario[] = [
  {
    name: 'profiles: an own name and picture reach every room, on the other side too, and can be taken back',
    shows: ['profiles.everywhere', 'profiles.membership', 'account.profile', 'bad.wrong-file'],
    run: async ({ ada, bob, demo }) => {
      await shareChannel(ada, [bob], ROOM);
      await write(ada.page, 'In the loft');
      await message(bob.page, 'In the loft').waitFor();
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      // Somebody else's words before: then the name stands at hers.
      await write(bob.page, 'Who is in the channel?');
      await message(ada.page, 'Who is in the channel?').waitFor();
      await write(ada.page, 'In the channel');
      await message(bob.page, 'In the channel').waitFor();
      const dialog = await openMySettings(ada.page, 'Profile');
      const picture = dialog.locator('input[type=file]');
      await picture.setInputFiles({
        name: 'notes.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('notes'),
      });
      await dialog.getByText('Choose a PNG, JPEG').waitFor();
      const faults = await inspect(ada.page, 'profile-wrong-file');
      await picture.setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: makePicture(200, 200) });
      await dialog.getByRole('button', { name: 'Remove' }).waitFor();
      await dialog.getByLabel('Name', { exact: true }).fill(NAME);
      await save(dialog);
      await closeDialog(ada.page);
      for (const [room, words] of [
        [demo.channel.name, 'In the channel'],
        [ROOM, 'In the loft'],
      ] as const) {
        await openRoom(bob.page, room);
        await message(bob.page, words).getByText(NAME).waitFor();
        await expectSoon(`the picture is drawn in ${room}`, () => drawn(bob, words));
        await (await openMembers(bob.page)).getByText(NAME).waitFor();
      }
      faults.push(...(await inspect(bob.page, 'profile-remote')));
      const again = await openMySettings(ada.page, 'Profile');
      await again.getByRole('button', { name: 'Remove' }).click();
      await again.getByRole('button', { name: 'Remove' }).waitFor({ state: 'detached' });
      await again.getByLabel('Name', { exact: true }).fill('Ada');
      await save(again);
      await closeDialog(ada.page);
      await message(bob.page, 'In the loft').getByText('Ada', { exact: true }).waitFor();
      await message(bob.page, 'In the loft').locator('img').waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
];
