/** Files: chosen, captioned, shown, refused. */
import { openAdmin } from './admin-pages.ts';
import { inspect } from './artefacts.ts';
import { signIn } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { chooseFiles, noFaults } from './messages-page.ts';
import { makePicture } from './picture.ts';
import { composer, message, openRoom } from './room-page.ts';
import { ask, chooseForMe, roomPath } from './rooms-page.ts';
import type { Scenario } from './story.ts';

const text = (name: string, size = 2000) => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.alloc(size, 'harbour\n'),
});

/** One second of silence: http://soundfile.sapp.org/doc/WaveFormat/ */
function makeSound(): Buffer {
  const samples = 8000;
  const sound = Buffer.alloc(44 + samples, 0x80);
  sound.write('RIFF', 0, 'latin1');
  sound.writeUInt32LE(36 + samples, 4);
  sound.write('WAVEfmt ', 8, 'latin1');
  sound.writeUInt32LE(16, 16);
  sound.writeUInt16LE(1, 20);
  sound.writeUInt16LE(1, 22);
  sound.writeUInt32LE(samples, 24);
  sound.writeUInt32LE(samples, 28);
  sound.writeUInt16LE(1, 32);
  sound.writeUInt16LE(8, 34);
  sound.write('data', 36, 'latin1');
  sound.writeUInt32LE(samples, 40);
  return sound;
}

/** A short film, made by the browser itself. */
const MAKE_FILM = `(async () => {
  const canvas = document.createElement('canvas');
  canvas.width = 320; canvas.height = 180;
  const context = canvas.getContext('2d');
  const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: 'video/webm' });
  const chunks = [];
  recorder.ondataavailable = (event) => chunks.push(event.data);
  recorder.start();
  for (let i = 0; i < 8; i++) {
    context.fillStyle = 'hsl(' + i * 40 + ' 60% 40%)';
    context.fillRect(0, 0, 320, 180);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await new Promise((resolve) => { recorder.onstop = resolve; recorder.stop(); });
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
})()`;

