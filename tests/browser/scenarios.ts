/** What people do, step by step; each step asserts what the other side shows. */
import type { Browser } from 'playwright-core';
import { inspect } from './artefacts.ts';
import { complaints, openPage, type Person, signIn } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { messageScenarios } from './messages-all.ts';
import { attackScenarios } from './messages-rich-text.ts';
import { makePicture } from './picture.ts';
import {
  accept,
  act,
  actOnMember,
  composer,
  createChannel,
  invitationCard,
  invite,
  inviteAndClose,
  message,
  messages,
  openInbox,
  openMembers,
  openRoom,
  react,
  sendInvitations,
  write,
} from './room-page.ts';
import { invitationScenarios } from './rooms-invitations.ts';
import { screenshotScenario } from './rooms-screenshot.ts';
import { settingsScenarios } from './rooms-settings.ts';
import { type Demo, startBeforeSetup } from './workspaces.ts';

export type Story = {
  readonly browser: Browser;
  readonly demo: Demo;
  /** Signed in at the first workspace. */
  ada: Person;
  /** Signed in at the second workspace. */
  bob: Person;
  /** A colleague of the second. */
  linus: Person;
};

export type Scenario = { readonly name: string; readonly run: (story: Story) => Promise<void> };

const UNREACHABLE = '@nobody:unreachable.invalid';
const UNREACHABLE_LIMIT_MS = 15_000;

const noFaults = (faults: readonly string[]) => {
  if (faults.length > 0) throw new Error(`axe objects:\n${[...new Set(faults)].join('\n')}`);
};

const unreadOf = async (person: Person, room: string) => {
  const label = await person.page
    .getByRole('link', { name: room })
    .first()
    .getByRole('img', { name: /unread/ })
    .getAttribute('aria-label', { timeout: 500 })
    .catch(() => '');
  return label ?? '';
};

