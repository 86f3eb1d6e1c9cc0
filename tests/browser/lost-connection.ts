/**
 * The connection is lost in the middle of something: once before the server hears of it, once after it has done
 * it and before it can say so. Both are told, nothing that was typed is lost, and the second try does nothing twice.
 */
import type { Page, Route } from 'playwright-core';
import { inspect } from './artefacts.ts';
import type { Person } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { pageBack } from './paging.ts';
import {
  chooseForMember,
  createChannel,
  invitationCard,
  invite,
  inviteAndClose,
  message,
  openInbox,
  shareChannel,
  write,
} from './room-page.ts';
import {
  ask,
  closeDialog,
  joinedRooms,
  noFaults,
  openRoomSettings,
  roomPath,
  shownRoom,
} from './rooms-page.ts';
import type { Scenario } from './story.ts';

const LOST = 'could not be reached';

/** The next request to an address is carried out by the server, and its answer lost. */
async function loseNextAnswer(page: Page, address: RegExp): Promise<void> {
  let lost = false;
  const lose = async (route: Route) => {
    if (lost || route.request().method() === 'GET') return route.fallback();
    lost = true;
    await route.fetch();
    await route.abort('connectionreset');
  };
  await page.route(address, lose);
}

/** Does something without a connection, waits for the words about it, and connects again. */
async function whileOffline(person: Person, act: () => Promise<void>): Promise<void> {
  await person.context.setOffline(true);
  try {
    await act();
  } finally {
    await person.context.setOffline(false);
  }
  await person.page.getByText('Connection lost.').waitFor({ state: 'detached', timeout: 30_000 });
}

type StateEvent = { type: string; state_key?: string; content: Record<string, unknown> };

async function stateHistory(person: Person, roomId: string, type: string, key = ''): Promise<StateEvent[]> {
  const { body } = await ask(person, 'GET', `${roomPath(roomId)}/messages?dir=b&limit=100`);
  return (body.chunk as StateEvent[])
    .filter((event) => event.type === type && event.state_key === key)
    .reverse();
}

const memberships = async (person: Person, roomId: string, userId: string): Promise<string> =>
  (await stateHistory(person, roomId, 'm.room.member', userId))
    .map(({ content }) => String(content.membership))
    .join(' ');

/** More than one sync tells. */
const BEFORE = 30;
const MEANWHILE = 70;

async function writeEntries(person: Person, roomId: string, from: number, to: number): Promise<void> {
  for (let entry = from; entry < to; entry++) {
    const path = `${roomPath(roomId)}/send/m.room.message/entry${entry}`;
    const { status } = await ask(person, 'PUT', path, { msgtype: 'm.text', body: `entry ${entry};` });
    expectEqual('the status of sending', status, 200);
  }
}

