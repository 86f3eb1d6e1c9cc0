/** The guide for members: its pictures are made here, and what it names has to exist. */
import { copyFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ARTEFACTS } from './artefacts.ts';
import { openPage } from './browser.ts';
import { expectEqual } from './expect.ts';
import { chooseFiles, writeInThread } from './messages-page.ts';
import { makePicture } from './picture.ts';
import {
  accept,
  clickInMessage,
  composer,
  createChannel,
  inviteAndClose,
  message,
  openInbox,
  openMembers,
  openRoom,
  write,
} from './room-page.ts';
import { openMySettings, openRoomSettings } from './rooms-page.ts';
import type { Scenario } from './story.ts';

const GUIDE = new URL('../../docs/guide/members/', import.meta.url).pathname;
const CATALOGUE = new URL('../../packages/web/src/i18n/en.json', import.meta.url);
const LARGEST_PICTURE = 200_000;
const LARGEST_ALL = 3_000_000;
const SIZE = { width: 1200, height: 760 };

export const guideScenarios: readonly Scenario[] = [
  {
    name: 'guide: the pictures for members show what is there',
    shows: ['surface.guide'],
    run: async ({ browser, ada, bob, demo }) => {
      await mkdir(ARTEFACTS, { recursive: true });
      const front = await openPage(browser, demo.workspaces[0].url);
      await front.page.getByLabel('User name').waitFor();
      await take(front.page, 'sign-in');
      await front.context.close();
      const { page } = ada;
      await createChannel(page, 'night ferry', true);
      await inviteAndClose(page, bob.user.user_id);
      await openInbox(bob.page);
      await bob.page.getByText('night ferry').first().waitFor();
      await take(bob.page, 'invitations');
      await accept(bob.page, 'night ferry');
      await write(page, 'Good morning! The draft timetable for the night ferry is ready.');
      await write(bob.page, 'Thank you. Bookings on our side are still good until the end of October.');
      await write(page, 'Then we keep the late crossing until then.');
      await message(page, 'Bookings on our side').waitFor();
      await take(page, 'channel');
      const formatting = page.getByRole('button', { name: 'Formatting bar' });
      await formatting.click();
      await composer(page).fill('Do we keep the **23:40** crossing?\n- in winter\n- at Easter');
      await take(page, 'formatting');
      await composer(page).fill('');
      await formatting.click();
      await clickInMessage(message(page, 'Bookings on our side'), 'Reply in thread');
      await writeInThread(page, 'Could you send us the numbers?');
      await take(page, 'thread');
      await page.keyboard.press('Escape');
      await openMembers(page);
      await take(page, 'members');
      await page
        .getByRole('complementary', { name: 'Members' })
        .getByRole('button', { name: 'Close' })
        .click();
      const staged = await chooseFiles(page, [
        { name: 'harbour.png', mimeType: 'image/png', buffer: makePicture(480, 300) },
        { name: 'timetable.txt', mimeType: 'text/plain', buffer: Buffer.from('23:40') },
      ]);
      await take(page, 'files');
      while ((await staged.getByRole('button', { name: /^Do not send/ }).count()) > 0)
        await staged
          .getByRole('button', { name: /^Do not send/ })
          .first()
          .click();
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Go to' }).fill('fe');
      await take(page, 'go-to');
      await page.keyboard.press('Escape');
      await openRoomSettings(page);
      await take(page, 'room-settings');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await openMySettings(page, 'Notifications');
      await take(page, 'notifications');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'New message' }).first().click();
      const dialog = page.getByRole('dialog', { name: 'New message' });
      await dialog.getByRole('combobox', { name: /^(Who|To)$/ }).fill(bob.user.user_id);
      await dialog.getByRole('option', { name: bob.user.user_id }).waitFor();
      await take(page, 'direct-message');
      await page.keyboard.press('Escape');
      if (await dialog.isVisible()) await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await ada.context.setOffline(true);
      await page.getByText('Connection lost').waitFor();
      await take(page, 'connection-lost');
      await ada.context.setOffline(false);
      await page.getByText('Connection lost').waitFor({ state: 'detached', timeout: 60_000 });
      await page.setViewportSize({ width: 1600, height: 1000 });
      await bob.page.setViewportSize({ width: 1600, height: 1000 });
      await openRoom(page, demo.channel.name);
    },
  },
  {
    name: 'guide: what it names and shows exists',
    run: async () => {
      const texts = new Set(textsOf(JSON.parse(await readFile(CATALOGUE, 'utf8'))));
      const pages = (await readdir(GUIDE)).filter((name) => name.endsWith('.md'));
      expectEqual('the guide has its pages', pages.length, 12);
      const faults: string[] = [];
      let all = 0;
      for (const name of pages) {
        const written = await readFile(join(GUIDE, name), 'utf8');
        const prose = written.replace(/`[^`\n]*`/g, '').replace(/\s+/g, ' ');
        for (const [, control = ''] of prose.matchAll(/\*\*([^*]+)\*\*/g)) {
          if (control !== 'bold' && !texts.has(control)) faults.push(`${name}: the app has no “${control}”`);
        }
        for (const [, target = ''] of written.matchAll(/\]\(([^)#]+)\)/g)) {
          const file = await stat(join(GUIDE, target)).catch(() => undefined);
          if (!file) faults.push(`${name}: there is no ${target}`);
          if (!file || !target.endsWith('.png')) continue;
          all += file.size;
          if (file.size > LARGEST_PICTURE) faults.push(`${target} has ${file.size} bytes`);
        }
      }
      if (all > LARGEST_ALL) faults.push(`the pictures have ${all} bytes`);
      if (faults.length > 0) throw new Error(faults.join('\n'));
    },
  },
];

async function take(page: Page, name: string): Promise<void> {
  await page.setViewportSize(SIZE);
  await page.waitForTimeout(400);
  const path = `${ARTEFACTS}guide-${name}.png`;
  await page.screenshot({ path });
  const { size } = await stat(path);
  if (size > LARGEST_PICTURE) throw new Error(`The picture ${name} has ${size} bytes.`);
  if (process.env.CAUSEWAY_UPDATE_PICTURES) {
    await mkdir(join(GUIDE, 'pictures'), { recursive: true });
    await copyFile(path, join(GUIDE, 'pictures', `${name}.png`));
  }
}

const textsOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [String(value)];
