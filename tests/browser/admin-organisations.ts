/** The pages about other organisations: how each stands, what can be done, and first contacts that wait. */
import type { Page } from 'playwright-core';
import { openAdmin } from './admin-pages.ts';
import { glance } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import type { Behaviour } from './peers.ts';
import { createChannel, invite, openInbox, openRoom, write } from './room-page.ts';
import { ask, noFaults, peersOf, roomPath } from './rooms-page.ts';
import type { Scenario } from './story.ts';

/** Somebody of an organisation that nothing was ever shared with. */
const STRANGER = '@max:forger.test';

const serverOf = (userId: string): string => userId.slice(userId.indexOf(':') + 1);

const openOrganisation = async (page: Page, server: string): Promise<void> => {
  await openAdmin(page, 'Organisations');
  await page.getByRole('link', { name: server, exact: true }).click();
  await page.getByRole('heading', { name: server }).waitFor();
};

/** Takes no transaction in which these words are. */
const refusing =
  (words: string): Behaviour =>
  async ({ path, body }, honestly) =>
    path.includes('/v1/send/') && body.includes(words)
      ? { status: 413, body: '{"errcode":"M_TOO_LARGE","error":"It does not fit through."}' }
      : honestly();

export const organisationScenarios: readonly Scenario[] = [
  {
    name: 'organisations: the list says how each stands; one is tried again, exported, blocked and let in again',
    run: async ({ ada, bob, demo }) => {
      const { page } = ada;
      const south = serverOf(bob.user.user_id);
      await openRoom(page, demo.channel.name);
      await write(page, 'for the statistics');
      await openAdmin(page, 'Organisations');
      const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: south, exact: true }) });
      await row.getByText('In contact').waitFor();
      await row.getByRole('img', { name: /[1-9]\d* delivered, \d+ failed/ }).waitFor();
      const faults = await glance(page, 'admin-organisations');
      await page.getByRole('button', { name: 'Rooms', exact: true }).click();
      expectEqual(
        'the order',
        await page.getByRole('columnheader', { name: 'Rooms' }).getAttribute('aria-sort'),
        'ascending',
      );
      await openOrganisation(page, south);
      await page.getByText(demo.channel.name).first().waitFor();
      faults.push(...(await glance(page, 'admin-organisation')));
      await page.getByRole('button', { name: 'Try again now' }).click();
      await page.getByText('It is being tried now.').waitFor();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export what was shared' }).click(),
      ]);
      expectEqual('the file', download.suggestedFilename(), `shared-with-${south}.tar.gz`);
      await page.getByRole('button', { name: 'Disconnect' }).click();
      await page
        .getByRole('dialog')
        .getByText(/^Everybody here leaves \d+ rooms? /)
        .waitFor();
      faults.push(...(await glance(page, 'admin-disconnect')));
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'Block', exact: true }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Block', exact: true }).click();
      await page.getByText('Blocked', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Unblock' }).click();
      await page.getByText('In contact').waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'organisations: what one of them refuses is said, with its answer',
    run: async (story) => {
      const { ada } = story;
      const { page } = ada;
      const peer = peersOf(story)['slow.test'];
      const max = await peer.person('max');
      const { room_id } = await max.ok('POST', '/createRoom', { name: 'narrows', preset: 'public_chat' });
      const room = roomPath(String(room_id));
      await ask(ada, 'POST', `/join/${encodeURIComponent(String(room_id))}?via=slow.test`, {});
      peer.behave = refusing('a container of 20 feet');
      const say = (body: string, id: number) =>
        ask(ada, 'PUT', `${room}/send/m.room.message/narrows-${id}`, { msgtype: 'm.text', body });
      await say('a container of 20 feet', 1);
      await say('a rowing boat', 2);
      await expectSoon('the rowing boat arrives', async () =>
        JSON.stringify(await max.ok('GET', `${room}/messages?dir=b`)).includes('a rowing boat'),
      );
      await openOrganisation(page, 'slow.test');
      await page.getByText('slow.test refused 1 message or change from here').waitFor();
      await page.getByText('Its answer: M_TOO_LARGE: It does not fit through.').waitFor();
      const faults = await glance(page, 'admin-organisation-refuses');
      peer.behave = undefined;
      await ask(ada, 'POST', `${room}/leave`, {});
      noFaults(faults);
    },
  },
  {
    name: 'organisations: messages for devices that wait, and that one of them refuses, are counted and explained',
    run: async (story) => {
      const { ada } = story;
      const { page } = ada;
      const peer = peersOf(story)['old.test'];
      const max = await peer.person('max');
      const { room_id } = await max.ok('POST', '/createRoom', { name: 'locks', preset: 'public_chat' });
      const room = roomPath(String(room_id));
      await ask(ada, 'POST', `/join/${encodeURIComponent(String(room_id))}?via=old.test`, {});
      const toDevice = (body: string) =>
        ask(ada, 'PUT', `/sendToDevice/test.causeway.note/${encodeURIComponent(body)}`, {
          messages: { [max.userId]: { '*': { body } } },
        });
      const received = (words: string) =>
        peer.received.some(({ path, body }) => path.includes('/v1/send/') && body.includes(words));
      peer.behave = refusing('a sealed crate');
      await toDevice('a sealed crate');
      await toDevice('a letter');
      await expectSoon('the letter arrives', async () => received('a letter'));
      await openOrganisation(page, 'old.test');
      await page.getByText('old.test refused 1 message or change from here').waitFor();
      await page.getByText(/^It was a message between apps/).waitFor();
      const faults = await glance(page, 'admin-organisation-refuses-device');
      peer.behave = async ({ path }, honestly) =>
        path.includes('/v1/send/') ? { status: 502, body: '{}' } : honestly();
      await toDevice('a postcard');
      await expectSoon('the postcard is tried', async () => received('a postcard'));
      await openAdmin(page, 'Overview');
      await openOrganisation(page, 'old.test');
      await page
        .getByRole('definition')
        .filter({ hasText: /^1, since/ })
        .waitFor();
      faults.push(...(await glance(page, 'admin-organisation-waits')));
      peer.behave = undefined;
      await page.getByRole('button', { name: 'Try again now' }).click();
      await ask(ada, 'POST', `${room}/leave`, {});
      noFaults(faults);
    },
  },
  {
    name: 'organisations: a first contact waits, tells so, and is refused with its reason',
    run: async ({ ada }) => {
      const { page } = ada;
      await openAdmin(page, 'Settings');
      const setting = page.locator('[data-setting="federation.first-contact"]');
      await setting.getByRole('switch').click();
      await setting.getByText(/^Changed by @ada:/).waitFor();
      await createChannel(page, 'first words', true);
      const dialog = await invite(page, STRANGER);
      await dialog.getByText(/has to be approved by an admin first/).waitFor();
      await dialog.getByRole('button', { name: /^Send/ }).click();
      await dialog.getByText(/^Not sent yet\./).waitFor();
      const faults = await glance(page, 'invite-waits');
      await dialog.getByRole('button', { name: 'Done' }).click();
      await openInbox(page);
      const own = page.getByRole('region', { name: 'Waiting for an admin' });
      await own.getByText(`Your invitation of ${STRANGER}`).waitFor();
      faults.push(...(await glance(page, 'inbox-waits')));
      await openAdmin(page, 'Overview');
      const sections = page.getByRole('navigation', { name: 'Administration' });
      await sections
        .getByRole('link', { name: 'Organisations 1 first contact waits', exact: true })
        .waitFor();
      faults.push(...(await glance(page, 'admin-contact-waits')));
      await page.setViewportSize({ width: 390, height: 844 });
      const told = page.getByRole('link', { name: '1 first contact waits', exact: true });
      const { x = -1, y = -1, width = 0, height = 0 } = (await told.boundingBox()) ?? {};
      expectEqual('a phone shows it', x >= 0 && x + width <= 390 && y >= 0 && y + height <= 844, true);
      await told.click();
      await page.getByRole('region', { name: 'First contacts that wait for you' }).waitFor();
      await told.waitFor({ state: 'detached' });
      await page.setViewportSize({ width: 1600, height: 1000 });
      await openAdmin(page, 'Organisations');
      const waiting = page.getByRole('region', { name: 'First contacts that wait for you' });
      await waiting.getByText(`ada wants to invite ${STRANGER}.`).waitFor();
      faults.push(...(await glance(page, 'admin-first-contact')));
      await waiting.getByRole('button', { name: 'Refuse forger.test' }).click();
      const refusal = page.getByRole('dialog');
      await refusal.getByRole('button', { name: 'Refuse' }).click();
      await refusal.getByText('Say why.').waitFor();
      await refusal.getByLabel('Reason').fill('We have no contract with them.');
      await refusal.getByRole('button', { name: 'Refuse' }).click();
      await waiting.waitFor({ state: 'detached' });
      await sections.getByRole('link', { name: 'Organisations', exact: true }).waitFor();
      await openInbox(page);
      await own.getByText(/refused contact with forger\.test: We have no contract with them\./).waitFor();
      await own.getByRole('button', { name: 'Dismiss' }).click();
      await own.waitFor({ state: 'detached' });
      await openAdmin(page, 'Settings');
      await setting.getByRole('button', { name: /: use the default$/ }).click();
      await setting.getByText('Default', { exact: true }).waitFor();
      noFaults(faults);
    },
  },
];
