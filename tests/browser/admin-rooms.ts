/** The pages for admins about rooms, files and reports: what they do shows on both sides at once. */
import type { Page } from 'playwright-core';
import { openAdmin } from './admin-pages.ts';
import { glance } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { chooseFiles } from './messages-page.ts';
import { makePicture } from './picture.ts';
import { chooseAction, composer, message, openRoom, shareChannel, write } from './room-page.ts';
import { ask, noFaults, roomPath, shownRoom } from './rooms-page.ts';
import { madeOnce, type Scenario } from './story.ts';

const ROOM = 'grain silo';

/** Where ada and bob are; its ID. */
const grainSilo = madeOnce(async ({ ada, bob }) => {
  await shareChannel(ada, [bob], ROOM);
  return shownRoom(ada.page);
});

/** The page of a room, found by its name. */
async function openRoomPage(page: Page, name: string): Promise<void> {
  await openAdmin(page, 'Rooms');
  await page.getByLabel('Name, address or room ID').fill(name);
  await page.getByRole('search').getByRole('button', { name: 'Search' }).click();
  const list = page.getByRole('list', { name: 'Rooms' });
  await expectSoon('only the room is listed', async () => (await list.getByRole('link').count()) === 1);
  await list.getByRole('link', { name }).click();
  await page.getByRole('heading', { name, level: 2 }).waitFor();
}

