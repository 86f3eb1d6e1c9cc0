/** Files as they are served: byte for byte, small where small is enough, and to nobody without a session. */
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expectEqual, expectSoon } from './expect.ts';
import { call, chooseFiles, sendRaw } from './messages-page.ts';
import { makePicture } from './picture.ts';
import { composer, createChannel, inviteAndClose, message, openRoom } from './room-page.ts';
import { peersOf, roomPath, shownRoom } from './rooms-page.ts';
import type { Scenario } from './story.ts';

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export const wireScenarios: readonly Scenario[] = [
  {
    name: 'messages: a file arrives byte for byte, and is served to nobody without a session',
    shows: ['files.bytes', 'files.authenticated'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      const bytes = randomBytes(300_000);
      await chooseFiles(ada.page, [
        { name: 'chart.bin', mimeType: 'application/octet-stream', buffer: bytes },
      ]);
      await composer(ada.page).press('Enter');
      const [requested, download] = await Promise.all([
        bob.page.waitForRequest(/\/media\/download\//),
        bob.page.waitForEvent('download'),
        message(bob.page, 'chart.bin').getByRole('button', { name: 'Save chart.bin' }).click(),
      ]);
      const saved = await readFile(await download.path());
      expectEqual('the bytes', hash(saved), hash(bytes));
      const path = /\/media\/download\/(.+)$/.exec(requested.url())?.[1] ?? '';
      for (const { workspace } of [ada, bob]) {
        const current = await fetch(`${workspace.url}/_matrix/client/v1/media/download/${path}`);
        expectEqual('without a session', current.status, 401);
        const thumbnail = `${workspace.url}/_matrix/client/v1/media/thumbnail/${path}?width=32&height=32`;
        expectEqual('a thumbnail without a session', (await fetch(thumbnail)).status, 401);
        const frozen = await fetch(`${workspace.url}/_matrix/media/v3/download/${path}`);
        expectEqual('by the way of before authentication', frozen.ok, false);
        const unsigned = await fetch(
          `${workspace.url}/_matrix/federation/v1/media/download/${path.split('/')[1]}`,
        );
        expectEqual('as a server without a signature', unsigned.ok, false);
      }
    },
  },
  {
    name: 'messages: the timeline shows thumbnails that the servers made, of remote pictures too',
    shows: ['files.thumbnail'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      const buffer = makePicture(1600, 800);
      if (buffer.length > 100_000) throw new Error('This picture would bring its own thumbnail.');
      await chooseFiles(ada.page, [{ name: 'wide.png', mimeType: 'image/png', buffer }]);
      const [answered] = await Promise.all([
        bob.page.waitForResponse(/\/media\/thumbnail\/north\.test\/.*width=800/),
        composer(ada.page).press('Enter'),
      ]);
      const picture = bob.page.getByRole('log').getByRole('img', { name: 'wide.png' }).last();
      await picture.waitFor();
      expectEqual('the thumbnail came', answered.status(), 200);
      await expectSoon('it is the small one', async () =>
        picture.evaluate((element: unknown) => (element as { naturalWidth: number }).naturalWidth === 800),
      );
    },
  },
  {
    name: 'messages: a file goes to the organisations in its room, and to no other that knows its address',
    shows: ['files.outside'],
    run: async (story) => {
      const { ada, bob, demo } = story;
      // Another organisation, which shares a room with ada, and not the one where the file is.
      const lea = await peersOf(story)['liar.test'].person('lea');
      await createChannel(ada.page, 'breakwater', true);
      await inviteAndClose(ada.page, lea.userId);
      const other = shownRoom(ada.page);
      await expectSoon('lea is invited', async () => {
        const { rooms } = await lea.ok('GET', '/sync');
        return JSON.stringify(rooms ?? {}).includes(other);
      });
      await lea.ok('POST', `${roomPath(other)}/join`);
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await chooseFiles(ada.page, [
        { name: 'plan.png', mimeType: 'image/png', buffer: makePicture(300, 200) },
      ]);
      const [seen] = await Promise.all([
        bob.page.waitForResponse(/\/media\/(thumbnail|download)\/north\.test\//),
        composer(ada.page).press('Enter'),
      ]);
      expectEqual('what bob’s organisation gets', seen.status(), 200);
      const id = /north\.test\/([\w-]+)/.exec(seen.url())?.[1] ?? '';
      const ask = async (kind: string) =>
        (await lea.call('GET', `/_matrix/client/v1/media/${kind}`.replace('ID', `north.test/${id}`))).status;
      expectEqual('a file of a room that it is not in', await ask('download/ID'), 404);
      expectEqual('nor its thumbnail', await ask('thumbnail/ID?width=32&height=32&method=scale'), 404);
      // Bob's people do not give it to others, either: what they name is not theirs to give.
      const theirs = await call(bob, 'POST', '/_matrix/client/v3/createRoom', {
        preset: 'public_chat',
        invite: [lea.userId],
      });
      await lea.ok('POST', `/join/${encodeURIComponent(String(theirs.room_id))}?via=south.test`);
      await sendRaw(bob, String(theirs.room_id), {
        msgtype: 'm.image',
        body: 'plan.png',
        url: `mxc://north.test/${id}`,
      });
      await expectSoon('lea sees that message', async () => {
        const { chunk } = await lea.ok('GET', `${roomPath(String(theirs.room_id))}/messages?dir=b&limit=5`);
        return JSON.stringify(chunk).includes(id);
      });
      expectEqual('a file that an outsider names elsewhere', await ask('download/ID'), 404);
      await sendRaw(ada, other, { msgtype: 'm.image', body: 'plan.png', url: `mxc://north.test/${id}` });
      await expectSoon(
        'it is there once it is sent to a room with that organisation',
        async () => (await ask('download/ID')) === 200,
      );
    },
  },
];
