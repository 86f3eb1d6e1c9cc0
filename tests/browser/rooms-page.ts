/** What people do with rooms, invitations and settings, in the words of the interface. */
import type { Locator, Page } from 'playwright-core';
import type { Person } from './browser.ts';
import type { Peers } from './peers.ts';
import { choose, chooseForRoom, createChannel } from './room-page.ts';
import type { Story } from './story.ts';

export const noFaults = (faults: readonly string[]): void => {
  if (faults.length > 0) throw new Error(`axe objects:\n${[...new Set(faults)].join('\n')}`);
};

/** Opens the settings of the room that is shown. */
export async function openRoomSettings(page: Page, section?: string): Promise<Locator> {
  await chooseForRoom(page, 'Room settings');
  return openSection(page, section);
}

/** Chooses from one's own menu. */
export const chooseForMe = (page: Page, entry: string): Promise<void> =>
  choose(page.getByRole('button', { name: /: your menu$/ }).last(), entry);

/** Opens one's own settings. */
export async function openMySettings(page: Page, section?: string): Promise<Locator> {
  await chooseForMe(page, 'Settings');
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

/** The ID of the room that is shown. */
export const shownRoom = (page: Page): string =>
  decodeURIComponent(new URL(page.url()).hash.split('/')[2]?.split('?')[0] ?? '');

export type ApiAnswer = { readonly status: number; readonly body: Record<string, unknown> };

/** Asks a person's own server, past their browser; `path` follows `/_matrix/client/v3`. */
export async function ask(person: Person, method: string, path: string, body?: object): Promise<ApiAnswer> {
  const token = await person.page.evaluate(
    `JSON.parse(localStorage.getItem('causeway.session')).accessToken`,
  );
  const answer = await fetch(`${person.workspace.url}/_matrix/client/v3${path}`, {
    method,
    headers: { authorization: `Bearer ${String(token)}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

export const roomPath = (roomId: string): string => `/rooms/${encodeURIComponent(roomId)}`;

/** The rooms that a person's own server says they are in. */
export async function joinedRooms(person: Person): Promise<readonly string[]> {
  const { body } = await ask(person, 'GET', '/joined_rooms');
  return body.joined_rooms as string[];
}

/** The texts that a person's own server gives them of a room, oldest first, from its beginning. */
export async function readableTexts(person: Person, roomId: string): Promise<readonly string[]> {
  const { status, body } = await ask(person, 'GET', `${roomPath(roomId)}/messages?dir=b&limit=500`);
  if (status !== 200) throw new Error(`${person.user.user_id} may not read: ${JSON.stringify(body)}`);
  const events = body.chunk as { type: string; content: { body?: string } }[];
  return events
    .filter(({ type }) => type === 'm.room.message')
    .map(({ content }) => content.body ?? '')
    .reverse();
}

/** Makes a shared channel that anybody may join, and returns its invite link, as its settings give it. */
export async function createPublicChannel(page: Page, name: string): Promise<string> {
  await createChannel(page, name, true);
  const dialog = await openRoomSettings(page, 'Access');
  await dialog.getByRole('radio', { name: /^Anybody They/ }).check();
  await save(dialog);
  const link = await dialog.getByLabel('Invite link').inputValue();
  await closeDialog(page);
  return link;
}

/** Pastes a link where channels are browsed; the room is named then, and not joined yet. */
export async function openLink(page: Page, link: string): Promise<void> {
  await page.getByRole('link', { name: 'Browse channels' }).click();
  await page.getByLabel('Join by address or link').fill(link);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Join a room', level: 1 }).waitFor();
}

export async function joinByLink(page: Page, link: string, name: string): Promise<void> {
  await openLink(page, link);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor({ timeout: 20_000 });
}

/** The organisations beside the two of the demo. */
export function peersOf({ demo }: Story): Peers {
  if (!demo.peers) throw new Error('Workspaces that run already have no further organisations beside them.');
  return demo.peers;
}