export const lostConnectionScenarios: readonly Scenario[] = [
  {
    name: 'connection lost for long: what came meanwhile joins up with what was there, and what was written is sent',
    shows: ['connection.queued', 'connection.resumed'],
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'tideway');
      const roomId = shownRoom(ada.page);
      await writeEntries(ada, roomId, 0, BEFORE);
      await message(bob.page, `entry ${BEFORE - 1};`).waitFor();
      await whileOffline(bob, async () => {
        await bob.page.getByText('Connection lost.').waitFor({ timeout: 60_000 });
        await writeEntries(ada, roomId, BEFORE, BEFORE + MEANWHILE);
        await write(bob.page, 'Written without a connection');
      });
      await message(ada.page, 'Written without a connection').waitFor({ timeout: 20_000 });
      await message(bob.page, 'Written without a connection').waitFor();
      await expectSoon('it is marked as sent', async () =>
        message(bob.page, 'Written without a connection').getByText('Not sent').isHidden(),
      );
      await pageBack(bob.page, { oldest: 0, newest: BEFORE + MEANWHILE - 1, limitMs: 30_000 });
      const { body } = await ask(bob, 'GET', `${roomPath(roomId)}/messages?dir=b&limit=200`);
      const sent = (body.chunk as { content: { body?: string } }[]).filter(
        ({ content }) => content.body === 'Written without a connection',
      );
      expectEqual('it was sent once', sent.length, 1);
    },
  },
  {
    name: 'connection lost while making a room: what was typed stays, and one room is made',
    shows: ['lost.creating'],
    run: async ({ ada }) => {
      const before = (await joinedRooms(ada)).length;
      await ada.page.getByRole('button', { name: 'New channel' }).first().click();
      const dialog = ada.page.getByRole('dialog', { name: 'New channel' });
      await dialog.getByLabel('Name').fill('lost and found');
      await dialog.getByLabel('What it is about').fill('Umbrellas');
      await dialog.getByRole('radio', { name: 'With other organisations' }).check();
      const create = dialog.getByRole('button', { name: 'Create channel' });
      await whileOffline(ada, async () => {
        await create.click();
        await dialog.getByRole('alert').filter({ hasText: LOST }).waitFor();
      });
      expectEqual('rooms made without a connection', (await joinedRooms(ada)).length, before);
      const faults = await inspect(ada.page, 'lost-creating');
      await loseNextAnswer(ada.page, /\/createRoom/);
      await create.click();
      await expectSoon('the server has made it', async () => (await joinedRooms(ada)).length === before + 1);
      await dialog.getByRole('alert').filter({ hasText: LOST }).waitFor();
      expectEqual('the name stays', await dialog.getByLabel('Name').inputValue(), 'lost and found');
      await create.click();
      await dialog.waitFor({ state: 'detached' });
      await ada.page.getByRole('heading', { name: 'lost and found', level: 1 }).waitFor();
      await ada.page.locator('main header').getByText('Umbrellas').waitFor();
      expectEqual('rooms made', (await joinedRooms(ada)).length, before + 1);
      noFaults(faults);
    },
  },
  {
    name: 'connection lost while inviting: the note stays, and the other side gets one invitation',
    shows: ['lost.inviting'],
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'lost letter', true);
      const roomId = shownRoom(ada.page);
      const dialog = await invite(ada.page, bob.user.user_id);
      await dialog.getByText('Found', { exact: true }).waitFor();
      await dialog.getByLabel('Note (optional)').fill('By pigeon');
      await dialog.getByLabel('Expires').selectOption({ label: 'Never' });
      const send = dialog.getByRole('button', { name: /^Send/ });
      const lost = dialog.getByRole('alert').filter({ hasText: LOST });
      await whileOffline(ada, async () => {
        await send.click();
        await lost.waitFor();
      });
      expectEqual('bob’s story without a connection', await memberships(ada, roomId, bob.user.user_id), '');
      expectEqual('the note stays', await dialog.getByLabel('Note (optional)').inputValue(), 'By pigeon');
      const faults = await inspect(ada.page, 'lost-inviting');
      await loseNextAnswer(ada.page, /\/_causeway\/rooms\/.*\/invitations/);
      await send.click();
      await expectSoon(
        'the server has invited',
        async () => (await memberships(ada, roomId, bob.user.user_id)) === 'invite',
      );
      await lost.waitFor();
      await send.click();
      await dialog.getByText('Invited', { exact: true }).first().waitFor();
      expectEqual('bob’s story', await memberships(ada, roomId, bob.user.user_id), 'invite');
      await dialog.getByRole('button', { name: 'Done' }).click();
      await openInbox(bob.page);
      await invitationCard(bob.page, 'lost letter').getByText('By pigeon').waitFor();
      expectEqual('invitations', await invitationCard(bob.page, 'lost letter').count(), 1);
      noFaults(faults);
    },
  },
  {
    name: 'connection lost while accepting: the invitation stays, and one joins once',
    shows: ['lost.accepting'],
    run: async ({ ada, bob }) => {
      await createChannel(ada.page, 'lost key', true);
      await inviteAndClose(ada.page, bob.user.user_id);
      await openInbox(bob.page);
      const card = invitationCard(bob.page, 'lost key');
      await whileOffline(bob, async () => {
        await card.getByRole('button', { name: 'Accept' }).click();
        await card.getByRole('alert').filter({ hasText: LOST }).waitFor();
      });
      const faults = await inspect(bob.page, 'lost-accepting');
      await loseNextAnswer(bob.page, /\/join/);
      await card.getByRole('button', { name: 'Try again' }).click();
      await bob.page
        .getByRole('navigation', { name: 'Channels and messages' })
        .getByRole('link', { name: 'lost key' })
        .click();
      await bob.page.getByRole('heading', { name: 'lost key', level: 1 }).waitFor({ timeout: 20_000 });
      await write(bob.page, 'The key is here');
      await message(ada.page, 'The key is here').waitFor();
      const roomId = shownRoom(bob.page);
      expectEqual('bob’s story', await memberships(ada, roomId, bob.user.user_id), 'invite join');
      noFaults(faults);
    },
  },
  {
    name: 'connection lost while changing settings: the change stays in the form, and is made once',
    shows: ['lost.settings'],
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'lost glove');
      const roomId = shownRoom(ada.page);
      const before = (await stateHistory(ada, roomId, 'm.room.name')).length;
      const dialog = await openRoomSettings(ada.page);
      await dialog.getByLabel('Name', { exact: true }).fill('found glove');
      const button = dialog.getByRole('button', { name: 'Save' }).first();
      const lost = dialog.getByRole('alert').filter({ hasText: LOST });
      await whileOffline(ada, async () => {
        await button.click();
        await lost.waitFor();
      });
      expectEqual(
        'the name stays in the form',
        await dialog.getByLabel('Name', { exact: true }).inputValue(),
        'found glove',
      );
      const faults = await inspect(ada.page, 'lost-settings');
      await loseNextAnswer(ada.page, /\/state\/m\.room\.name/);
      await button.click();
      await bob.page.getByRole('heading', { name: 'found glove', level: 1 }).waitFor();
      await lost.waitFor();
      if (await button.isEnabled()) {
        await button.click();
        await dialog.getByText('Saved').first().waitFor();
      }
      await closeDialog(ada.page);
      expectEqual('changes of the name', (await stateHistory(ada, roomId, 'm.room.name')).length, before + 1);
      noFaults(faults);
    },
  },
  {
    name: 'connection lost while removing and banning: it is done once, and the second try is no error',
    shows: ['lost.moderating'],
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'lost pigeon');
      const roomId = shownRoom(ada.page);
      const faults: string[] = [];
      const act = async (action: 'Remove' | 'Ban', address: RegExp, story: string) => {
        await chooseForMember(ada.page, new RegExp(`^Actions for ${bob.user.username}$`, 'i'), action);
        const dialog = ada.page.getByRole('dialog');
        await dialog.getByLabel('Reason (optional; they can read it)').fill('Fed the pigeons');
        const confirm = dialog.getByRole('button', { name: action, exact: true });
        await whileOffline(ada, async () => {
          await confirm.click();
          await dialog.getByRole('alert').filter({ hasText: LOST }).waitFor();
        });
        faults.push(...(await inspect(ada.page, `lost-${action.toLowerCase()}`)));
        await loseNextAnswer(ada.page, address);
        await confirm.click();
        await expectSoon('the server has done it', async () =>
          (await memberships(ada, roomId, bob.user.user_id)).endsWith(story),
        );
        await dialog.getByRole('alert').filter({ hasText: LOST }).waitFor();
        await confirm.click();
        await dialog.waitFor({ state: 'detached' });
        await bob.page.getByRole('link', { name: 'lost pigeon' }).waitFor({ state: 'detached' });
      };
      await act('Remove', /\/kick/, 'invite join leave');
      await inviteAndClose(ada.page, bob.user.user_id);
      await act('Ban', /\/ban/, 'invite join leave invite ban');
      expectEqual(
        'bob’s story',
        await memberships(ada, roomId, bob.user.user_id),
        'invite join leave invite ban',
      );
      noFaults(faults);
    },
  },
];
