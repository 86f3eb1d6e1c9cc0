/** What becomes of messages when the server refuses, the connection is gone, or there are many. */
import { inspect } from './artefacts.ts';
import type { Person } from './browser.ts';
import { expectSoon } from './expect.ts';
import { noFaults } from './messages-page.ts';
import { message, messages, openRoom, toNewest, write } from './room-page.ts';
import { ask, readableTexts, roomPath } from './rooms-page.ts';
import type { Scenario } from './story.ts';

export const deliveryScenarios: readonly Scenario[] = [
  {
    name: 'a refused message says so, is kept, and goes out on retry',
    shows: ['state.failed'],
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
    shows: ['connection.banner', 'connection.queued', 'connection.resumed', 'lost.sending'],
    run: async ({ ada, bob, demo }) => {
      for (const { page } of [ada, bob]) await openRoom(page, demo.channel.name);
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
    shows: ['history.older'],
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
      // Wherever ada has scrolled to.
      const isLast = (text: string) => text.startsWith(`Number ${count}.`);
      await expectSoon(
        'all of them are on the other side',
        async () => (await readableTexts(ada, demo.channel.room_id)).some(isLast),
        30_000,
      );
      await ada.page.reload();
      await toNewest(ada.page, `Number ${count}.`);
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
  {
    name: 'while older messages are awaited, what one writes and what comes is shown',
    shows: ['history.older'],
    run: async ({ ada, bob, demo }) => {
      const { page } = ada;
      const waves = Array.from({ length: 60 }, (_, index) => `Wave ${index + 1}.`);
      for (const body of waves) {
        const path = `${roomPath(demo.channel.room_id)}/send/m.room.message/${crypto.randomUUID()}`;
        await ask(bob, 'PUT', path, { msgtype: 'm.text', body });
      }
      await openRoom(bob.page, demo.channel.name);
      await openRoom(page, demo.channel.name);
      await toNewest(page, 'Wave 60.');
      const older = Promise.withResolvers<void>();
      let isAsked = false;
      await page.route(/\/messages\?/, async (route) => {
        isAsked = true;
        await older.promise;
        await route.continue();
      });
      await page.reload();
      await toNewest(page, 'Wave 60.');
      const box = await page.getByRole('log').boundingBox();
      if (box) await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await expectSoon('older messages are asked for', async () => {
        await page.mouse.wheel(0, -2_000);
        return isAsked;
      });
      await write(page, 'Swimming on meanwhile');
      await message(bob.page, 'Swimming on meanwhile').waitFor();
      await write(bob.page, 'And so do we');
      await message(page, 'And so do we').waitFor();
      older.resolve();
      await page.unrouteAll({ behavior: 'wait' });
      // In short turns: only the rows near the view are made, and a long one may go past what is looked for.
      await expectSoon('the older ones are there', async () => {
        await page.mouse.wheel(0, -350);
        return (await message(page, 'Wave 1.').count()) > 0;
      });
    },
  },
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
