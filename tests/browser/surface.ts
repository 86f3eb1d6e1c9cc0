/** How the app behaves whatever one does in it: its weight, its policy, the keyboard, its files. */
import { get } from 'node:http';
import type { Page } from 'playwright-core';
import { openPage, type Person } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { noFaults } from './messages-page.ts';
import { message, openRoom, write } from './room-page.ts';
import { ask, roomPath } from './rooms-page.ts';
import type { Scenario } from './story.ts';

/** Word for word what the threat model asks for. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
].join('; ');
const MOST_SCRIPT_BYTES = 250 * 1024;
/** Nothing is farther away than this. */
const MOST_TABS = 45;
const BERTHS = ['berth one', 'berth two', 'berth three', 'berth four', 'berth five', 'berth six'] as const;
const MOST_MOTION_S = 0.001;

export const surfaceScenarios: readonly Scenario[] = [
  {
    name: 'surface: little script before sign-in, under the policy of the threat model',
    shows: ['surface.script', 'surface.csp'],
    run: async ({ browser, demo }) => {
      const { url } = demo.workspaces[0];
      const { page, context } = await openPage(browser, url);
      await page.getByLabel('User name').waitFor();
      const scripts = (await page.evaluate(
        `performance.getEntriesByType('resource').map((one) => one.name).filter((name) => /\\.m?js$/.test(new URL(name).pathname))`,
      )) as readonly string[];
      if (scripts.length === 0) throw new Error('No script was seen.');
      const sizes = await Promise.all(scripts.map(gzippedSize));
      const total = sizes.reduce((sum, size) => sum + size, 0);
      if (total > MOST_SCRIPT_BYTES)
        throw new Error(`There are ${total} bytes of script before sign-in: ${scripts.join(', ')}`);
      const answer = await page.goto(url);
      expectEqual('the policy', answer?.headers()['content-security-policy'], POLICY);
      await context.close();
    },
  },
  {
    name: 'surface: signing in, writing and all that follows by the keyboard alone, with the focus in sight',
    shows: ['surface.keyboard'],
    run: async ({ browser, demo }) => {
      const [north] = demo.workspaces;
      const { page, context } = await openPage(browser, north.url);
      const keys = page.keyboard;
      await page.getByLabel('User name').waitFor();
      await tabTo(page, 'User name');
      await keys.type(north.users[0].username);
      await tabTo(page, 'Password');
      await keys.type(north.users[0].password);
      await keys.press('Enter');
      await page.getByRole('link', { name: /^Invitations/ }).waitFor();
      await keys.press('Control+k');
      await page.getByRole('dialog', { name: 'Go to' }).waitFor();
      await keys.type(demo.channel.name);
      await page.getByRole('option', { name: demo.channel.name }).first().waitFor();
      await expectSoon('the room is the first that is found', async () =>
        /^(?!Search for)/.test((await page.getByRole('option').first().textContent()) ?? ''),
      );
      await keys.press('Enter');
      await page.getByRole('heading', { name: demo.channel.name, level: 1 }).waitFor();

      await tabTo(page, /^Write to/);
      await keys.type('Typed withuot a mouse');
      await keys.press('Enter');
      await message(page, 'Typed withuot a mouse').waitFor();
      await expectSoon('the message is on the server and can be edited', async () => {
        await keys.press('ArrowUp');
        return /^Editing/.test(await focused(page));
      });
      await keys.press('Control+a');
      await keys.type('Typed without a mouse');
      await keys.press('Enter');
      await message(page, 'Typed without a mouse').getByText('(edited)').waitFor();

      await tabToMessage(page, 'Typed without a mouse');
      await tabTo(page, 'Add a reaction');
      await keys.press('Enter');
      await page.getByRole('searchbox', { name: 'Search emoji' }).waitFor();
      await keys.type('tada');
      await page.locator('[data-emoji]').first().waitFor();
      await keys.press('Enter');
      await message(page, 'Typed without a mouse')
        .getByRole('button', { name: /reacted with/ })
        .waitFor();

      await tabToMessage(page, 'Typed without a mouse');
      await tabTo(page, 'Reply');
      await keys.press('Enter');
      await expectSoon('the composer has the focus', async () => /^Write to/.test(await focused(page)));
      await keys.type('Answered without one, too');
      await keys.press('Enter');
      await message(page, 'Answered without one, too').waitFor();

      await tabToMessage(page, 'Answered without one, too');
      await tabTo(page, /thread/i);
      await keys.press('Enter');
      const thread = page.getByRole('complementary', { name: 'Thread', exact: true });
      await thread.waitFor();
      await tabTo(page, 'Write to the thread');
      await keys.type('A thread by keys');
      await keys.press('Enter');
      await thread.getByRole('article').filter({ hasText: 'A thread by keys' }).waitFor();
      await keys.press('Escape');

      await menuByKeys(page, 'Room menu', 'Invite people');
      const invite = page.getByRole('dialog', { name: /^Invite to/ });
      await invite.waitFor();
      await expectSoon('the dialog has the focus', async () => focusIsIn(page));
      await keys.press('Escape');
      await invite.waitFor({ state: 'detached' });
      await menuByKeys(page, 'Room menu', /settings/i);
      await page.getByRole('dialog').waitFor();
      await expectSoon('the dialog has the focus', async () => focusIsIn(page));
      await keys.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await menuByKeys(page, /: your menu$/, /^Settings/);
      await page.getByRole('dialog').waitFor();
      await keys.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await context.close();
    },
  },
  {
    name: 'surface: a list of rooms is one stop of the Tab key, however long, and the arrow keys move in it',
    shows: ['surface.keyboard'],
    run: async ({ ada }) => {
      const { page } = ada;
      const made: string[] = [];
      for (const name of BERTHS) {
        const { body } = await ask(ada, 'POST', '/createRoom', { name });
        made.push(String(body.room_id));
      }
      const list = page.getByRole('region', { name: 'Channels', exact: true }).getByRole('list');
      const links = list.getByRole('link');
      for (const name of BERTHS) await links.filter({ hasText: name }).waitFor();
      await openRoom(page, BERTHS[1]);
      const names = await links.allTextContents();
      const current = names.findIndex((name) => name.startsWith(BERTHS[1]));
      const last = names.length - 1;
      await page.locator('body').focus();
      await tabTo(page, 'New channel');
      const steps: readonly (readonly [key: string, to: number])[] = [
        ['Tab', current],
        ['Home', 0],
        ['ArrowUp', 0],
        ['ArrowDown', 1],
        ['End', last],
        ['ArrowDown', last],
        ['ArrowUp', last - 1],
      ];
      for (const [key, to] of steps) {
        await page.keyboard.press(key);
        await expectSoon(`${key} leads to ${names[to]}`, async () => (await focused(page)) === names[to]);
      }
      await page.keyboard.press('Tab');
      expectEqual('what follows the list', await focused(page), 'New message');
      await page.keyboard.press('Shift+Tab');
      expectEqual('the way back, to the current room', await focused(page), names[current]);
      await page.keyboard.press('End');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Enter');
      await expectSoon('the room is the current one', async () =>
        Boolean(await links.nth(last - 1).getAttribute('aria-current')),
      );
      await tabTo(page, /^Messages in/);
      for (const roomId of made) await ask(ada, 'POST', `${roomPath(roomId)}/leave`, {});
    },
  },
  {
    name: 'surface: a file that would run is downloaded, sandboxed and taken for what it is',
    shows: ['surface.downloads'],
    run: async ({ ada }) => {
      const token = await tokenOf(ada);
      const { url } = ada.workspace;
      const uploaded = (await (
        await fetch(`${url}/_matrix/media/v3/upload?filename=page.html`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'text/html' },
          body: '<script>document.title = "ran"</script>',
        })
      ).json()) as { content_uri: string };
      const path = uploaded.content_uri.replace('mxc://', '');
      const answer = await fetch(`${url}/_matrix/client/v1/media/download/${path}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expectEqual('the status', answer.status, 200);
      const header = (name: string) => answer.headers.get(name) ?? '';
      expectEqual('it is sandboxed', /^sandbox;/.test(header('content-security-policy')), true);
      expectEqual('it is no page', /^attachment/.test(header('content-disposition')), true);
      expectEqual('it is not guessed at', header('x-content-type-options'), 'nosniff');
      const without = await fetch(`${url}/_matrix/client/v1/media/download/${path}`);
      expectEqual('the status without signing in', without.status, 401);
    },
  },
  {
    name: 'surface: nothing moves for those who asked for less motion',
    run: async ({ ada, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await write(ada.page, 'Keep still');
      await ada.page.emulateMedia({ reducedMotion: 'reduce' });
      const moving = (await ada.page.evaluate(`[...document.querySelectorAll('*')].filter((one) => {
        const style = getComputedStyle(one);
        const longest = (list) => Math.max(...list.split(',').map((time) => parseFloat(time) * (time.trim().endsWith('ms') ? 0.001 : 1)));
        return longest(style.transitionDuration) > ${MOST_MOTION_S}
          || (style.animationName !== 'none' && longest(style.animationDuration) > ${MOST_MOTION_S});
      }).map((one) => one.nodeName + '.' + one.className)`)) as readonly string[];
      await ada.page.emulateMedia({ reducedMotion: 'no-preference' });
      noFaults(moving.map((element) => `moves: ${element}`));
    },
  },
];

/** As it goes over the wire to a browser that takes gzip and nothing better. */
const gzippedSize = (address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(address, { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
      if (answer.headers['content-encoding'] !== 'gzip') reject(new Error(`${address} is not compressed`));
      let size = 0;
      answer.on('data', (bytes: Buffer) => {
        size += bytes.length;
      });
      answer.on('end', () => resolve(size));
    }).on('error', reject);
  });

const tokenOf = async ({ page }: Person): Promise<string> =>
  String(await page.evaluate(`JSON.parse(localStorage.getItem('causeway.session')).accessToken`));

/** The accessible name of what has the focus, and whether one sees it. */
const focused = async (page: Page): Promise<string> => {
  const { name, seen } = (await page.evaluate(`(() => {
    const one = document.activeElement;
    const labelled = one.getAttribute('aria-labelledby');
    const name = one.getAttribute('aria-label')
      ?? (labelled ? document.getElementById(labelled)?.textContent : undefined)
      ?? one.labels?.[0]?.textContent ?? one.textContent ?? '';
    const outlined = (element) => {
      const style = getComputedStyle(element);
      return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    };
    const seen = one === document.body || outlined(one) || outlined(one.parentElement) || one.closest(':focus-within[class*="focus-within:"]') !== null;
    return { name: name.trim(), seen };
  })()`)) as { name: string; seen: boolean };
  if (!seen) throw new Error(`The focus on “${name}” cannot be seen.`);
  return name;
};

const matches = (name: string, wanted: string | RegExp) =>
  typeof wanted === 'string' ? name === wanted : wanted.test(name);

async function tabTo(page: Page, wanted: string | RegExp, key = 'Tab'): Promise<void> {
  await expectSoon('something has the focus', async () =>
    Boolean(await page.evaluate('document.activeElement !== document.body')),
  );
  const passed: string[] = [];
  for (let turn = 0; turn < MOST_TABS; turn++) {
    const name = await focused(page);
    if (matches(name, wanted)) return;
    passed.push(name.slice(0, 40));
    await page.keyboard.press(key);
  }
  throw new Error(`${String(wanted)} was not reached by Tab: ${passed.slice(0, 60).join(' | ')}`);
}

/** Backwards from the field to the list, and up in it: the newest messages come first. */
async function tabToMessage(page: Page, words: string): Promise<void> {
  await tabTo(page, /^Write to/);
  await tabTo(page, /^Messages in/, 'Shift+Tab');
  await page.keyboard.press('End');
  await expectSoon('the newest message is in view', async () =>
    page.getByRole('button', { name: 'To the newest' }).isHidden(),
  );
  const passed: string[] = [];
  for (let turn = 0; turn < MOST_TABS; turn++) {
    passed.push((await focused(page)).slice(0, 30));
    const there = await page.evaluate(
      `document.activeElement.matches('article') && document.activeElement.textContent.includes(${JSON.stringify(words)})`,
    );
    if (there) return;
    await page.evaluate('window.left = document.activeElement');
    await page.keyboard.press('ArrowUp');
    await expectSoon('the focus has moved on', async () =>
      Boolean(await page.evaluate('document.activeElement !== window.left')),
    );
  }
  throw new Error(`The message ${words} was not reached by the arrow keys: ${passed.join(' | ')}`);
}

async function menuByKeys(page: Page, menu: string | RegExp, entry: string | RegExp): Promise<void> {
  await tabTo(page, menu);
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor();
  const entries = page.getByRole('menu').locator('[role^="menuitem"]:not([data-disabled])');
  const names = (await entries.allTextContents()).map((name) => name.trim());
  const at = names.findIndex((name) => matches(name, entry));
  if (at < 0) throw new Error(`The menu has no entry ${String(entry)}.`);
  for (let turn = 0; turn <= at; turn++) {
    await expectSoon(`${names[turn]} has the focus`, async () => {
      const name = String(await page.evaluate('document.activeElement.textContent'));
      return name.trim() === names[turn];
    });
    await page.keyboard.press(turn === at ? 'Enter' : 'ArrowDown');
  }
}

const focusIsIn = async (page: Page): Promise<boolean> =>
  Boolean(await page.evaluate(`document.activeElement.closest('[role=dialog]') !== null`));
