/** What the browser tells somebody who looks elsewhere. Only the operating system's part is recorded instead. */
import { expectEqual, expectSoon } from './expect.ts';
import { chooseForRoom, message, openRoom, shareChannel, write } from './room-page.ts';
import { closeDialog, openMySettings } from './rooms-page.ts';
import type { Scenario } from './story.ts';

const ROOM = 'bell tower';

/** The page asks the real API for permission, and what it would show is kept. */
const RECORD = `(() => {
  const shown = [];
  window.shownNotifications = shown;
  window.Notification = class {
    static permission = 'granted';
    static requestPermission = async () => 'granted';
    constructor(title, options) { this.title = title; this.body = options?.body; shown.push(this); }
    close() {}
  };
})()`;

type Shown = readonly { readonly title: string; readonly body: string }[];

export const notificationScenarios: readonly Scenario[] = [
  {
    name: 'messages: the browser tells of a message in another room, leads to it, and not of own or silenced ones',
    shows: ['notifications.browser'],
    run: async ({ ada, bob, demo }) => {
      await shareChannel(ada, [bob], ROOM);
      await ada.context.grantPermissions(['notifications'], { origin: ada.workspace.url });
      await ada.page.addInitScript(RECORD);
      await ada.page.reload();
      await openRoom(ada.page, demo.channel.name);
      const shown = async () =>
        (await ada.page.evaluate(
          'window.shownNotifications.map(({ title, body }) => ({ title, body }))',
        )) as Shown;
      const dialog = await openMySettings(ada.page, 'Notifications');
      const box = dialog.getByRole('checkbox', { name: 'Show notifications' });
      await box.click();
      await expectSoon('it is on', () => box.isChecked());
      await closeDialog(ada.page);
      await openRoom(bob.page, ROOM);
      await write(bob.page, 'The bell rings');
      await expectSoon('one notification', async () => (await shown()).length === 1);
      const [first] = await shown();
      expectEqual('its title', first?.title, `Sol · ${ROOM}`);
      expectEqual('its words', first?.body, 'The bell rings');
      await ada.page.evaluate('window.shownNotifications[0].onclick()');
      await ada.page.getByRole('heading', { name: ROOM, level: 1 }).waitFor();
      await write(ada.page, 'I heard it');
      await chooseForRoom(ada.page, 'Notifications');
      const room = ada.page.getByRole('dialog');
      await room.getByRole('radio', { name: 'Nothing' }).click();
      await expectSoon('it is silenced', () => room.getByRole('radio', { name: 'Nothing' }).isChecked());
      await closeDialog(ada.page);
      await openRoom(ada.page, demo.channel.name);
      await write(bob.page, 'Silence');
      await openRoom(ada.page, ROOM);
      await message(ada.page, 'Silence').waitFor();
      expectEqual('nothing more was shown', (await shown()).length, 1);
      await openRoom(ada.page, demo.channel.name);
    },
  },
];
