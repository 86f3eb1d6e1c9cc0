/**
 * Rooms with many members and many messages, made on a further organisation in bulk.
 *
 * CAUSEWAY_BROWSER_MEMBERS and CAUSEWAY_BROWSER_MESSAGES set other sizes. In the short profile the newest 2,000 of the
 * messages are gone through in the browser, since that takes a while; all of them through the API.
 */

import { parseRoomId, parseUserId, type RoomId, type UserId } from '@causeway/protocol';
import { joinAll, sayAll } from '@causeway/testing';
import type { Page } from 'playwright-core';
import { glance, inspect } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { call, noFaults } from './messages-page.ts';
import { pageBack } from './paging.ts';
import type { Peer } from './peers.ts';
import { isLong } from './profile.ts';
import { message, openRoom, shareChannel, write } from './room-page.ts';
import { madeOnce, type Scenario, type Story } from './story.ts';

const MEMBERS = Number(process.env.CAUSEWAY_BROWSER_MEMBERS ?? 10_000);
const MESSAGES = Number(process.env.CAUSEWAY_BROWSER_MESSAGES ?? 20_000);
const PAGED = isLong ? MESSAGES : 2_000;
/** Twice as many milliseconds as a busy machine took for each message. */
const PAGING_LIMIT_MS = 60_000 + 16 * PAGED;
const HOST = 'slow.test';
const JOIN_TIMEOUT_MS = 150_000;
const ELSEWHERE_LIMIT_MS = 2_000;
/** More than a server is told all of at once, and few enough to be here soon. */
const SOME_MEMBERS = 120;
/** The server answers with those who are known after 30 s. */
const MEMBERS_ANSWERED_MS = 45_000;

const hostOf = ({ demo }: Story): Peer => {
  const host = demo.peers?.[HOST];
  if (host === undefined) throw new Error('There are no further organisations.');
  return host;
};

const localUser = (name: string): UserId => {
  const userId = parseUserId(`@${name}:${HOST}`);
  if (userId === undefined) throw new Error(`bad name ${name}`);
  return userId;
};

/** A public room of the host; its alias and ID. */
async function makeRoom(host: Peer, alias: string, name: string): Promise<{ roomId: RoomId; alias: string }> {
  const owner = await host.person('owner');
  const made = await owner.ok('POST', '/createRoom', {
    preset: 'public_chat',
    name,
    room_alias_name: alias,
  });
  const roomId = parseRoomId(String(made.room_id));
  if (roomId === undefined) throw new Error('no room');
  return { roomId, alias: `#${alias}:${HOST}` };
}

const UNRECOGNIZED = JSON.stringify({ errcode: 'M_UNRECOGNIZED', error: 'Not known here.' });

/** Lets the next answer to a kind of request pass up to its middle, and the rest when it is told to. */
function holdAnswer(
  host: Peer,
  { to, unknown }: { readonly to: string; readonly unknown?: string },
): { release: () => void } {
  const share = 0.5;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  host.behave = async (request, honestly) => {
    if (unknown !== undefined && request.path.includes(unknown)) return { status: 404, body: UNRECOGNIZED };
    const answer = await honestly();
    if (!request.path.includes(to) || !(answer.body instanceof Uint8Array)) return answer;
    host.behave = undefined;
    const text = Buffer.from(answer.body).toString();
    const at = Math.floor(text.length * share);
    const pieces = async function* () {
      yield text.slice(0, at);
      await released;
      yield text.slice(at);
    };
    return { ...answer, body: pieces() };
  };
  return { release };
}

async function openJoinScreen(page: Page, alias: string): Promise<void> {
  await page.evaluate(`location.hash = '#/join/${encodeURIComponent(alias)}'`);
  await page.getByRole('heading', { name: alias, level: 2 }).waitFor();
}

/** A room that bob had open while more came than one sync tells; its ID. */
const archive = madeOnce(async (story) => {
  const { bob } = story;
  const host = hostOf(story);
  const { roomId, alias } = await makeRoom(host, 'archive', 'archive');
  await openJoinScreen(bob.page, alias);
  await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
  await bob.page.getByRole('heading', { name: 'archive', level: 1 }).waitFor({ timeout: 30_000 });
  const texts = Array.from({ length: MESSAGES }, (_, index) => `entry ${index};`);
  const owner = await host.person('owner');
  await sayAll(host.server.engine, roomId, [localUserOf(owner.userId)], texts);
  await message(bob.page, `entry ${MESSAGES - 1};`).waitFor({ timeout: 120_000 });
  return roomId;
});

