/** What a person does in a room, in the words of the interface. */

import { errors, type Locator, type Page } from 'playwright-core';
import type { Person } from './browser.ts';
import { expectSoon } from './expect.ts';

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Write to|^Editing/ });

export const messages = (page: Page): Locator => page.getByRole('log').getByRole('article');

export const message = (page: Page, words: string): Locator =>
  messages(page).filter({ hasText: words }).last();

/** Goes to the newest message: a room opens at what one has not read yet. */
export async function toNewest(page: Page, words: string): Promise<void> {
  const leap = page.getByRole('button', { name: 'To the newest' });
  await message(page, words).or(leap).first().waitFor({ timeout: 30_000 });
  if (await leap.isVisible()) await leap.click();
  await message(page, words).waitFor();
}

export async function openRoom(page: Page, name: string): Promise<void> {
  const list = page.getByRole('navigation', { name: 'Channels and messages' });
  const banner = page.getByRole('banner').or(page.locator('main header'));
  // A list that grows meanwhile moves what is clicked from under the pointer.
  await untilDone(`${name} is open`, async () => {
    await list.getByRole('link', { name }).first().click();
    await banner.getByRole('heading', { name, level: 1 }).waitFor({ timeout: 5_000 });
  });
}

/** Clicks a button of a message. What comes meanwhile moves the message, and its buttons go with the pointer. */
export async function clickInMessage(row: Locator, name: string): Promise<void> {
  await untilDone(`“${name}” is clicked`, async () => {
    await row.hover();
    await row.getByRole('button', { name, exact: true }).last().click({ timeout: 3_000 });
  });
}

/** Chooses from the menu of a button. What comes meanwhile may move the button, and an open menu goes with it. */
export const choose = (button: Locator, entry: string | RegExp): Promise<void> =>
  chooseFrom(button.page(), () => button.click({ timeout: 3_000 }), entry);

/** Chooses from the menu of a message. */
export const chooseAction = (page: Page, words: string, entry: string): Promise<void> =>
  chooseFrom(page, () => clickInMessage(message(page, words), 'More actions'), entry);

const chooseFrom = (page: Page, open: () => Promise<void>, entry: string | RegExp): Promise<void> =>
  untilDone(`“${entry}” is chosen`, async () => {
    const item = page.getByRole('menuitem', { name: entry });
    if (!(await item.isVisible())) await open();
    await item.click({ timeout: 3_000 });
  });

/** Chooses from the menu of the room that is shown. */
export const chooseForRoom = (page: Page, entry: string | RegExp): Promise<void> =>
  choose(page.getByRole('button', { name: 'Room menu' }), entry);

/** A person would try once more. */
const untilDone = (what: string, attempt: () => Promise<void>): Promise<void> =>
  expectSoon(
    what,
    async () => {
      try {
        await attempt();
        return true;
      } catch (error) {
        if (error instanceof errors.TimeoutError) return false;
        throw error;
      }
    },
    20_000,
  );

export async function write(page: Page, words: string): Promise<void> {
  await composer(page).fill(words);
  await composer(page).press('Enter');
  await message(page, words).waitFor();
}

/** Writes one's newest message anew, which can be done as soon as the server has it. */
export async function editNewest(page: Page, words: string): Promise<void> {
  await expectSoon('the newest message can be edited', async () => {
    await composer(page).press('ArrowUp');
    return page.getByRole('textbox', { name: /^Editing/ }).isVisible();
  });
  await composer(page).fill(words);
  await composer(page).press('Enter');
}

export async function act(
  page: Page,
  words: string,
  action: 'Reply' | 'Edit' | 'Delete' | 'Add a reaction',
): Promise<void> {
  await clickInMessage(message(page, words), action);
}

export async function react(page: Page, words: string, emoji: string): Promise<void> {
  await act(page, words, 'Add a reaction');
  await page.getByRole('searchbox', { name: 'Search emoji' }).fill(emoji);
  await page.locator('[data-emoji]').first().click();
}

export async function createChannel(page: Page, name: string, shared: boolean): Promise<void> {
  await page.getByRole('button', { name: 'New channel' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New channel' });
  await dialog.getByLabel('Name').fill(name);
  if (shared) await dialog.getByRole('radio', { name: 'With other organisations' }).check();
  await dialog.getByRole('button', { name: 'Create channel' }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

/** Makes a shared channel with others in it, who have it open then. */
export async function shareChannel(owner: Person, others: readonly Person[], name: string): Promise<void> {
  await createChannel(owner.page, name, true);
  for (const { user } of others) await inviteAndClose(owner.page, user.user_id);
  for (const { page } of others) await accept(page, name);
}

/** Opens the invitation dialog of the room that is shown. */
export async function openInvite(page: Page): Promise<Locator> {
  await chooseForRoom(page, 'Invite people');
  return page.getByRole('dialog', { name: /^Invite to/ });
}

/** Opens the invitation dialog and picks somebody in it; nothing is sent yet. */
export async function invite(page: Page, userId: string): Promise<Locator> {
  const dialog = await openInvite(page);
  await dialog.getByRole('combobox', { name: /^(Who|To)$/ }).fill(userId);
  await dialog.getByRole('option', { name: userId }).click();
  return dialog;
}

/** Sends the invitations to those who were picked. */
export async function sendInvitations(dialog: Locator): Promise<void> {
  await dialog.getByRole('button', { name: /^Send/ }).click();
  await dialog.getByText('Invited', { exact: true }).first().waitFor();
}

export async function inviteAndClose(page: Page, userId: string): Promise<void> {
  const dialog = await invite(page, userId);
  await sendInvitations(dialog);
  await dialog.getByRole('button', { name: 'Done' }).click();
}

export const invitationCard = (page: Page, words: string): Locator =>
  page
    .getByRole('region', { name: 'Invitations', exact: true })
    .getByRole('listitem')
    .filter({ hasText: words });

export async function openInbox(page: Page): Promise<void> {
  await page.getByRole('link', { name: /^Invitations/ }).click();
  await page.getByRole('heading', { name: 'Invitations', level: 1 }).waitFor();
}

export async function accept(page: Page, words: string): Promise<void> {
  await openInbox(page);
  await invitationCard(page, words).getByRole('button', { name: 'Accept' }).click();
  await expectSoon(`the room ${words} is open`, async () => page.url().includes('#/rooms/'), 20_000);
}

export async function openMembers(page: Page): Promise<Locator> {
  const panel = page.getByRole('complementary', { name: 'Members' });
  if (!(await panel.isVisible())) await page.getByRole('button', { name: /^\d+ members?$/ }).click();
  await panel.waitFor();
  return panel;
}

/** Chooses from the menu of a member, who is named as in the list or by a pattern of that menu's name. */
export async function chooseForMember(page: Page, user: string | RegExp, entry: string): Promise<void> {
  const panel = await openMembers(page);
  const name = typeof user === 'string' ? `Actions for ${user}` : user;
  await choose(panel.getByRole('button', { name }), entry);
}

/** Kick, ban, unban: the menu of a member, and its confirmation. */
export async function actOnMember(page: Page, user: string | RegExp, action: string): Promise<void> {
  await chooseForMember(page, user, action);
  await page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}
