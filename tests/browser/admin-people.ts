/** Accounts as admins look after them, and the pages behind the links that they hand out. */
import type { Page } from 'playwright-core';
import { behind, openAdmin } from './admin-pages.ts';
import { glance } from './artefacts.ts';
import { openPage, signIn } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import {
  accept,
  act,
  createChannel,
  inviteAndClose,
  message,
  openMembers,
  openRoom,
  write,
} from './room-page.ts';
import { noFaults } from './rooms-page.ts';
import type { Scenario, Story } from './story.ts';

const north = ({ demo }: Story) => demo.workspaces[0];

const idOf = (story: Story, localpart: string) => `@${localpart}:${north(story).server_name}`;

/** Opens a link that was handed out in a browser of its own, where nobody is signed in. */
const openLink = async (story: Story, address: string) => {
  const { pathname, hash } = new URL(address);
  return openPage(story.browser, `${north(story).url}${pathname}${hash}`);
};

const shownLink = async (page: Page, label: string): Promise<string> => {
  const field = page.getByLabel(label, { exact: true });
  await field.waitFor();
  return field.inputValue();
};

const openPerson = async (page: Page, userId: string): Promise<void> => {
  await openAdmin(page, 'People');
  await page.getByLabel('Name, ID or e-mail address').fill(userId);
  await page.getByRole('list', { name: 'People' }).getByRole('link').filter({ hasText: userId }).click();
  await page.getByRole('region', { name: 'Copy of their data' }).waitFor();
};

const newestLink = async (page: Page): Promise<string> => {
  const answer = (await behind(page, 'GET', 'invitation-links')) as { links: { link_id: string }[] };
  return answer.links[0]?.link_id ?? '';
};

/** Takes the server's English out of its refusals: what is read then are the words of the app. */
const withoutEnglish = (page: Page) =>
  page.route(/\/_causeway\/(admin|links)\//, async (route) => {
    const response = await route.fetch();
    if (response.ok()) return route.fulfill({ response });
    const json = { ...((await response.json()) as object), error: 'English of the server' };
    return route.fulfill({ response, json });
  });