export const scenarios: readonly Scenario[] = [
  {
    name: 'a wrong password is refused where it was typed, the right one signs in, on both sides',
    run: async (story) => {
      const [north, south] = story.demo.workspaces;
      const { page, context } = await openPage(story.browser, north.url);
      await page.getByLabel('User name').fill(north.users[0].username);
      await page.getByLabel('Password').fill('not the password');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
      const faults = await inspect(page, 'sign-in');
      await context.close();
      story.ada = await signIn(story.browser, north, north.users[0]);
      story.bob = await signIn(story.browser, south, south.users[0]);
      story.linus = await signIn(story.browser, south, south.users[1]);
      noFaults(faults);
    },
  },
  {
    name: 'both sides see the shared channel and which organisations are in it',
    run: async ({ ada, bob, demo }) => {
      for (const person of [ada, bob]) {
        await openRoom(person.page, demo.channel.name);
        await person.page.getByRole('button', { name: /^2 organisations: / }).waitFor();
        await person.page.getByRole('img', { name: 'Shared with other organisations' }).first().waitFor();
      }
    },
  },
  screenshotScenario,
  {
    name: 'messages go both ways and a remote author bears the organisation',
    run: async ({ ada, bob }) => {
      await write(ada.page, 'Good morning from the north');
      await message(bob.page, 'Good morning from the north').waitFor();
      await write(bob.page, 'And from the south');
      await message(ada.page, 'And from the south')
        .getByText(bob.workspace.server_name, { exact: true })
        .waitFor();
      await composer(ada.page).fill('one line');
      await composer(ada.page).press('Shift+Enter');
      await composer(ada.page).pressSequentially('another line');
      await composer(ada.page).press('Enter');
      await message(bob.page, 'one line\nanother line').waitFor();
    },
  },
  {
    name: 'an edit shows on the other side, marked',
    run: async ({ ada, bob }) => {
      await write(ada.page, 'The meting is at nine');
      await message(bob.page, 'The meting is at nine').waitFor();
      await composer(ada.page).press('ArrowUp');
      await composer(ada.page).fill('The meeting is at ten');
      await composer(ada.page).press('Enter');
      await message(bob.page, 'The meeting is at ten').getByText('(edited)').waitFor();
      expectEqual(
        'the old words are gone',
        await messages(bob.page).filter({ hasText: 'meting' }).count(),
        0,
      );
    },
  },
  {
    name: 'a reply shows what it answers and leads to it',
    run: async ({ ada, bob }) => {
      await act(bob.page, 'The meeting is at ten', 'Reply');
      await write(bob.page, 'Then I can be there');
      const quote = message(ada.page, 'Then I can be there').getByRole('button', {
        name: /The meeting is at ten/,
      });
      await quote.click();
      await ada.page.locator('article.flash').filter({ hasText: 'The meeting is at ten' }).waitFor();
    },
  },
  {
    name: 'reactions count people from both sides and can be taken back',
    run: async ({ ada, bob }) => {
      await react(ada.page, 'Then I can be there', 'tada');
      const pill = (person: Person) =>
        message(person.page, 'Then I can be there').getByRole('button', { name: /reacted with 🎉/ });
      await pill(bob).waitFor();
      await pill(bob).click();
      await expectSoon('two people reacted', async () => (await pill(ada).innerText()).includes('2'));
      await pill(bob).click();
      await expectSoon('one person reacted', async () => (await pill(ada).innerText()).includes('1'));
    },
  },
  {
    name: 'a deleted message leaves a mark on the other side',
    run: async ({ ada, bob }) => {
      await write(ada.page, 'This should not be here');
      await message(bob.page, 'This should not be here').waitFor();
      await act(ada.page, 'This should not be here', 'Delete');
      await ada.page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
      await message(bob.page, 'Message deleted').waitFor();
      expectEqual(
        'what it said is gone',
        await messages(bob.page).filter({ hasText: 'should not be' }).count(),
        0,
      );
    },
  },
  {
    name: 'a picture arrives, reserved in its size, and can be enlarged',
    run: async ({ ada, bob }) => {
      const chooser = ada.page.waitForEvent('filechooser');
      await ada.page.getByRole('button', { name: 'Attach files' }).click();
      await (await chooser).setFiles({
        name: 'coast.png',
        mimeType: 'image/png',
        buffer: makePicture(900, 500),
      });
      await ada.page.getByRole('list', { name: 'Files to send' }).getByText('coast.png').waitFor();
      await composer(ada.page).press('Enter');
      for (const person of [ada, bob]) {
        const picture = person.page.getByRole('log').getByRole('img', { name: 'coast.png' }).last();
        await picture.waitFor({ timeout: 20_000 });
        await expectSoon('the picture is drawn', async () =>
          picture.evaluate((element: unknown) => {
            const { complete, naturalWidth } = element as { complete: boolean; naturalWidth: number };
            return complete && naturalWidth > 0;
          }),
        );
      }
      await bob.page.getByRole('button', { name: 'Enlarge coast.png' }).click();
      await bob.page.getByRole('dialog', { name: 'coast.png' }).getByRole('img').waitFor();
      const faults = await inspect(bob.page, 'lightbox');
      await bob.page.keyboard.press('Escape');
      await bob.page.getByRole('dialog').waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'pictures can be dropped and pasted',
    run: async ({ ada, bob }) => {
      for (const kind of ['drop', 'paste'] as const) {
        const base64 = makePicture(320, 200).toString('base64');
        await ada.page.evaluate(`(async () => {
          const bytes = Uint8Array.from(atob('${base64}'), (c) => c.charCodeAt(0));
          const data = new DataTransfer();
          data.items.add(new File([bytes], '${kind}ed.png', { type: 'image/png' }));
          const box = document.querySelector('form textarea');
          box.dispatchEvent('${kind}' === 'drop'
            ? new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data })
            : new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: data }));
        })()`);
        await ada.page.getByRole('list', { name: 'Files to send' }).getByText(`${kind}ed.png`).waitFor();
        await composer(ada.page).press('Enter');
        await bob.page
          .getByRole('log')
          .getByRole('img', { name: `${kind}ed.png` })
          .last()
          .waitFor();
      }
    },
  },
  {
    name: 'typing shows on the other side and stops',
    run: async ({ ada, bob }) => {
      await composer(bob.page).pressSequentially('I am thinking');
      await ada.page.getByText(/ is typing$/).waitFor();
      const faults = await inspect(ada.page, 'room');
      await composer(bob.page).fill('');
      await ada.page.getByText(/ is typing$/).waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'a channel of this organisation only takes a colleague and refuses an outsider',
    run: async ({ ada, bob, linus }) => {
      await bob.page.getByRole('button', { name: 'New channel' }).first().click();
      const faults = await inspect(bob.page, 'create-channel');
      await bob.page.keyboard.press('Escape');
      await createChannel(bob.page, 'kitchen', false);
      const dialog = await invite(bob.page, linus.user.user_id);
      await sendInvitations(dialog);
      await dialog.getByRole('combobox').fill(ada.user.user_id);
      await dialog.getByText('This channel is for this organisation only.').waitFor();
      faults.push(...(await inspect(bob.page, 'invite')));
      await dialog.getByRole('button', { name: 'Done' }).click();
      await accept(linus.page, 'kitchen');
      await write(linus.page, 'Only among ourselves');
      await message(bob.page, 'Only among ourselves').waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'unread messages and mentions are counted, and reading clears them',
    run: async ({ ada, bob, demo }) => {
      await openRoom(bob.page, 'kitchen');
      await write(ada.page, 'Something to read');
      await composer(ada.page).fill(`@${bob.user.username} this one is for you`);
      await composer(ada.page).press('Enter');
      await message(ada.page, 'this one is for you').waitFor();
      await expectSoon('two unread, one mention', async () =>
        /^2 unread, mentions: 1$/.test(await unreadOf(bob, demo.channel.name)),
      );
      await openRoom(bob.page, demo.channel.name);
      await bob.page.getByText('New', { exact: true }).waitFor();
      await expectSoon('nothing unread', async () => (await unreadOf(bob, demo.channel.name)) === '');
    },
  },
  {
    name: 'a channel with other organisations: invited, accepted, written in from both sides',
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'harbour', true);
      await inviteAndClose(ada.page, bob.user.user_id);
      await bob.page.getByRole('img', { name: '1 invitation' }).waitFor();
      await openInbox(bob.page);
      await invitationCard(bob.page, 'harbour')
        .getByText(ada.workspace.server_name, { exact: true })
        .waitFor();
      const faults = await inspect(bob.page, 'invitations');
      await accept(bob.page, 'harbour');
      await write(bob.page, 'Here I am');
      await message(ada.page, 'Here I am').waitFor();
      await write(ada.page, 'Welcome');
      await message(bob.page, 'Welcome').waitFor();
      await ada.page.getByRole('button', { name: /^2 organisations: / }).waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'name and topic change on both sides',
    run: async ({ ada, bob }) => {
      await ada.page.getByRole('button', { name: 'Room menu' }).click();
      await ada.page.getByRole('menuitem', { name: 'Name and topic' }).click();
      const dialog = ada.page.getByRole('dialog', { name: 'Name and topic' });
      await dialog.getByLabel('Name').fill('harbour wall');
      await dialog.getByLabel('What it is about').fill('Repairs before the winter');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await bob.page.getByRole('heading', { name: 'harbour wall', level: 1 }).waitFor();
      await bob.page.locator('main header').getByText('Repairs before the winter').waitFor();
    },
  },
  {
    name: 'the members panel shows roles and organisations, removes, bans and unbans',
    run: async ({ ada, bob }) => {
      const panel = await openMembers(ada.page);
      await panel.getByText(bob.user.user_id).waitFor();
      await panel.getByText(/^(Creator|Owner)$/).waitFor();
      const faults = await inspect(ada.page, 'members');
      await ada.page.getByRole('button', { name: 'Details' }).click();
      await ada.page.getByRole('complementary', { name: 'Details' }).waitFor();
      faults.push(...(await inspect(ada.page, 'details')));
      await actOnMember(ada.page, bob.user.username, 'Remove');
      await bob.page.getByRole('link', { name: 'harbour wall' }).waitFor({ state: 'detached' });
      await inviteAndClose(ada.page, bob.user.user_id);
      await accept(bob.page, 'harbour wall');
      await actOnMember(ada.page, bob.user.username, 'Ban');
      await bob.page.getByRole('link', { name: 'harbour wall' }).waitFor({ state: 'detached' });
      await (await openMembers(ada.page)).getByRole('region', { name: 'Banned' }).waitFor();
      await actOnMember(ada.page, bob.user.username, 'Unban');
      await ada.page.getByRole('region', { name: 'Banned' }).waitFor({ state: 'detached' });
      await inviteAndClose(ada.page, bob.user.user_id);
      await accept(bob.page, 'harbour wall');
      await write(bob.page, 'Back again');
      await message(ada.page, 'Back again').waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'leaving shows on the other side',
    run: async ({ ada, bob }) => {
      await bob.page.getByRole('button', { name: 'Room menu' }).click();
      await bob.page.getByRole('menuitem', { name: 'Leave channel' }).click();
      await bob.page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
      await bob.page.getByRole('link', { name: 'harbour wall' }).waitFor({ state: 'detached' });
      await ada.page
        .getByRole('log')
        .getByText(/ left$/)
        .last()
        .waitFor();
    },
  },
  {
    name: 'a declined invitation leaves both inboxes and shows to the inviter',
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'side street', true);
      await inviteAndClose(ada.page, bob.user.user_id);
      await openInbox(bob.page);
      await invitationCard(bob.page, 'side street').getByRole('button', { name: 'Decline' }).click();
      await invitationCard(bob.page, 'side street').waitFor({ state: 'detached' });
      await ada.page
        .getByRole('log')
        .getByText(/declined the invitation/)
        .waitFor();
    },
  },
  {
    name: 'a direct message is accepted, answered, and found again instead of made twice',
    run: async ({ ada, bob, demo }) => {
      const start = async () => {
        await ada.page.getByRole('button', { name: 'New message' }).first().click();
        const dialog = ada.page.getByRole('dialog', { name: 'New message' });
        await dialog.getByRole('combobox').fill(bob.user.user_id);
        await dialog.getByRole('option', { name: bob.user.user_id }).waitFor();
        return dialog;
      };
      const dialog = await start();
      const faults = await inspect(ada.page, 'new-message');
      await dialog.getByRole('option', { name: bob.user.user_id }).click();
      await dialog.getByRole('button', { name: 'Start the conversation' }).click();
      await ada.page.getByRole('dialog').waitFor({ state: 'detached', timeout: 20_000 });
      await write(ada.page, 'Just between us');
      const place = ada.page.url();
      await openInbox(bob.page);
      await bob.page.getByText('wants to write to you').waitFor();
      await accept(bob.page, 'wants to write to you');
      await message(bob.page, 'Just between us').waitFor();
      await write(bob.page, 'Of course');
      await message(ada.page, 'Of course').waitFor();
      await openRoom(ada.page, demo.channel.name);
      const again = await start();
      await again.getByRole('option', { name: bob.user.user_id }).click();
      await again.getByRole('button', { name: 'Start the conversation' }).click();
      await expectSoon('the same room opens', async () => ada.page.url() === place);
      noFaults([...faults, ...(await inspect(ada.page, 'direct-message'))]);
    },
  },
  {
    name: 'an unreachable server in an invitation is said in words within 15 seconds, with a retry',
    run: async ({ ada }) => {
      await openRoom(ada.page, 'side street');
      const began = Date.now();
      const dialog = await invite(ada.page, UNREACHABLE);
      await dialog.getByRole('alert').waitFor({ timeout: UNREACHABLE_LIMIT_MS });
      if (Date.now() - began > UNREACHABLE_LIMIT_MS) throw new Error('It took longer than 15 s.');
      await dialog.getByRole('alert').filter({ hasText: UNREACHABLE }).waitFor();
      await dialog.getByRole('button', { name: 'Try again' }).waitFor();
      const faults = await inspect(ada.page, 'invite-unreachable');
      await dialog.getByRole('button', { name: 'Done' }).click();
      noFaults(faults);
    },
  },
  {
    name: 'a refused message says so, is kept, and goes out on retry',
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await ada.page.route('**/send/m.room.message/**', (route) =>
        route.fulfill({
          status: 403,
          contentType: 'application/json',
          body: JSON.stringify({ errcode: 'M_FORBIDDEN', error: 'Not just now.' }),
        }),
      );
      await write(ada.page, 'This one is stubborn');
      const row = message(ada.page, 'This one is stubborn');
      await row.getByText('Not sent. Not just now.').waitFor();
      const faults = await inspect(ada.page, 'message-failed');
      await ada.page.unroute('**/send/m.room.message/**');
      await row.getByRole('button', { name: 'Try again' }).click();
      await message(bob.page, 'This one is stubborn').waitFor();
      await row.getByText('Not sent.').waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'without a connection there is a banner, and what was written arrives when it is back',
    run: async ({ ada, bob }) => {
      await ada.context.setOffline(true);
      await ada.page.getByText('Connection lost').waitFor();
      await write(ada.page, 'Written in a tunnel');
      const faults = await inspect(ada.page, 'connection-lost');
      await ada.context.setOffline(false);
      await message(bob.page, 'Written in a tunnel').waitFor({ timeout: 60_000 });
      await ada.page.getByText('Connection lost').waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'older messages come while scrolling up, none missing, without a jump',
    run: async ({ ada, bob, demo }) => {
      const count = 150;
      await openRoom(ada.page, demo.channel.name);
      await bob.page.evaluate(`(async () => {
        const { accessToken } = JSON.parse(localStorage.getItem('causeway.session'));
        for (let i = 1; i <= ${count}; i++) {
          await fetch('/_matrix/client/v3/rooms/' + encodeURIComponent(${JSON.stringify(demo.channel.room_id)}) + '/send/m.room.message/many-' + Date.now() + i, {
            method: 'PUT',
            headers: { authorization: 'Bearer ' + accessToken, 'content-type': 'application/json' },
            body: JSON.stringify({ msgtype: 'm.text', body: 'Number ' + i + '.' + '\\nand more'.repeat(i % 4) }),
          });
        }
      })()`);
      await message(ada.page, `Number ${count}.`).waitFor({ timeout: 30_000 });
      await ada.page.reload();
      await message(ada.page, `Number ${count}.`).waitFor();
      const seen = new Set<number>();
      const worst = { jump: 0 };
      const read = async () => {
        for (const words of await messages(ada.page).allInnerTexts()) {
          const number = /Number (\d+)\./.exec(words)?.[1];
          if (number) seen.add(Number(number));
        }
      };
      await read();
      const log = ada.page.getByRole('log');
      const box = await log.boundingBox();
      if (box) await ada.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      for (let turn = 0; turn < 120 && !seen.has(1); turn++) {
        await ada.page.mouse.wheel(0, -350);
        await ada.page.waitForTimeout(120);
        await read();
        const before = await settledAnchor(ada);
        await ada.page.waitForTimeout(180);
        const after = await topOf(ada, before.id);
        if (after !== undefined) worst.jump = Math.max(worst.jump, Math.abs(after - before.top));
      }
      for (let number = 1; number <= count; number++) {
        if (!seen.has(number)) throw new Error(`Number ${number} was never shown.`);
      }
      if (worst.jump > 4) throw new Error(`The text jumped by ${worst.jump} px while nobody scrolled.`);
      await ada.page.getByRole('button', { name: 'To the newest' }).click();
      await message(ada.page, `Number ${count}.`).waitFor();
    },
  },
  ...invitationScenarios,
  ...settingsScenarios,
  {
    name: 'the keyboard is enough: switcher, neighbouring rooms, list of shortcuts',
    run: async ({ ada, demo }) => {
      await ada.page.keyboard.press('Control+k');
      await ada.page.getByRole('dialog', { name: 'Go to' }).waitFor();
      const faults = await inspect(ada.page, 'switcher');
      await ada.page.getByRole('combobox', { name: 'Go to' }).fill('side');
      await ada.page.keyboard.press('Enter');
      await ada.page.getByRole('heading', { name: 'side street', level: 1 }).waitFor();
      const here = ada.page.url();
      await ada.page.keyboard.press('Alt+ArrowUp');
      await expectSoon('the room above opens', async () => ada.page.url() !== here);
      await ada.page.keyboard.press('Alt+ArrowDown');
      await expectSoon('the room below opens', async () => ada.page.url() === here);
      await ada.page.getByRole('log').focus();
      await ada.page.keyboard.press('?');
      await ada.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      faults.push(...(await inspect(ada.page, 'shortcuts')));
      await ada.page.keyboard.press('Escape');
      await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
      await openRoom(ada.page, demo.channel.name);
      noFaults(faults);
    },
  },
  {
    name: 'on a phone there is one pane at a time, with a way back',
    run: async ({ ada }) => {
      await ada.page.setViewportSize({ width: 390, height: 844 });
      await ada.page.getByRole('button', { name: 'Back to the list' }).click();
      await ada.page.getByRole('heading', { name: 'Channels' }).waitFor();
      expectEqual('the room is hidden', await ada.page.getByRole('log').isVisible(), false);
      const faults = await inspect(ada.page, 'list');
      noFaults(faults);
    },
  },
  {
    name: 'the theme can be chosen, and signing out ends the session on the server',
    run: async ({ linus }) => {
      const { page } = linus;
      await page
        .getByRole('button', { name: /: your menu$/ })
        .first()
        .click();
      await page.getByRole('menuitemradio', { name: 'Dark' }).click();
      expectEqual('the theme', await page.evaluate('document.documentElement.dataset.theme'), 'dark');
      await page
        .getByRole('button', { name: /: your menu$/ })
        .first()
        .click();
      const faults = await inspect(page, 'my-menu');
      await page.keyboard.press('Escape');
      const token = await page.evaluate(`JSON.parse(localStorage.getItem('causeway.session')).accessToken`);
      await page
        .getByRole('button', { name: /: your menu$/ })
        .first()
        .click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      const answer = await fetch(`${linus.workspace.url}/_matrix/client/v3/account/whoami`, {
        headers: { authorization: `Bearer ${String(token)}` },
      });
      expectEqual('the status of the old token', answer.status, 401);
      noFaults(faults);
    },
  },
  {
    name: 'the set-up page explains the server name, refuses bad answers where they stand, and ends signed in',
    run: async ({ browser }) => {
      const before = await startBeforeSetup();
      try {
        const { page, context } = await openPage(browser, before.value.replace(/token=.*/, 'token=wrong'));
        await page.getByRole('heading', { name: 'This link does not work' }).waitFor();
        await page.goto(before.value);
        await page.getByText('it can never change', { exact: false }).first().waitFor();
        const faults = await inspect(page, 'setup');
        await page.getByRole('button', { name: 'Set up the workspace' }).click();
        await page.getByText('Give the workspace a name.').waitFor();
        await page.getByRole('radio', { name: 'A trial' }).check();
        await page.getByText('can never work with other organisations').first().waitFor();
        faults.push(...(await inspect(page, 'setup-trial')));
        await page.getByLabel('Workspace name').fill('Try-out');
        await page.getByLabel('User name').fill('root');
        await page.getByLabel('Password').fill('a long enough password');
        await page.getByRole('button', { name: 'Set up the workspace' }).click();
        if (process.env.CAUSEWAY_BROWSER_WORKSPACES) {
          await page.getByRole('heading', { name: 'Sign in to Try-out' }).waitFor();
        } else {
          await page.getByRole('heading', { name: 'Welcome to Try-out' }).waitFor({ timeout: 30_000 });
          faults.push(...(await inspect(page, 'home')));
          await page.getByRole('button', { name: 'New channel' }).first().click();
          await page.getByText('can never reach other organisations').waitFor();
          expectEqual(
            'a trial cannot choose other organisations',
            await page.getByRole('radio', { name: 'With other organisations' }).isDisabled(),
            true,
          );
        }
        await context.close();
        noFaults(faults);
      } finally {
        await before.stop();
      }
    },
  },
  ...messageScenarios,
  {
    name: 'no page raised an error or ran into the content security policy',
    run: async () => {
      if (complaints.length > 0) throw new Error([...new Set(complaints)].join('\n'));
    },
  },
  ...attackScenarios,
];

/** A message in the middle of what is shown, and where it stands. */
async function anchor(person: Person): Promise<{ id: string; top: number }> {
  return (await person.page.evaluate(`(() => {
    const log = document.querySelector('[role=log]').getBoundingClientRect();
    for (const row of document.querySelectorAll('[data-event-id]')) {
      const box = row.getBoundingClientRect();
      if (box.top > log.top + log.height / 3) return { id: row.dataset.eventId, top: box.top };
    }
    return { id: '', top: 0 };
  })()`)) as { id: string; top: number };
}

/** The same, once scrolling has come to rest. */
async function settledAnchor(person: Person): Promise<{ id: string; top: number }> {
  let before = await anchor(person);
  for (let turn = 0; turn < 20; turn++) {
    await person.page.waitForTimeout(80);
    const after = await anchor(person);
    if (after.id === before.id && after.top === before.top) break;
    before = after;
  }
  return before;
}

async function topOf(person: Person, id: string): Promise<number | undefined> {
  return (await person.page.evaluate(
    `document.querySelector('[data-event-id="' + CSS.escape(${JSON.stringify(id)}) + '"]')?.getBoundingClientRect().top`,
  )) as number | undefined;
}
