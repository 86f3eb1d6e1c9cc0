/** A third organisation: one with old room versions, and what it may and may not learn. */
import { inspect } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import {
  createChannel,
  invite,
  inviteAndClose,
  message,
  openMembers,
  openRoom,
  shareChannel,
  write,
} from './room-page.ts';
import { ask, closeDialog, noFaults, openRoomSettings, peersOf, roomPath, shownRoom } from './rooms-page.ts';
import type { Scenario } from './story.ts';

const SECRET = 'The safe is behind the herring barrel';

export const versionScenarios: readonly Scenario[] = [
  {
    name: 'a server that does not know the room’s version is named, and one click makes the room anew for all',
    shows: ['invite.version-named', 'invite.version-anew'],
    run: async (story) => {
      const { ada, bob } = story;
      const old = peersOf(story)['old.test'];
      const otto = await old.person('otto');
      await shareChannel(ada, [bob], 'shipyard');
      const before = shownRoom(ada.page);
      const dialog = await invite(ada.page, otto.userId);
      await dialog.getByText('Found', { exact: true }).waitFor();
      await dialog.getByRole('button', { name: /^Send/ }).click();
      await dialog.getByText('old.test does not know rooms of version 12.').waitFor({ timeout: 20_000 });
      const button = dialog.getByRole('button', { name: 'Make it anew in version 10' });
      await button.waitFor({ timeout: 20_000 });
      const faults = await inspect(ada.page, 'invite-version');
      await button.dblclick();
      await dialog.waitFor({ state: 'detached', timeout: 30_000 });
      await expectSoon('the new room opens', async () => shownRoom(ada.page) !== before);
      await ada.page.getByRole('heading', { name: 'shipyard', level: 1 }).waitFor();
      const made = shownRoom(ada.page);
      await expectSoon('otto is invited', async () => {
        const { rooms } = await otto.ok('GET', '/sync');
        return JSON.stringify(rooms ?? {}).includes(made);
      });
      await otto.ok('POST', `${roomPath(made)}/join`);
      await bob.page.getByRole('button', { name: 'Go to the new room' }).click();
      await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
      await bob.page.getByRole('heading', { name: 'shipyard', level: 1 }).waitFor({ timeout: 20_000 });
      await expectSoon('bob is in the new room', async () => shownRoom(bob.page) === made);
      await otto.ok('PUT', `${roomPath(made)}/send/m.room.message/1`, {
        msgtype: 'm.text',
        body: 'Ahoy from the old yard',
      });
      for (const person of [ada, bob]) await message(person.page, 'Ahoy from the old yard').waitFor();
      const { body } = await ask(ada, 'GET', `${roomPath(made)}/state/m.room.create/`);
      expectEqual('the version of the new room', body.room_version, '10');
      await expectSoon(
        'there is one room of the name',
        async () => (await ada.page.getByRole('link', { name: 'shipyard' }).count()) === 1,
      );
      noFaults(faults);
    },
  },
  {
    name: 'whom one may not invite is said before, in words: by one’s own rights and by the other server',
    shows: ['invite.not-allowed'],
    run: async (story) => {
      const { ada } = story;
      const liar = peersOf(story)['liar.test'];
      const { length: before } = liar.received;
      liar.behave = async ({ path }, honestly) =>
        path.includes('/query/profile')
          ? { status: 403, body: JSON.stringify({ errcode: 'M_FORBIDDEN', error: 'Ask our reception.' }) }
          : honestly();
      await createChannel(ada.page, 'reception', true);
      const dialog = await invite(ada.page, '@lea:liar.test');
      const refusal = dialog.getByRole('alert');
      await refusal.getByText('@lea:liar.test cannot be invited.').waitFor();
      await refusal.getByText('liar.test does not tell us about its people. Ask our reception.').waitFor();
      expectEqual(
        'it cannot be sent',
        await dialog.getByRole('button', { name: /^Send/ }).isDisabled(),
        true,
      );
      const faults = await inspect(ada.page, 'invite-not-allowed');
      expectEqual(
        'no invitation went out',
        liar.received.slice(before).some(({ path }) => path.includes('/invite/')),
        false,
      );
      liar.behave = undefined;
      await dialog.getByRole('button', { name: 'Done' }).click();
      noFaults(faults);
    },
  },
  {
    name: 'nothing of a room of this organisation only goes over the wire, asked for or not',
    shows: ['members.local-only'],
    run: async (story) => {
      const { ada, bob } = story;
      const old = peersOf(story)['old.test'];
      const otto = await old.person('otto');
      const nils = story.demo.workspaces[0].users[1];
      await createChannel(ada.page, 'pilots', true);
      const shared = shownRoom(ada.page);
      const upgraded = await ask(ada, 'POST', `${roomPath(shared)}/upgrade`, { new_version: '10' });
      const open = String(upgraded.body.replacement_room);
      await ask(ada, 'POST', `${roomPath(open)}/invite`, { user_id: otto.userId });
      await otto.ok('POST', `${roomPath(open)}/join`);
      await createChannel(ada.page, 'vault', false);
      const roomId = shownRoom(ada.page);
      await inviteAndClose(ada.page, nils.user_id);
      await write(ada.page, SECRET);
      await ada.page
        .locator('input[type=file]')
        .first()
        .setInputFiles({
          name: 'combination.txt',
          mimeType: 'text/plain',
          buffer: Buffer.from('left 7, right 23'),
        });
      await ada.page.getByRole('button', { name: 'Send', exact: true }).click();
      await message(ada.page, 'combination.txt').waitFor();
      const { body } = await ask(ada, 'GET', `${roomPath(roomId)}/messages?dir=b&limit=20`);
      const media = /mxc:\/\/north\.test\/(\w+)/.exec(JSON.stringify(body))?.[1] ?? '';
      if (!media) throw new Error('The file has no address.');
      // What is sent after it in a shared room arrives after it, had it been sent.
      await ask(ada, 'PUT', `${roomPath(open)}/send/m.room.message/marker`, {
        msgtype: 'm.text',
        body: 'Sent after the secret',
      });
      const wire = () => old.received.map(({ path, body: sent }) => `${path} ${sent}`).join('\n');
      await expectSoon('the marker arrives', async () => wire().includes('Sent after the secret'));
      for (const word of [SECRET, roomId, encodeURIComponent(roomId), media, 'vault', 'combination'])
        expectEqual(`"${word}" went over the wire`, wire().includes(word), false);
      const join = await otto.call('POST', `/join/${encodeURIComponent(roomId)}?via=north.test`, {});
      expectEqual('somebody of another server may not join', join.status >= 400, true);
      const seen = await otto.call('GET', `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/hierarchy`);
      expectEqual('nor look at it', seen.status >= 400, true);
      const file = await otto.call('GET', `/_matrix/client/v1/media/download/north.test/${media}`);
      expectEqual('nor fetch its file', file.status >= 400, true);
      const theirs = await ask(bob, 'GET', `${roomPath(roomId)}/messages?dir=b`);
      expectEqual('bob’s server does not know it', theirs.status, 403);
      expectEqual('bob does not see it', await bob.page.getByRole('link', { name: 'vault' }).count(), 0);
      await openRoom(ada.page, 'vault');
      await openMembers(ada.page);
      const dialog = await openRoomSettings(ada.page, 'Access');
      await closeDialog(ada.page);
      await dialog.waitFor({ state: 'detached' });
    },
  },
];