export const adminPeopleScenarios: readonly Scenario[] = [
  {
    name: 'people: an account is made with a link for its password, found, and changed by one admin at a time',
    run: async (story) => {
      const { page } = story.ada;
      const eve = idOf(story, 'eve');
      await openAdmin(page, 'People');
      await page.getByRole('button', { name: 'New account' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Make account' }).click();
      await dialog.getByText('Give the account a user name.').waitFor();
      await dialog.getByLabel('User name').fill('Eve');
      await dialog.getByLabel('Name (optional)').fill('Eve Adams');
      const faults = await glance(page, 'people-new-account');
      await dialog.getByRole('button', { name: 'Make account' }).dblclick();
      const link = await shownLink(page, 'Link for a new password');
      faults.push(...(await glance(page, 'people-made')));
      await dialog.getByRole('button', { name: 'Done' }).click();
      await openPerson(page, eve);
      await page.getByText('Nobody can sign in to this account yet').waitFor();
      faults.push(...(await glance(page, 'people-person')));

      const first = await openLink(story, link);
      await first.page.getByText(`For the account ${eve}.`).waitFor();
      await first.page.getByLabel('New password', { exact: true }).fill('long enough');
      await first.page.getByLabel('New password, once more').fill('something else');
      await first.page.getByRole('button', { name: 'Set password' }).click();
      await first.page.getByText('The two do not match.').waitFor();
      await first.page.getByLabel('New password, once more').fill('long enough');
      faults.push(...(await glance(first.page, 'link-new-password')));
      await first.page.getByRole('button', { name: 'Set password' }).click();
      await first.page.getByRole('button', { name: 'Go to the sign-in' }).click();
      await first.page.getByLabel('User name').fill('eve');
      await first.page.getByLabel('Password').fill('long enough');
      await first.page.getByRole('button', { name: 'Sign in' }).click();
      await first.page.getByRole('link', { name: /^Invitations/ }).waitFor();
      const second = await openLink(story, link);
      await second.page.getByText('This link was used already. Ask an admin for a new one.').waitFor();
      faults.push(...(await glance(second.page, 'link-used')));
      await second.context.close();

      await page.getByLabel('Address', { exact: true }).fill('eve@example.org');
      await page.getByLabel('I made sure that it is theirs').check();
      await behind(page, 'PUT', `people/${encodeURIComponent(eve)}/role`, { role: 'guest' });
      await page.getByRole('button', { name: 'Save address' }).click();
      await page.getByText(/changed @eve:.*after you opened it/).waitFor();
      await expectSoon(
        'the role of the other admin shows',
        async () => (await page.getByLabel('Role of this person').inputValue()) === 'guest',
      );
      await page.getByLabel('Address', { exact: true }).fill('eve@example.org');
      await page.getByLabel('I made sure that it is theirs').check();
      await page.getByRole('button', { name: 'Save address' }).click();
      await page.getByText(/^Verified by @ada:/).waitFor();

      await page.reload();
      const sessions = page.getByRole('list', { name: 'Sessions' });
      await sessions
        .getByRole('button', { name: /^Sign out of/ })
        .first()
        .click();
      await page.getByText('Signed in nowhere.').waitFor();
      await first.page.getByRole('heading', { name: /^Sign in to / }).waitFor();
      await first.context.close();
      noFaults(faults);
    },
  },
  {
    name: 'people: an invitation link leads to the sign-up page, works once, and can be withdrawn',
    run: async (story) => {
      const { page } = story.ada;
      await openAdmin(page, 'Invitation links');
      await page.getByLabel('For whom (optional)').fill('the new pilot');
      await page.getByRole('button', { name: 'Make a link' }).click();
      const link = await shownLink(page, 'Invitation link');
      const faults = await glance(page, 'people-invitation-links');
      const guest = await openLink(story, link);
      await guest.page.getByRole('heading', { name: /^Welcome to / }).waitFor();
      await guest.page.getByLabel('User name').fill('ada');
      await guest.page.getByLabel('Password').fill('short');
      await guest.page.getByRole('button', { name: 'Make my account' }).click();
      await guest.page.getByText('Use at least 10 characters.').waitFor();
      faults.push(...(await glance(guest.page, 'link-invitation')));
      await guest.page.getByLabel('Password').fill('long enough');
      await guest.page.getByRole('button', { name: 'Make my account' }).click();
      await guest.page.getByText('The user name ada is taken.').waitFor();
      await guest.page.getByLabel('User name').fill('pilot');
      await guest.page.getByRole('button', { name: 'Make my account' }).dblclick();
      await guest.page.getByRole('link', { name: /^Invitations/ }).waitFor();
      await guest.context.close();
      const late = await openLink(story, link);
      await late.page.getByText('This link was used already.').waitFor();
      await late.context.close();
      await page.reload();
      const list = page.getByRole('list', { name: 'Invitation links' });
      await list.getByRole('listitem').filter({ hasText: 'the new pilot' }).getByText('Used up').waitFor();
      await page.getByRole('button', { name: 'Make a link' }).click();
      const further = await shownLink(page, 'Invitation link');
      await list
        .getByRole('button', { name: /^Withdraw/ })
        .first()
        .click();
      await list.getByRole('listitem').first().getByText('Withdrawn').waitFor();
      const dead = await openLink(story, further);
      await dead.page.getByText(/An admin withdrew this link/).waitFor();
      await dead.context.close();
      noFaults(faults);
    },
  },
  {
    name: 'people: who is deactivated leaves shared rooms for all to see; erasing says what stays elsewhere',
    run: async (story) => {
      const { ada, bob } = story;
      const { page } = ada;
      const mallory = idOf(story, 'mallory');
      await openAdmin(page, 'People');
      await page.getByRole('button', { name: 'New account' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('User name').fill('mallory');
      await dialog.getByLabel('Password (optional)').fill('long enough');
      await dialog.getByRole('button', { name: 'Make account' }).click();
      await dialog.getByRole('button', { name: 'Done' }).click();
      await openPerson(page, mallory);
      await page.getByLabel('May take part in rooms with other organisations').click();
      await page.getByText(/^Account made on .*Changed by/).waitFor();
      await createChannel(page, 'pilot boat', true);
      await inviteAndClose(page, bob.user.user_id);
      await inviteAndClose(page, mallory);
      await accept(bob.page, 'pilot boat');
      const theirs = await openPage(story.browser, north(story).url);
      await theirs.page.getByLabel('User name').fill('mallory');
      await theirs.page.getByLabel('Password').fill('long enough');
      await theirs.page.getByRole('button', { name: 'Sign in' }).click();
      await accept(theirs.page, 'pilot boat');
      await write(theirs.page, 'the draught is six metres');
      await message(bob.page, 'the draught is six metres').waitFor();
      await act(theirs.page, 'the draught is six metres', 'Edit');
      await write(theirs.page, 'the draught is seven metres');
      await message(bob.page, 'the draught is seven metres').waitFor();

      await openPerson(page, mallory);
      await page.getByRole('button', { name: 'Deactivate' }).click();
      await dialog.getByText(/leaves \d+ room/).waitFor();
      await dialog.getByText(/shared with .*They are told that the person has left/).waitFor();
      const faults = await glance(page, 'people-deactivate');
      await dialog.getByRole('button', { name: 'Deactivate' }).click();
      await page.getByRole('button', { name: 'Open again' }).waitFor();
      await theirs.page.getByRole('heading', { name: /^Sign in to / }).waitFor();
      await theirs.context.close();
      await openRoom(bob.page, 'pilot boat');
      const members = await openMembers(bob.page);
      await members.getByRole('listitem').filter({ hasText: 'mallory' }).waitFor({ state: 'detached' });
      await members.getByRole('button', { name: 'Close' }).click();

      await page.getByRole('button', { name: 'Erase' }).click();
      await dialog.getByText(/Other organisations keep the copies that they have/).waitFor();
      faults.push(...(await glance(page, 'people-erase')));
      await dialog.getByRole('button', { name: 'Erase' }).click();
      await page.getByText(/gets this person’s messages without content/).waitFor();
      expectEqual('opening again', await page.getByRole('button', { name: 'Open again' }).count(), 0);
      await message(bob.page, 'the draught is seven metres').waitFor();
      const latecomer = {
        user_id: idOf(story, 'latecomer'),
        ...{ username: 'latecomer', password: 'long enough' },
      };
      await behind(page, 'POST', 'people', latecomer);
      const permission = `people/${encodeURIComponent(latecomer.user_id)}/permissions/access-federation`;
      await behind(page, 'PUT', permission, { held: true });
      await openRoom(page, 'pilot boat');
      await message(page, 'the draught is seven metres').waitFor();
      await inviteAndClose(page, latecomer.user_id);
      const late = await signIn(story.browser, north(story), latecomer);
      await accept(late.page, 'pilot boat');
      const erased = message(late.page, 'Message of an erased account');
      await erased.waitFor();
      expectEqual('how often an edited message of theirs is shown', await erased.count(), 1);
      expectEqual('what it said', await message(late.page, 'the draught').count(), 0);
      faults.push(...(await glance(late.page, 'people-erased-for-latecomer')));
      await late.context.close();
      noFaults(faults);
    },
  },
  {
    name: 'people: registration tokens are made and withdrawn, data is downloaded, the only admin stays one',
    run: async (story) => {
      const { ada } = story;
      const { page } = ada;
      await openAdmin(page, 'Registration tokens');
      await page.getByLabel('Token', { exact: true }).fill('spring-2027');
      await page.getByLabel('People', { exact: true }).fill('3');
      await page.getByRole('button', { name: 'Make a token' }).click();
      const list = page.getByRole('list', { name: 'Registration tokens' });
      await list.getByText('0 of 3 used').waitFor();
      const faults = await glance(page, 'people-tokens');
      await page.getByLabel('Token', { exact: true }).fill('spring-2027');
      await page.getByRole('button', { name: 'Make a token' }).click();
      await page.getByText('There is, or was, such a token already.').waitFor();
      await list.getByRole('button', { name: 'Withdraw spring-2027' }).click();
      await list.getByText('Withdrawn').waitFor();
      await openPerson(page, ada.user.user_id);
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Download' }).click(),
      ]);
      expectEqual('the file', download.suggestedFilename(), 'ada.tar.gz');
      await page.getByLabel('Role of this person').selectOption('user');
      await page.getByText('This is the only admin. Make somebody else an admin first.').waitFor();
      faults.push(...(await glance(page, 'people-only-admin')));
      noFaults(faults);
    },
  },
  {
    name: 'people: what is refused is said in the words of the app, whatever the server calls it',
    run: async (story) => {
      const { browser, ada } = story;
      const { page, context } = await signIn(browser, ada.workspace, ada.user);
      await withoutEnglish(page);
      await openAdmin(page, 'Registration tokens');
      await page.getByLabel('Token', { exact: true }).fill('two words');
      await page.getByRole('button', { name: 'Make a token' }).click();
      await page.getByText(/^A token has 1 to 64 letters/).waitFor();
      await openAdmin(page, 'Invitation links');
      await page.getByRole('button', { name: 'Make a link' }).click();
      const link = await shownLink(page, 'Invitation link');
      const list = page.getByRole('list', { name: 'Invitation links' });
      await behind(page, 'DELETE', `invitation-links/${await newestLink(page)}`);
      await list
        .getByRole('button', { name: /^Withdraw/ })
        .first()
        .click();
      await page.getByText('This link has ended already.').waitFor();
      const faults = await glance(page, 'people-refused');
      const { pathname, hash } = new URL(link);
      const guest = await openPage(browser, north(story).url);
      await withoutEnglish(guest.page);
      await guest.page.goto(`${north(story).url}${pathname}${hash}`);
      await guest.page.getByText(/^An admin withdrew this link/).waitFor();
      await guest.context.close();
      await openAdmin(page, 'People');
      await page.getByRole('button', { name: 'New account' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('User name').fill('ada');
      await dialog.getByRole('button', { name: 'Make account' }).click();
      await dialog.getByText('The user name ada is taken.').waitFor();
      await context.close();
      noFaults(faults);
    },
  },
];
