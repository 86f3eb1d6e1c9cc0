/** What a person does in a room, in the words of the interface. */

import type { Locator, Page } from 'playwright-core';
import { expectSoon } from './expect.ts';

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Write to|^Editing/ });

export const messages = (page: Page): Locator => page.getByRole('log').getByRole('article');

export const message = (page: Page, words: string): Locator =>
  messages(page).filter({ hasText: words }).last();

export async function openRoom(page: Page, name: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Channels and messages' })
    .getByRole('link', { name })
    .first()
    .click();
  await page
    .getByRole('banner')
    .or(page.locator('main header'))
    .getByRole('heading', { name, level: 1 })
    .waitFor();
}

export async function write(page: Page, words: string): Promise<void> {
  await composer(page).fill(words);
  await composer(page).press('Enter');
  await message(page, words).waitFor();
}

export async function act(
  page: Page,
  words: string,
  action: 'Reply' | 'Edit' | 'Delete' | 'Add a reaction',
): Promise<void> {
  const row = message(page, words);
  await row.hover();
  await row.getByRole('button', { name: action, exact: true }).last().click();
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

/** Opens the invitation dialog of the room that is shown and picks somebody in it; nothing is sent yet. */
export async function invite(page: Page, userId: string): Promise<Locator> {
  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem', { name: 'Invite people' }).click();
  const dialog = page.getByRole('dialog', { name: /^Invite to/ });
  await dialog.getByRole('combobox').fill(userId);
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

/** Kick, ban, unban: the menu of a member, and its confirmation. */
export async function actOnMember(page: Page, userName: string, action: string): Promise<void> {
  const panel = await openMembers(page);
  await panel.getByRole('button', { name: `Actions for ${userName}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
  await page.getByRole('dialog').getByRole('button', { name: action, exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}
