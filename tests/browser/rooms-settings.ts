/** Room settings, discovery, search, and one's own account: what the other side shows of them. */
import { inspect } from './artefacts.ts';
import { openPage, type Person, signIn } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { makePicture } from './picture.ts';
import {
  chooseAction,
  chooseForRoom,
  createChannel,
  message,
  openMembers,
  openRoom,
  shareChannel,
  write,
} from './room-page.ts';
import { closeDialog, goToSection, noFaults, openMySettings, openRoomSettings, save } from './rooms-page.ts';
import { madeOnce, type Scenario } from './story.ts';

const NEW_PASSWORD = 'another good password';

/** Channels of ada and bob, each with its settings as they are in the beginning. */
const lighthouse = madeOnce(({ ada, bob }) => shareChannel(ada, [bob], 'lighthouse'));
const cornExchange = madeOnce(({ ada, bob }) => shareChannel(ada, [bob], 'corn exchange'));

async function enter(name: string, people: readonly Person[]): Promise<void> {
  for (const { page } of people) await openRoom(page, name);
}

export const settingsScenarios: readonly Scenario[] = [
  {
    name: 'room settings: name, topic and picture change on the other side, and who may not is told why',
    shows: ['settings.name', 'settings.topic', 'settings.avatar', 'settings.disabled'],
    run: async (story) => {
      const { ada, bob } = story;
      await lighthouse(story);
      await enter('lighthouse', [ada, bob]);
      const dialog = await openRoomSettings(ada.page);
      await dialog.getByLabel('Name', { exact: true }).fill('lighthouse \u202Eесuоh');
      await dialog.getByLabel('Topic').fill('Lamps, lenses, stairs');
      const faults = await inspect(ada.page, 'room-settings');
      await save(dialog);
      await bob.page.getByRole('heading', { name: /^lighthouse/, level: 1 }).waitFor();
      await bob.page.locator('main header').getByText('Lamps, lenses, stairs').waitFor();
      await dialog.locator('input[type=file]').setInputFiles({
        name: 'lamp.png',
        mimeType: 'image/png',
        buffer: makePicture(128, 128),
      });
      await bob.page
        .getByRole('log')
        .getByText(/changed the picture of the room/)
        .waitFor();
      await dialog.getByLabel('Name', { exact: true }).fill('lighthouse');
      await save(dialog);
      await closeDialog(ada.page);
      const theirs = await openRoomSettings(bob.page);
      await theirs.getByText('Your role here does not allow changing this.').first().waitFor();
      expectEqual('the name is closed', await theirs.getByLabel('Name', { exact: true }).isDisabled(), true);
      faults.push(...(await inspect(bob.page, 'room-settings-refused')));
      await closeDialog(bob.page);
      noFaults(faults);
    },
  },
  {
    name: 'room settings: permissions change what the other side may do',
    shows: ['roles.permissions', 'roles.refused', 'settings.permissions'],
    run: async (story) => {
      const { ada, bob } = story;
      await lighthouse(story);
      await enter('lighthouse', [ada, bob]);
      const dialog = await openRoomSettings(ada.page, 'Permissions');
      await dialog.getByLabel('Write messages').selectOption({ label: 'Moderator' });
      const faults = await inspect(ada.page, 'room-settings-permissions');
      await save(dialog);
      await bob.page.getByText('You may read this channel, but not write in it.').waitFor();
      await dialog.getByLabel('Write messages').selectOption({ label: 'Member' });
      await save(dialog);
      await closeDialog(ada.page);
      await write(bob.page, 'My voice is back');
      await message(ada.page, 'My voice is back').waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'room settings: history visibility and server rules hold, one’s own server cannot be shut out',
    shows: ['settings.acl'],
    run: async (story) => {
      const { ada, bob } = story;
      await lighthouse(story);
      await openRoom(ada.page, 'lighthouse');
      const dialog = await openRoomSettings(ada.page, 'Access');
      await dialog
        .getByLabel('Who can read earlier messages')
        .selectOption({ label: 'Members, from when they joined' });
      await expectSoon(
        'the choice is kept',
        async () => (await dialog.getByLabel('Who can read earlier messages').inputValue()) === 'joined',
      );
      await goToSection(dialog, 'Servers');
      await dialog.getByLabel('May take part', { exact: true }).fill('somewhere.example');
      await dialog.getByText('your own organisation').waitFor();
      await dialog.getByLabel('May take part', { exact: true }).fill('*');
      await dialog.getByLabel('Shut out').fill(bob.workspace.server_name);
      await dialog.getByText(`${bob.workspace.server_name} will be shut out`).waitFor();
      const faults = await inspect(ada.page, 'room-settings-servers');
      await dialog.getByLabel('Shut out').fill('evil.example');
      await save(dialog);
      await closeDialog(ada.page);
      await openRoom(bob.page, 'lighthouse');
      const theirs = await openRoomSettings(bob.page, 'Servers');
      await expectSoon(
        'the other side shows the rule',
        async () => (await theirs.getByLabel('Shut out').inputValue()) === 'evil.example',
      );
      await goToSection(theirs, 'Advanced');
      faults.push(...(await inspect(bob.page, 'room-settings-version')));
      await closeDialog(bob.page);
      noFaults(faults);
    },
  },
  {
    name: 'a public room with an address is listed, found from the other organisation, and joined without an invitation',
    shows: [
      'settings.public',
      'settings.alias',
      'settings.directory',
      'discovery.there',
      'discovery.search',
      'members.self-join',
    ],
    run: async ({ ada, bob, linus }) => {
      await createChannel(ada.page, 'market square', true);
      const dialog = await openRoomSettings(ada.page, 'Access');
      await dialog.getByRole('radio', { name: /^Anybody They/ }).check();
      await save(dialog);
      await dialog.getByLabel('New address').fill('market');
      await dialog.getByRole('button', { name: 'Add the address' }).click();
      const alias = `#market:${ada.workspace.server_name}`;
      await dialog.getByRole('list', { name: 'Addresses' }).getByText(alias).waitFor();
      await dialog.getByRole('checkbox', { name: /^Listed in the directory/ }).click();
      await expectSoon('it is listed', () =>
        dialog.getByRole('checkbox', { name: /^Listed in the directory/ }).isChecked(),
      );
      await closeDialog(ada.page);
      await bob.page.getByRole('link', { name: 'Browse channels' }).click();
      await bob.page.getByLabel('Another organisation’s server').fill(ada.workspace.server_name);
      await bob.page.getByRole('button', { name: 'Show' }).click();
      await bob.page.getByRole('searchbox', { name: 'Search public channels' }).fill('market');
      const row = bob.page.getByRole('list', { name: 'Public channels' }).getByRole('listitem').first();
      await row.getByText(alias).waitFor();
      const faults = await inspect(bob.page, 'discover');
      await row.getByRole('button', { name: 'Join' }).click();
      await bob.page.getByRole('heading', { name: alias, level: 2 }).waitFor();
      faults.push(...(await inspect(bob.page, 'join')));
      await bob.page.getByRole('button', { name: 'Join', exact: true }).dblclick();
      await bob.page.getByRole('heading', { name: 'market square', level: 1 }).waitFor({ timeout: 20_000 });
      await write(bob.page, 'Found it by myself');
      await message(ada.page, 'Found it by myself').waitFor();
      await linus.page.evaluate(`location.hash = '#/join/${encodeURIComponent(alias)}'`);
      await linus.page.getByRole('button', { name: 'Join', exact: true }).click();
      await linus.page.getByRole('heading', { name: 'market square', level: 1 }).waitFor({ timeout: 20_000 });
      const panel = await openMembers(ada.page);
      await panel.getByText(linus.user.user_id).waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'a room that does not exist, and a directory that cannot be reached, say so in words',
    shows: ['join.reason', 'bad.dead-server'],
    run: async ({ bob }) => {
      await bob.page.getByRole('link', { name: 'Browse channels' }).click();
      await bob.page.getByLabel('Join by address or link').fill('not an address');
      await bob.page.getByRole('button', { name: 'Continue' }).click();
      await bob.page.getByText('That is not the address of a room').waitFor();
      await bob.page.getByLabel('Join by address or link').fill('#nothing:north.test');
      await bob.page.getByRole('button', { name: 'Continue' }).click();
      await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
      await bob.page.getByRole('alert').filter({ hasText: 'You have not joined' }).waitFor();
      const faults = await inspect(bob.page, 'join-failed');
      await bob.page.getByRole('link', { name: 'Browse channels' }).click();
      await bob.page.getByLabel('Another organisation’s server').fill('unreachable.invalid');
      await bob.page.getByRole('button', { name: 'Show' }).click();
      await bob.page
        .getByRole('alert')
        .filter({ hasText: 'unreachable.invalid does not show its channels' })
        .waitFor({ timeout: 20_000 });
      faults.push(...(await inspect(bob.page, 'discover-unreachable')));
      noFaults(faults);
    },
  },
  {
    name: 'members of a chosen room come in by themselves, from the other organisation too',
    shows: ['settings.restricted'],
    run: async (story) => {
      const { ada, bob } = story;
      await cornExchange(story);
      await createChannel(ada.page, 'stall', true);
      const dialog = await openRoomSettings(ada.page, 'Access');
      await dialog.getByRole('radio', { name: 'Members of another room' }).check();
      await dialog.getByRole('button', { name: 'Save' }).first().click();
      await dialog.getByText('Choose at least one room').waitFor();
      await dialog.getByRole('checkbox', { name: 'corn exchange' }).check();
      await save(dialog);
      await dialog.getByLabel('New address').fill('stall');
      await dialog.getByRole('button', { name: 'Add the address' }).click();
      await dialog.getByRole('list', { name: 'Addresses' }).getByText('#stall:').waitFor();
      await closeDialog(ada.page);
      await bob.page.evaluate(
        `location.hash = '#/join/${encodeURIComponent(`#stall:${ada.workspace.server_name}`)}'`,
      );
      await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
      await bob.page.getByRole('heading', { name: 'stall', level: 1 }).waitFor({ timeout: 20_000 });
      await write(bob.page, 'Came in from the exchange');
      await message(ada.page, 'Came in from the exchange').waitFor();
    },
  },
  {
    name: 'search finds rooms, people and the message of the other side, and leads to it',
    shows: ['search.messages', 'search.people', 'search.rooms'],
    run: async (story) => {
      const { ada, bob } = story;
      await cornExchange(story);
      await enter('corn exchange', [ada, bob]);
      await write(bob.page, 'The quince harvest begins on Tuesday');
      await message(ada.page, 'quince harvest').waitFor();
      await ada.page.keyboard.press('Control+k');
      await ada.page.getByRole('combobox', { name: 'Go to' }).fill('quince');
      await ada.page.getByRole('option', { name: /^Search for/ }).click();
      await ada.page.getByRole('heading', { name: 'Search', level: 1 }).waitFor();
      const result = ada.page
        .getByRole('region', { name: 'Messages' })
        .getByRole('link', { name: /quince harvest/ });
      await result.first().waitFor();
      const faults = await inspect(ada.page, 'search');
      await result.first().click();
      await message(ada.page, 'quince harvest').waitFor();
      const lookFor = async (words: string) => {
        await ada.page.evaluate(`location.hash = '#/search'`);
        await ada.page.getByRole('searchbox', { name: 'Search for' }).fill(words);
        await ada.page.getByRole('button', { name: 'Search', exact: true }).last().click();
      };
      await lookFor('corn');
      await ada.page
        .getByRole('region', { name: 'Rooms' })
        .getByRole('link', { name: 'corn exchange' })
        .waitFor();
      // By a few letters, since they share a room.
      await lookFor(bob.user.username);
      const person = ada.page
        .getByRole('region', { name: 'People' })
        .getByRole('button')
        .filter({ hasText: bob.user.user_id });
      await person.waitFor();
      await person.getByText('south.test', { exact: true }).waitFor();
      faults.push(...(await inspect(ada.page, 'search-people')));
      await openRoom(ada.page, 'corn exchange');
      noFaults(faults);
    },
  },
  {
    name: 'own settings: notifications, privacy and appearance are kept on the server or in the browser',
    shows: ['account.notifications'],
    run: async ({ ada }) => {
      const dialog = await openMySettings(ada.page, 'Notifications');
      await dialog.getByRole('checkbox', { name: 'Messages in channels' }).click();
      await expectSoon(
        'it is off',
        async () => !(await dialog.getByRole('checkbox', { name: 'Messages in channels' }).isChecked()),
      );
      const faults = await inspect(ada.page, 'settings-notifications');
      await dialog.getByRole('checkbox', { name: 'Messages in channels' }).click();
      await goToSection(dialog, 'Privacy');
      await dialog.getByRole('checkbox', { name: 'Private read receipts' }).click();
      await expectSoon('receipts are private', () =>
        dialog.getByRole('checkbox', { name: 'Private read receipts' }).isChecked(),
      );
      faults.push(...(await inspect(ada.page, 'settings-privacy')));
      await goToSection(dialog, 'Appearance');
      faults.push(...(await inspect(ada.page, 'settings-appearance')));
      await ada.page.reload();
      await ada.page.getByRole('link', { name: /^Invitations/ }).waitFor();
      const again = await openMySettings(ada.page, 'Privacy');
      await expectSoon('receipts are still private', () =>
        again.getByRole('checkbox', { name: 'Private read receipts' }).isChecked(),
      );
      await again.getByRole('checkbox', { name: 'Private read receipts' }).click();
      await closeDialog(ada.page);
      noFaults(faults);
    },
  },
  {
    name: 'presence shows on the other side, and not of who wants to be invisible',
    shows: ['presence', 'presence.invisible'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      const panel = await openMembers(ada.page);
      const row = panel.getByRole('listitem').filter({ hasText: bob.user.user_id });
      await row.getByRole('img', { name: 'Online' }).waitFor({ timeout: 20_000 });
      const dialog = await openMySettings(bob.page, 'Privacy');
      await dialog.getByRole('checkbox', { name: 'Invisible' }).click();
      await row.getByRole('img', { name: 'Online' }).waitFor({ state: 'detached', timeout: 20_000 });
      await dialog.getByRole('checkbox', { name: 'Invisible' }).click();
      await row.getByRole('img', { name: 'Online' }).waitFor({ timeout: 20_000 });
      await closeDialog(bob.page);
    },
  },
  {
    name: 'a room can be silenced: its messages are not counted any more',
    shows: ['notifications.room'],
    run: async ({ ada, bob, demo }) => {
      await shareChannel(ada, [bob], 'bell foundry');
      await chooseForRoom(ada.page, 'Notifications');
      const dialog = ada.page.getByRole('dialog');
      await dialog.getByRole('radio', { name: 'Nothing' }).click();
      await expectSoon('it is chosen', () => dialog.getByRole('radio', { name: 'Nothing' }).isChecked());
      const faults = await inspect(ada.page, 'room-settings-notifications');
      await closeDialog(ada.page);
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, 'bell foundry');
      await write(bob.page, 'Nobody hears this bell');
      await openRoom(bob.page, demo.channel.name);
      await write(bob.page, 'But this one');
      await message(ada.page, 'But this one').waitFor();
      expectEqual(
        'the silenced room counts nothing',
        await ada.page
          .getByRole('link', { name: 'bell foundry' })
          .first()
          .getByRole('img', { name: /unread/ })
          .count(),
        0,
      );
      noFaults(faults);
    },
  },
  {
    name: 'a discussion starts from a message, is linked in its room, and the other side comes in by the link',
    shows: ['discussions.start', 'discussions.joined', 'discussions.linked'],
    run: async (story) => {
      const { ada, bob } = story;
      await cornExchange(story);
      await enter('corn exchange', [ada, bob]);
      await write(bob.page, 'Where do we put the cheese?');
      await chooseAction(ada.page, 'Where do we put the cheese?', 'Start a discussion');
      const dialog = ada.page.getByRole('dialog', { name: 'Start a discussion' });
      await dialog.getByLabel('Name').fill('cheese');
      const faults = await inspect(ada.page, 'start-discussion');
      await dialog.getByRole('button', { name: 'Start' }).click();
      await ada.page.getByRole('heading', { name: 'cheese', level: 1 }).waitFor({ timeout: 20_000 });
      await ada.page
        .locator('main header')
        .getByRole('link', { name: 'Discussion in # corn exchange' })
        .waitFor();
      await message(bob.page, 'Started a discussion').getByText('cheese').last().click();
      await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
      await bob.page.getByRole('heading', { name: 'cheese', level: 1 }).waitFor({ timeout: 20_000 });
      await write(bob.page, 'By the fountain');
      await message(ada.page, 'By the fountain').waitFor();
      faults.push(...(await inspect(bob.page, 'discussion')));
      noFaults(faults);
    },
  },
  {
    name: 'a space is made, holds rooms, and the other side finds them in it',
    shows: ['spaces.create', 'spaces.add', 'spaces.browse', 'spaces.join'],
    run: async (story) => {
      const { ada, bob } = story;
      await cornExchange(story);
      await ada.page.keyboard.press('Control+k');
      await ada.page.getByRole('combobox', { name: 'Go to' }).fill('new space');
      await ada.page.getByRole('option', { name: 'New space', exact: true }).click();
      const dialog = ada.page.getByRole('dialog', { name: 'New space' });
      await dialog.getByLabel('Name').fill('old town');
      await dialog.getByRole('checkbox', { name: 'Open to everybody' }).check();
      const faults = await inspect(ada.page, 'create-space');
      await dialog.getByRole('button', { name: 'Create the space' }).click();
      await ada.page.getByRole('heading', { name: 'old town', level: 1 }).waitFor({ timeout: 20_000 });
      await ada.page.getByLabel('Add a channel').selectOption({ label: 'corn exchange' });
      await ada.page.getByRole('button', { name: 'Add', exact: true }).click();
      await ada.page
        .getByRole('list', { name: 'Channels of the space' })
        .getByText('corn exchange')
        .waitFor();
      faults.push(...(await inspect(ada.page, 'space')));
      const roomId = decodeURIComponent(new URL(ada.page.url()).hash.split('/')[2] ?? '');
      const link = `https://matrix.to/#/${encodeURIComponent(roomId)}?via=${ada.workspace.server_name}`;
      await bob.page.getByRole('link', { name: 'Browse channels' }).click();
      await bob.page.getByLabel('Join by address or link').fill(link);
      await bob.page.getByRole('button', { name: 'Continue' }).click();
      await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
      await bob.page.getByRole('heading', { name: 'old town', level: 1 }).waitFor({ timeout: 20_000 });
      const child = bob.page.getByRole('list', { name: 'Channels of the space' }).getByRole('listitem');
      await child.filter({ hasText: 'corn exchange' }).getByRole('button', { name: 'Open' }).click();
      await bob.page.getByRole('heading', { name: 'corn exchange', level: 1 }).waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'a room is made anew in an older version, and the other side is led into it',
    shows: ['settings.upgrade'],
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'weighhouse');
      const old = ada.page.url();
      const dialog = await openRoomSettings(ada.page, 'Advanced');
      await dialog.getByLabel('Room version of the new room').selectOption('11');
      await dialog.getByRole('checkbox', { name: 'I understand that the old room is closed' }).check();
      const faults = await inspect(ada.page, 'room-upgrade');
      await dialog.getByRole('button', { name: 'Make the room anew' }).click();
      await dialog.waitFor({ state: 'detached', timeout: 30_000 });
      await expectSoon('the new room opens', async () => ada.page.url() !== old);
      await ada.page.getByRole('heading', { name: 'weighhouse', level: 1 }).waitFor();
      await bob.page.getByText('This room has been replaced by a new one.').waitFor({ timeout: 20_000 });
      faults.push(...(await inspect(bob.page, 'room-replaced')));
      await bob.page.getByRole('button', { name: 'Go to the new room' }).click();
      await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
      await bob.page.getByRole('heading', { name: 'weighhouse', level: 1 }).waitFor({ timeout: 20_000 });
      await write(bob.page, 'The new scales are here');
      await message(ada.page, 'The new scales are here').waitFor();
      await expectSoon(
        'there is one room of the name',
        async () => (await ada.page.getByRole('link', { name: 'weighhouse' }).count()) === 1,
      );
      noFaults(faults);
    },
  },
  {
    name: 'a name of ten thousand letters with marks from right to left breaks nothing on either side',
    shows: ['bad.rtl', 'bad.long'],
    run: async (story) => {
      const { ada, bob } = story;
      await lighthouse(story);
      const name = `\u202Eevil \u2066раypal ${'long '.repeat(2000)}`;
      await enter('lighthouse', [ada, bob]);
      const roomId = decodeURIComponent(new URL(ada.page.url()).hash.split('/')[2] ?? '');
      const status = await ada.page.evaluate(`(async () => {
        const { accessToken } = JSON.parse(localStorage.getItem('causeway.session'));
        const answer = await fetch('/_matrix/client/v3/rooms/' + encodeURIComponent(${JSON.stringify(roomId)}) + '/state/m.room.name/', {
          method: 'PUT',
          headers: { authorization: 'Bearer ' + accessToken, 'content-type': 'application/json' },
          body: JSON.stringify({ name: ${JSON.stringify(name)} }),
        });
        return answer.status;
      })()`);
      expectEqual('the name is taken', status, 200);
      const heading = bob.page.getByRole('heading', { name: /evil/, level: 1 });
      await heading.waitFor();
      expectEqual('no mark turns its direction', /[\u202e\u2066]/.test(await heading.innerText()), false);
      const faults = await inspect(bob.page, 'long-name');
      for (const width of [390, 1600]) {
        await bob.page.setViewportSize({ width, height: 900 });
        const wide = await bob.page.evaluate('document.documentElement.scrollWidth > innerWidth');
        expectEqual(`nothing is wider than ${width} px`, wide, false);
      }
      const dialog = await openRoomSettings(ada.page);
      faults.push(...(await inspect(ada.page, 'long-name-settings')));
      await dialog.getByLabel('Name', { exact: true }).fill('lighthouse');
      await save(dialog);
      await closeDialog(ada.page);
      await bob.page.getByRole('heading', { name: 'lighthouse', level: 1 }).waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'a connection lost while joining says so, and the second try joins once',
    shows: ['lost.joining'],
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'ferry', true);
      const dialog = await openRoomSettings(ada.page, 'Access');
      await dialog.getByRole('radio', { name: /^Anybody They/ }).check();
      await save(dialog);
      const link = await dialog.getByLabel('Invite link').inputValue();
      await closeDialog(ada.page);
      await bob.page.getByRole('link', { name: 'Browse channels' }).click();
      await bob.page.getByLabel('Join by address or link').fill(link);
      await bob.page.getByRole('button', { name: 'Continue' }).click();
      await bob.page.route('**/_matrix/client/v3/join/**', (route) => route.abort());
      await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
      await bob.page
        .getByRole('alert')
        .filter({ hasText: 'could not be reached' })
        .waitFor({ timeout: 30_000 });
      await bob.page.unroute('**/_matrix/client/v3/join/**');
      await bob.page.getByRole('button', { name: 'Try again' }).click();
      await bob.page.getByRole('heading', { name: 'ferry', level: 1 }).waitFor({ timeout: 20_000 });
      await openRoom(ada.page, 'ferry');
      await ada.page
        .getByRole('log')
        .getByText(/ joined$/)
        .last()
        .waitFor();
    },
  },
  {
    name: 'the password is changed by the old one, and another session is signed out',
    shows: ['account.password', 'account.sessions'],
    run: async ({ browser, demo }) => {
      const [north] = demo.workspaces;
      const nils = north.users[1];
      const first = await signIn(browser, north, nils);
      const second = await signIn(browser, north, nils);
      const dialog = await openMySettings(first.page, 'Password');
      await dialog.getByLabel('Current password').fill('wrong');
      await dialog.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
      await dialog.getByLabel('New password, once more').fill(`${NEW_PASSWORD}!`);
      await dialog.getByRole('button', { name: 'Change the password' }).click();
      await dialog.getByText('The two do not match.').waitFor();
      await dialog.getByLabel('New password, once more').fill(NEW_PASSWORD);
      await dialog.getByRole('checkbox', { name: 'Sign out everywhere else' }).uncheck();
      await dialog.getByRole('button', { name: 'Change the password' }).click();
      await dialog.getByText('The current password is wrong.').waitFor();
      const faults = await inspect(first.page, 'settings-password');
      await dialog.getByLabel('Current password').fill(nils.password);
      await dialog.getByRole('button', { name: 'Change the password' }).click();
      await dialog.getByText('Saved').waitFor();
      await goToSection(dialog, 'Sessions');
      await dialog.getByText('This session').waitFor();
      faults.push(...(await inspect(first.page, 'settings-sessions')));
      await dialog
        .getByRole('button', { name: /^Sign out / })
        .first()
        .click();
      await dialog.getByLabel('Your password').fill('wrong');
      await dialog.getByRole('button', { name: 'Sign out', exact: true }).click();
      await dialog.getByText('The password is wrong.').waitFor();
      await dialog.getByLabel('Your password').fill(NEW_PASSWORD);
      await dialog.getByRole('button', { name: 'Sign out', exact: true }).click();
      await second.page.getByText('You have been signed out').waitFor({ timeout: 40_000 });
      await first.context.close();
      const again = await openPage(browser, north.url);
      await again.page.getByLabel('User name').fill(nils.username);
      await again.page.getByLabel('Password').fill(NEW_PASSWORD);
      await again.page.getByRole('button', { name: 'Sign in' }).click();
      await again.page.getByRole('link', { name: /^Invitations/ }).waitFor();
      await again.context.close();
      await second.context.close();
      noFaults(faults);
    },
  },
];