/** Bob has gone through it, and it is still open. */
const pagedArchive = madeOnce(async (story) => {
  await archive(story);
  const began = Date.now();
  await pageBack(story.bob.page, {
    oldest: Math.max(0, MESSAGES - PAGED),
    newest: MESSAGES - 1,
    limitMs: PAGING_LIMIT_MS,
  });
  console.log(`       paged through ${PAGED} messages in the browser in ${Date.now() - began} ms`);
});

export const largeRoomScenarios: readonly Scenario[] = [
  {
    name: 'a large room is joined with progress while other rooms are used',
    shows: ['large.join', 'large.usable'],
    run: async (story) => {
      const { ada, bob } = story;
      const host = hostOf(story);
      const { roomId, alias } = await makeRoom(host, 'large', 'assembly');
      const people = Array.from({ length: MEMBERS - 2 }, (_, index) => ({
        userId: localUser(`member${index}`),
        displayname: `Member ${index}`,
      }));
      await joinAll(host.server.engine, roomId, people);
      await shareChannel(ada, [bob], 'meanwhile');
      const second = await bob.context.newPage();
      await second.goto(bob.page.url());
      await openRoom(second, 'meanwhile');

      // At first the host is a server that leaves nobody out, and its answer stops, so that there is time to cancel.
      let hold = holdAnswer(host, { to: '/v1/send_join/', unknown: '/v2/send_join/' });
      await openJoinScreen(bob.page, alias);
      await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
      const progress = bob.page
        .getByRole('status')
        .filter({ hasText: /^Checking [\d,]+ of [\d,]+ members$/ });
      await progress.waitFor({ timeout: 60_000 });
      const faults = await inspect(bob.page, 'join-progress');
      await bob.page.getByRole('button', { name: 'Cancel joining' }).click();
      await bob.page.getByText('Joining was cancelled').waitFor();
      hold.release();

      // Then it leaves nearly everybody out, and they do not come before they may.
      hold = holdAnswer(host, { to: '/v1/state/' });
      const began = Date.now();
      await bob.page.getByRole('button', { name: 'Try again' }).click();
      await bob.page
        .getByRole('heading', { name: 'assembly', level: 1 })
        .waitFor({ timeout: JOIN_TIMEOUT_MS });
      console.log(`       a room of ${MEMBERS} members was there after ${Date.now() - began} ms`);
      const written = Date.now();
      await write(second, 'The large room is still coming');
      await message(ada.page, 'The large room is still coming').waitFor();
      const took = Date.now() - written;
      console.log(`       a message elsewhere arrived after ${took} ms`);
      if (took > ELSEWHERE_LIMIT_MS) throw new Error(`A message elsewhere took ${took} ms.`);
      await second.close();
      await write(bob.page, 'I am one of many');
      const owner = await host.person('owner');
      await expectSoon('the message is there', async () => {
        const page = await owner.ok('GET', `/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=5`);
        return JSON.stringify(page).includes('I am one of many');
      });

      const count = MEMBERS.toLocaleString('en');
      await bob.page
        .getByRole('button', { name: new RegExp(`^(${MEMBERS}|${count}) members$`) })
        .click({ timeout: 30_000 });
      const panel = bob.page.getByRole('complementary', { name: 'Members' });
      const notice = panel.getByText('Members are still arriving');
      await notice.waitFor();
      faults.push(...(await inspect(bob.page, 'large-room-arriving')));
      hold.release();
      await panel.getByText('Member 0', { exact: true }).first().waitFor({ timeout: JOIN_TIMEOUT_MS });
      await notice.waitFor({ state: 'detached', timeout: 60_000 });
      faults.push(...(await inspect(bob.page, 'large-room-members')));
      await panel.hover();
      await bob.page.mouse.wheel(0, 4_000);
      await panel.getByRole('searchbox').fill(`Member ${MEMBERS - 3}`);
      await panel.getByText(`Member ${MEMBERS - 3}`, { exact: true }).waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'the members of a large room that take longer than half a minute come into the open list by themselves',
    shows: ['large.usable'],
    run: async (story) => {
      const { page } = story.bob;
      const host = hostOf(story);
      const { roomId, alias } = await makeRoom(host, 'slowly', 'slowly');
      const people = Array.from({ length: SOME_MEMBERS - 2 }, (_, index) => ({
        userId: localUser(`slow${index}`),
        displayname: `Slow ${index}`,
      }));
      await joinAll(host.server.engine, roomId, people);
      const hold = holdAnswer(host, { to: '/v1/state/' });
      await openJoinScreen(page, alias);
      await page.getByRole('button', { name: 'Join', exact: true }).click();
      await page.getByRole('heading', { name: 'slowly', level: 1 }).waitFor({ timeout: 30_000 });
      const panel = page.getByRole('complementary', { name: 'Members' });
      const notice = panel.getByText('Members are still arriving');
      const open = async () => {
        await page.getByRole('button', { name: `${SOME_MEMBERS} members` }).click();
        await notice.waitFor();
      };
      const [answered] = await Promise.all([
        page.waitForResponse((response) => response.url().includes('/members?'), {
          timeout: MEMBERS_ANSWERED_MS,
        }),
        open(),
      ]);
      expectEqual('the status of the answer about members', answered.status(), 200);
      // What is known is shown, and that it is not all.
      await notice.waitFor();
      await panel.getByText('Sol', { exact: true }).waitFor();
      const faults = await inspect(page, 'large-room-slow-members');
      hold.release();
      await notice.waitFor({ state: 'detached', timeout: 60_000 });
      await panel.getByRole('searchbox').fill(`Slow ${SOME_MEMBERS - 3}`);
      await panel.getByText(`Slow ${SOME_MEMBERS - 3}`, { exact: true }).waitFor();
      faults.push(...(await glance(page, 'large-room-slow-members-here')));
      noFaults(faults);
    },
  },
  {
    name: 'a room gets many messages, and the API gives each of them once',
    run: async (story) => {
      const roomId = await archive(story);
      const began = Date.now();
      await expectEntriesByApi(story, roomId);
      console.log(`       paged through ${MESSAGES} messages by the API in ${Date.now() - began} ms`);
    },
  },
  {
    name: 'a room with many messages is paged through without a gap or a double',
    shows: ['large.paging'],
    limitMs: 2 * PAGING_LIMIT_MS,
    run: pagedArchive,
  },
  {
    name: 'a room with many messages is leapt through, to its oldest loaded message and back',
    shows: ['large.paging'],
    limitMs: 2 * PAGING_LIMIT_MS,
    run: async (story) => {
      await pagedArchive(story);
      const { page } = story.bob;
      const log = page.getByRole('log');
      const inView = async () => entriesInView(page);
      await log.focus();
      await page.keyboard.press('End');
      await expectSoon('the newest is in view', async () => (await inView()).includes(MESSAGES - 1));
      await page.keyboard.press('Home');
      await expectSoon('the oldest are in view', async () => {
        const seen = await inView();
        return seen.length > 3 && seen.every((entry) => entry < MESSAGES - PAGED / 2);
      });
      // As a hand on the scroll bar leaps.
      await log.evaluate((box) => {
        box.scrollTop /= 2;
      });
      await expectSoon('some in the middle are in view', async () => {
        const seen = await inView();
        return seen.length > 3 && seen.every((entry) => entry < MESSAGES - PAGED / 8);
      });
      await page.keyboard.press('End');
      await expectSoon('the newest is in view again', async () => (await inView()).includes(MESSAGES - 1));
    },
  },
];

const entriesInView = async (page: Page): Promise<readonly number[]> =>
  (await page.getByRole('log').evaluate((box) => {
    const view = box.getBoundingClientRect();
    return [...box.querySelectorAll('article')]
      .filter((one) => {
        const place = one.getBoundingClientRect();
        return place.bottom > view.top && place.top < view.bottom;
      })
      .map((one) => Number(/entry (\d+);/.exec(one.textContent ?? '')?.[1] ?? Number.NaN));
  })) as readonly number[];

const localUserOf = (text: string): UserId => {
  const userId = parseUserId(text);
  if (userId === undefined) throw new Error(`bad user ID ${text}`);
  return userId;
};

/** /messages gives every entry once, from the newest to the oldest. */
async function expectEntriesByApi({ bob }: Story, roomId: RoomId): Promise<void> {
  let expected = MESSAGES - 1;
  let from = '';
  do {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=500${from}`;
    const { chunk, end } = await call(bob, 'GET', path);
    if (!Array.isArray(chunk)) throw new Error('there is no page');
    for (const event of chunk) {
      const { body } = (event as { content: { body?: unknown } }).content;
      if (typeof body !== 'string' || !body.startsWith('entry ')) continue;
      expectEqual('the next older message', body, `entry ${expected};`);
      expected--;
    }
    from = typeof end === 'string' ? `&from=${end}` : '';
  } while (from !== '');
  expectEqual('the oldest message', expected, -1);
}