export const adminRoomScenarios: readonly Scenario[] = [
  {
    name: 'admin rooms: a room is found and shows its members, servers, version and extremities',
    run: async (story) => {
      const { ada, bob } = story;
      await grainSilo(story);
      for (const { page } of [ada, bob]) await openRoom(page, ROOM);
      await write(ada.page, 'barley came in');
      await message(bob.page, 'barley came in').waitFor();
      await openAdmin(ada.page, 'Rooms');
      await ada.page.getByRole('list', { name: 'Rooms' }).getByRole('link', { name: ROOM }).waitFor();
      await openRoomPage(ada.page, ROOM);
      const servers = ada.page.getByRole('region', { name: 'Servers' });
      await servers.getByText(bob.workspace.server_name).waitFor();
      await ada.page
        .getByRole('region', { name: 'Forward extremities' })
        .getByText('m.room.message of')
        .waitFor();
      await ada.page.getByRole('button', { name: 'Show people of other organisations' }).click();
      await ada.page
        .getByRole('list', { name: 'People of other organisations' })
        .getByText(bob.user.user_id)
        .waitFor();
      noFaults(await glance(ada.page, 'admin-room'));
    },
  },
  {
    name: 'admin rooms: old messages are deleted here and stay elsewhere, members are told, and the room goes on',
    run: async ({ ada, bob }) => {
      const { page } = ada;
      await shareChannel(ada, [bob], 'wheat silo');
      await write(page, 'wheat came in');
      await message(bob.page, 'wheat came in').waitFor();
      await openRoomPage(page, 'wheat silo');
      await page.getByRole('button', { name: 'Delete history' }).click();
      const dialog = page.getByRole('dialog');
      const days = dialog.getByLabel('Delete what is older than this many days');
      await days.fill('soon');
      await dialog.getByRole('button', { name: 'Delete messages' }).click();
      await dialog.getByText('Give a whole number of days').waitFor();
      const faults = await glance(page, 'admin-room-purge');
      await days.fill('0');
      await dialog.getByRole('button', { name: 'Delete messages' }).click();
      await dialog.waitFor({ state: 'detached' });
      await page.getByText(/^Messages from before /).waitFor();
      await page.getByRole('button', { name: 'How long messages stay' }).click();
      await dialog.getByLabel('Days').fill('30');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.getByText('30 days', { exact: true }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'wheat silo', level: 2 }).waitFor();
      await openRoom(page, 'wheat silo');
      await page
        .getByText(
          /were deleted from this workspace by its admins\. Messages are deleted here after 30 days\./,
        )
        .waitFor();
      expectEqual('the old message here', await message(page, 'wheat came in').count(), 0);
      faults.push(...(await glance(page, 'room-purged')));
      await message(bob.page, 'wheat came in').waitFor();
      await write(page, 'rye came in');
      await message(bob.page, 'rye came in').waitFor();
      await write(bob.page, 'oats went out');
      await message(page, 'oats went out').waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'admin files: a withdrawn file is given to nobody on either side, and given back',
    run: async (story) => {
      const { ada, bob } = story;
      const { page } = ada;
      const roomId = await grainSilo(story);
      for (const person of [ada, bob]) await openRoom(person.page, ROOM);
      // A kind that nobody's client fetches by itself.
      await chooseFiles(page, [
        { name: 'silo.zip', mimeType: 'application/zip', buffer: Buffer.from('barley') },
      ]);
      await composer(page).press('Enter');
      await message(bob.page, 'silo.zip').waitFor();
      const { body } = await ask(ada, 'GET', `${roomPath(roomId)}/messages?dir=b&limit=5`);
      const events = body.chunk as { content: { url?: string } }[];
      const address = events.find(({ content }) => content.url)?.content.url?.slice('mxc://'.length) ?? '';
      const statusFor = async (person: typeof ada) => {
        const token = await person.page.evaluate(
          `JSON.parse(localStorage.getItem('causeway.session')).accessToken`,
        );
        const url = `${person.workspace.url}/_matrix/client/v1/media/download/${address}`;
        const answer = await fetch(url, { headers: { authorization: `Bearer ${String(token)}` } });
        await answer.body?.cancel();
        return answer.status;
      };
      // By the browser, which keeps files.
      const shown = (): Promise<unknown> =>
        page.evaluate(
          `fetch('/_matrix/client/v1/media/download/${address}', {
            headers: { authorization: 'Bearer ' + JSON.parse(localStorage.getItem('causeway.session')).accessToken },
          }).then(async (answer) => answer.status + ' ' + (await answer.text()).slice(0, 6))`,
        );
      expectEqual('for ada at first', await shown(), '200 barley');
      await openAdmin(page, 'Files');
      await page.getByText('Files of this workspace').waitFor();
      const row = page.getByRole('listitem').filter({ hasText: 'silo.zip' });
      await row.waitFor();
      await row.getByRole('button', { name: 'Withdraw silo.zip' }).click();
      await row.getByText('Withdrawn: nobody gets it.').waitFor();
      expectEqual('for ada', await statusFor(ada), 403);
      expectEqual('for the browser that has it', String(await shown()).slice(0, 3), '403');
      expectEqual('for bob, whose server asks for it', await statusFor(bob), 502);
      await page.getByLabel('Only withdrawn ones').check();
      await page.getByRole('button', { name: 'Show', exact: true }).click();
      await page.getByText(/^1 file, /).waitFor();
      await row.getByRole('button', { name: 'Give back silo.zip' }).click();
      await row.getByRole('button', { name: 'Withdraw silo.zip' }).waitFor();
      expectEqual('for ada again', await statusFor(ada), 200);
      expectEqual('for the browser again', await shown(), '200 barley');
      expectEqual('for bob at last', await statusFor(bob), 200);
      await row.getByRole('button', { name: 'Delete silo.zip' }).click();
      await page.getByText('Messages that show it stay.').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
      await row.waitFor({ state: 'detached' });
      expectEqual('when it is deleted', await statusFor(ada), 404);
    },
  },
  {
    name: 'admin files: a picture is looked at before it is withdrawn, which is written down',
    run: async (story) => {
      const { page } = story.ada;
      await grainSilo(story);
      await openRoom(page, ROOM);
      await chooseFiles(page, [
        { name: 'harvest.png', mimeType: 'image/png', buffer: makePicture(640, 400) },
      ]);
      await composer(page).press('Enter');
      await page.getByRole('button', { name: 'Enlarge harvest.png' }).waitFor();
      await openAdmin(page, 'Files');
      const row = page.getByRole('listitem').filter({ hasText: 'harvest.png' });
      await row.getByRole('button', { name: 'Look at harvest.png' }).click();
      const preview = row.getByRole('img', { name: 'Preview of harvest.png' });
      await preview.waitFor();
      await expectSoon('the picture is drawn', async () =>
        preview.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 100),
      );
      const faults = await glance(page, 'admin-file-preview');
      await row.getByRole('button', { name: 'Withdraw harvest.png' }).click();
      await row.getByText('Withdrawn: nobody gets it.').waitFor();
      await preview.waitFor({ state: 'detached' });
      expectEqual('looking', await row.getByRole('button', { name: 'Look at harvest.png' }).count(), 0);
      await row.getByRole('button', { name: 'Give back harvest.png' }).click();
      await openAdmin(page, 'Audit log');
      await page.getByText('file.look').first().waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'admin reports: a reported message is looked at, deleted for everybody, and the report is done',
    run: async (story) => {
      const { ada, bob } = story;
      const { page } = ada;
      const roomId = await grainSilo(story);
      for (const person of [ada, bob]) await openRoom(person.page, ROOM);
      await write(bob.page, 'oats went in');
      await write(bob.page, 'your silo is ugly');
      await message(page, 'your silo is ugly').waitFor();
      await ask(ada, 'PUT', `${roomPath(roomId)}/state/m.room.topic`, { topic: 'Oats and rye' });
      await chooseAction(page, 'your silo is ugly', 'Report this message');
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox').fill('It is not');
      await dialog.getByRole('button', { name: 'Report', exact: true }).click();
      await dialog.waitFor({ state: 'detached' });
      await openAdmin(page, 'Reports');
      const row = page.getByRole('listitem').filter({ hasText: 'It is not' });
      await row.getByText(`A message of ${bob.user.user_id}`).waitFor();
      await row.getByRole('button', { name: 'Look at the message' }).click();
      const context = row.getByRole('list', { name: 'The message and what was said around it' });
      await context.getByText('your silo is ugly').waitFor();
      await context.getByText('oats went in').waitFor();
      await context.getByText(/topic.*Oats and rye/).waitFor();
      const faults = await glance(page, 'admin-reports');
      await row.getByRole('button', { name: 'Delete message' }).click();
      await dialog.getByRole('button', { name: 'Delete message' }).click();
      await context.getByText('Deleted.').waitFor();
      await expectSoon(
        'it is deleted for bob',
        async () => (await message(bob.page, 'your silo is ugly').count()) === 0,
      );
      await row.getByRole('button', { name: 'Done' }).click();
      await dialog.getByLabel('Note for other admins').fill('Deleted, and talked to him');
      await dialog.getByRole('button', { name: 'Done' }).click();
      await row.getByText(/^Done by @ada:.*Deleted, and talked to him$/).waitFor();
      await page.reload();
      await page.getByText(/^Nothing waits\./).waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'admin rooms: a removed room is gone here with the reason, and closed to its people',
    run: async ({ ada, bob }) => {
      const { page } = ada;
      const name = 'burnt silo';
      await shareChannel(ada, [bob], name);
      const roomId = shownRoom(page);
      await openRoomPage(page, name);
      await page.getByRole('button', { name: 'Remove room' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Reason').fill('The silo burnt down.');
      await dialog.getByLabel('Nobody of this workspace can come back').check();
      const faults = await glance(page, 'admin-room-remove');
      await dialog.getByRole('button', { name: 'Remove room' }).click();
      await dialog.waitFor({ state: 'detached' });
      await page.getByText(/^Closed: nobody of this workspace can come in\. The silo burnt down\./).waitFor();
      await page
        .getByRole('navigation', { name: 'Channels and messages' })
        .getByRole('link', { name })
        .waitFor({ state: 'detached' });
      await openRoom(bob.page, name);
      await expectSoon('bob sees that ada left', async () => {
        const { body } = await ask(bob, 'GET', `${roomPath(roomId)}/state/m.room.member/${ada.user.user_id}`);
        return body.membership === 'leave' && body.reason === 'The silo burnt down.';
      });
      const path = `/join/${encodeURIComponent(roomId)}?server_name=${bob.workspace.server_name}`;
      const { status, body } = await ask(ada, 'POST', path, {});
      expectEqual('joining again', status, 403);
      if (!String(body.error).includes('The silo burnt down.')) throw new Error(JSON.stringify(body));
      await page.getByRole('button', { name: 'Open again' }).click();
      await page.getByText('Nothing of this room is on this server.').waitFor();
      // What refuses now are the rules of the room: one has to be invited.
      const refused = await ask(ada, 'POST', path, {});
      expectEqual('the reason is gone', String(refused.body.error).includes('silo'), false);
      noFaults(faults);
    },
  },
];
