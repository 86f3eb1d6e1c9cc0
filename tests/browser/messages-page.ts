/** What people do with messages beyond the simplest, in the words of the interface. */
import type { Locator, Page } from 'playwright-core';
import type { Person } from './browser.ts';
import { composer } from './room-page.ts';

export const noFaults = (faults: readonly string[]): void => {
  if (faults.length > 0) throw new Error(`axe objects:\n${[...new Set(faults)].join('\n')}`);
};

/** Sends what is given as the person would with another client; resolves to the event's ID. */
export async function sendRaw(
  person: Person,
  roomId: string,
  content: object,
  type = 'm.room.message',
): Promise<string> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/${type}/`;
  const answer = await call(person, 'PUT', `${path}raw-${Math.random()}`, content);
  return String(answer.event_id);
}

export async function call(
  person: Person,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  return (await person.page.evaluate(`(async () => {
    const { accessToken } = JSON.parse(localStorage.getItem('causeway.session'));
    const answer = await fetch(${JSON.stringify(path)}, {
      method: ${JSON.stringify(method)},
      headers: { authorization: 'Bearer ' + accessToken, 'content-type': 'application/json' },
      ${body ? `body: ${JSON.stringify(JSON.stringify(body))},` : ''}
    });
    return answer.json();
  })()`)) as Record<string, unknown>;
}

/** Types as a person does, key by key, and sends. */
export async function type(page: Page, words: string): Promise<void> {
  await composer(page).fill('');
  await composer(page).pressSequentially(words);
}

export const threadPanel = (page: Page): Locator =>
  page.getByRole('complementary', { name: 'Thread', exact: true });

export async function writeInThread(page: Page, words: string): Promise<void> {
  const box = threadPanel(page).getByRole('textbox', { name: 'Write to the thread' });
  await box.fill(words);
  await box.press('Enter');
  await threadPanel(page).getByRole('article').filter({ hasText: words }).waitFor();
}

export type GivenFile = { readonly name: string; readonly mimeType: string; readonly buffer: Buffer };

export async function chooseFiles(page: Page, files: readonly GivenFile[]): Promise<Locator> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Attach files' }).click(),
  ]);
  await chooser.setFiles([...files]);
  const staged = page.getByRole('list', { name: 'Files to send' });
  await staged.getByText(files.at(-1)?.name ?? '').waitFor();
  return staged;
}
