/** What people do with rooms, invitations and settings, in the words of the interface. */
import type { Locator, Page } from 'playwright-core';

export const noFaults = (faults: readonly string[]): void => {
  if (faults.length > 0) throw new Error(`axe objects:\n${[...new Set(faults)].join('\n')}`);
};

/** Opens the settings of the room that is shown. */
export async function openRoomSettings(page: Page, section?: string): Promise<Locator> {
  await page.getByRole('button', { name: 'Room menu' }).click();
  await page.getByRole('menuitem', { name: 'Room settings' }).click();
  return openSection(page, section);
}

/** Opens one's own settings. */
export async function openMySettings(page: Page, section?: string): Promise<Locator> {
  await page
    .getByRole('button', { name: /: your menu$/ })
    .last()
    .click();
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  return openSection(page, section);
}

async function openSection(page: Page, section: string | undefined): Promise<Locator> {
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  if (section) await goToSection(dialog, section);
  return dialog;
}

export async function goToSection(dialog: Locator, section: string): Promise<void> {
  await dialog.getByRole('navigation', { name: 'Sections' }).getByRole('button', { name: section }).click();
  await dialog.getByRole('heading', { name: section, level: 2 }).waitFor();
}

export async function save(group: Locator): Promise<void> {
  await group.getByRole('button', { name: 'Save' }).first().click();
  await group.getByText('Saved').first().waitFor();
}

export async function closeDialog(page: Page): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}