export const fileScenarios: readonly Scenario[] = [
  {
    name: 'messages: several files go at once, in order, with a caption, and can be saved on the other side',
    shows: ['files.several', 'files.caption', 'files.preview'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      const staged = await chooseFiles(ada.page, [
        { name: 'quay.png', mimeType: 'image/png', buffer: makePicture(1600, 900) },
        text('left-out.txt'),
        text('tides.txt'),
      ]);
      await staged.getByRole('button', { name: 'Do not send left-out.txt' }).click();
      await composer(ada.page).fill('For **Monday**');
      const faults = await inspect(ada.page, 'messages-staged');
      await composer(ada.page).press('Enter');
      await bob.page
        .getByRole('log')
        .getByRole('button', { name: 'Save tides.txt' })
        .waitFor({ timeout: 20_000 });
      await message(bob.page, 'For Monday').locator('strong').waitFor();
      expectEqual('what was left out', await bob.page.getByText('left-out.txt').count(), 0);
      await bob.page.getByRole('button', { name: 'Enlarge quay.png' }).waitFor();
      const [download] = await Promise.all([
        bob.page.waitForEvent('download'),
        bob.page.getByRole('log').getByRole('button', { name: 'Save tides.txt' }).click(),
      ]);
      expectEqual('the name of the saved file', download.suggestedFilename(), 'tides.txt');
      faults.push(...(await inspect(bob.page, 'messages-files')));
      noFaults(faults);
    },
  },
  {
    name: 'messages: a recording and a film show their length and play on the other side',
    shows: ['files.video-size'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      const film = Buffer.from(String(await ada.page.evaluate(MAKE_FILM)), 'base64');
      await chooseFiles(ada.page, [
        { name: 'horn.wav', mimeType: 'audio/wav', buffer: makeSound() },
        { name: 'waves.webm', mimeType: 'video/webm', buffer: film },
      ]);
      await composer(ada.page).press('Enter');
      const log = bob.page.getByRole('log');
      await log.getByRole('button', { name: 'Play waves.webm' }).waitFor({ timeout: 30_000 });
      await log.getByRole('button', { name: 'Play horn.wav' }).getByText('0:01').waitFor();
      const faults = await inspect(bob.page, 'messages-media');
      await log.getByRole('button', { name: 'Play waves.webm' }).click();
      await expectSoon('the film plays', async () =>
        Boolean(
          await bob.page.evaluate(
            `[...document.querySelectorAll('video')].some((video) => video.videoWidth === 320 && !video.error)`,
          ),
        ),
      );
      noFaults(faults);
    },
  },
  {
    name: 'messages: too large, empty and disguised files are told apart before anything is sent',
    shows: ['files.refused-size', 'bad.empty-file', 'bad.huge-file', 'bad.disguised-file'],
    run: async ({ ada, bob, demo }) => {
      await ada.page.route('**/media/config', (route) => route.fulfill({ json: { 'm.upload.size': 5000 } }));
      await ada.page.reload();
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      const staged = await chooseFiles(ada.page, [
        text('huge.txt', 6000),
        { name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) },
        { name: 'disguised.png', mimeType: 'image/png', buffer: Buffer.from('<svg onload="alert(1)"/>') },
      ]);
      await staged.getByText('This file has 6 kB; the server takes up to 5 kB.').waitFor();
      await staged.getByText('This file is empty.').waitFor();
      const faults = await inspect(ada.page, 'messages-refused');
      await composer(ada.page).press('Enter');
      await bob.page.getByRole('log').getByRole('button', { name: 'Save disguised.png' }).waitFor();
      for (const name of ['huge.txt', 'empty.txt']) {
        await staged.getByRole('button', { name: `Do not send ${name}` }).click();
        expectEqual(`${name} was not sent`, await bob.page.getByText(name).count(), 0);
      }
      await ada.page.unroute('**/media/config');
      await ada.page.reload();
      await openRoom(ada.page, demo.channel.name);
      noFaults(faults);
    },
  },
  {
    name: 'messages: files of a kind that an admin refuses are named before anything is sent, and refused at the wire',
    shows: ['files.refused-type', 'bad.wrong-file'],
    run: async ({ ada, bob, demo }) => {
      await openAdmin(ada.page, 'Settings');
      const row = ada.page.locator('[data-setting="media.refused-types"]');
      await row
        .getByLabel('Kinds of files refused', { exact: true })
        .fill('application/x-msdownload, text/html, video/*');
      await row.getByRole('button', { name: 'Save Kinds of files refused' }).click();
      await row.getByText(/^Changed by @ada:.* on /).waitFor();
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      const program = {
        name: 'setup.exe',
        mimeType: 'application/x-msdownload',
        buffer: Buffer.from('MZ'),
      };
      const staged = await chooseFiles(ada.page, [
        program,
        { name: 'ferry.mp4', mimeType: 'video/mp4', buffer: Buffer.from('a film') },
        text('allowed.txt'),
      ]);
      for (const type of ['application/x-msdownload', 'video/mp4'])
        await staged.getByText(`Files of the kind ${type} cannot be sent in this workspace.`).waitFor();
      const faults = await inspect(ada.page, 'messages-refused-type');
      await composer(ada.page).press('Enter');
      await bob.page.getByRole('log').getByRole('button', { name: 'Save allowed.txt' }).waitFor();
      for (const name of ['setup.exe', 'ferry.mp4']) {
        await staged.getByRole('button', { name: `Do not send ${name}` }).click();
        expectEqual(`${name} was not sent`, await bob.page.getByText(name).count(), 0);
      }
      // Another client, which does not ask before.
      const token = String(
        await ada.page.evaluate(`JSON.parse(localStorage.getItem('causeway.session')).accessToken`),
      );
      const upload = (type: string) =>
        fetch(`${ada.workspace.url}/_matrix/media/v3/upload?filename=page.html`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': type },
          body: '<p>hello</p>',
        });
      const refused = await upload('text/HTML; charset=utf-8');
      const { errcode, error } = (await refused.json()) as { errcode: string; error: string };
      expectEqual('the answer', [refused.status, errcode].join(' '), '403 M_FORBIDDEN');
      expectEqual('it names the kind', error.includes('text/html'), true);
      expectEqual('the answer to another kind', (await upload('text/plain')).status, 200);
      await openAdmin(ada.page, 'Settings');
      await row.getByRole('button', { name: 'Kinds of files refused: use the default' }).click();
      await row.getByText('Default', { exact: true }).waitFor();
      await openRoom(ada.page, demo.channel.name);
      await chooseFiles(ada.page, [program]);
      await composer(ada.page).press('Enter');
      await bob.page.getByRole('log').getByRole('button', { name: 'Save setup.exe' }).waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'messages: an upload shows its progress, can be cancelled, and is tried again after a failure',
    shows: ['files.progress', 'files.cancel', 'lost.uploading'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      let answer: 'hold' | 'fail' | 'pass' = 'hold';
      await ada.page.route('**/media/v3/upload*', async (route) => {
        while (answer === 'hold') await new Promise((resolve) => setTimeout(resolve, 100));
        if (answer === 'fail')
          await route
            .fulfill({ status: 503, json: { errcode: 'M_UNKNOWN', error: 'The disk is full.' } })
            .catch(() => undefined);
        else await route.continue().catch(() => undefined);
      });
      await chooseFiles(ada.page, [text('cancelled.txt')]);
      await composer(ada.page).press('Enter');
      await ada.page.getByRole('progressbar', { name: 'Uploading cancelled.txt' }).waitFor();
      await ada.page.getByRole('button', { name: 'Do not send cancelled.txt' }).click();
      await ada.page.getByRole('progressbar').waitFor({ state: 'detached' });
      answer = 'fail';
      await chooseFiles(ada.page, [text('again.txt')]);
      await composer(ada.page).press('Enter');
      await ada.page.getByRole('alert').filter({ hasText: 'The disk is full.' }).waitFor();
      const faults = await inspect(ada.page, 'messages-upload-failed');
      answer = 'pass';
      await ada.page.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
      await bob.page.getByRole('log').getByRole('button', { name: 'Save again.txt' }).waitFor();
      expectEqual('what was cancelled', await bob.page.getByText('cancelled.txt').count(), 0);
      await ada.page.unroute('**/media/v3/upload*');
      noFaults(faults);
    },
  },
  {
    name: 'messages: the arrow keys go through the pictures of a room',
    shows: ['files.lightbox'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await chooseFiles(
        ada.page,
        ['one.png', 'two.png'].map((name) => ({
          name,
          mimeType: 'image/png',
          buffer: makePicture(600, 400),
        })),
      );
      await composer(ada.page).press('Enter');
      await bob.page.getByRole('button', { name: 'Enlarge two.png' }).click({ timeout: 20_000 });
      await bob.page.getByRole('dialog', { name: 'two.png' }).getByRole('img', { name: 'two.png' }).waitFor();
      await bob.page.keyboard.press('ArrowLeft');
      await bob.page.getByRole('dialog', { name: 'one.png' }).getByRole('img', { name: 'one.png' }).waitFor();
      const faults = await inspect(bob.page, 'messages-lightbox');
      await bob.page.keyboard.press('ArrowRight');
      await bob.page.getByRole('dialog', { name: 'two.png' }).waitFor();
      await bob.page.keyboard.press('Escape');
      await bob.page.getByRole('dialog').waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'messages: pictures that one person saw are asked for anew by the next at the same browser',
    run: async ({ browser, bob, demo }) => {
      await openRoom(bob.page, demo.channel.name);
      await chooseFiles(bob.page, [
        { name: 'three.png', mimeType: 'image/png', buffer: makePicture(600, 400) },
      ]);
      await composer(bob.page).press('Enter');
      await bob.page.getByRole('button', { name: 'Enlarge three.png' }).waitFor({ timeout: 20_000 });
      const { page, context } = await signIn(browser, bob.workspace, bob.user);
      const asked: string[] = [];
      page.on('request', (request) => {
        if (request.url().includes('/client/v1/media/')) asked.push(request.url());
      });
      const { body } = await ask(bob, 'GET', `${roomPath(demo.channel.room_id)}/messages?dir=b&limit=500`);
      const events = body.chunk as readonly { content: { body?: string; url?: string } }[];
      const mediaId = events
        .find(({ content }) => content.body === 'three.png')
        ?.content.url?.split('/')
        .at(-1);
      if (!mediaId) throw new Error('There is no message with the picture.');
      // Who the others on the page are may have come to light only now: what is meant is this picture.
      const look = async (who: string) => {
        await openRoom(page, demo.channel.name);
        const picture = page.getByRole('button', { name: 'Enlarge three.png' }).locator('img');
        await picture.waitFor({ timeout: 20_000 });
        const isAsked = (url: string) => url.includes(mediaId);
        await expectSoon(`${who} asks for the picture`, async () => asked.some(isAsked));
        return picture.getAttribute('src');
      };
      // The room was open at once after signing in.
      await page.reload();
      const first = await look('the first');
      asked.length = 0;
      await chooseForMe(page, 'Sign out');
      await page.getByLabel('User name').fill(bob.user.username);
      await page.getByLabel('Password').fill(bob.user.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('link', { name: /^Invitations/ }).waitFor();
      expectEqual('what was fetched for the first is shown', (await look('the next')) === first, false);
      await context.close();
    },
  },
];
