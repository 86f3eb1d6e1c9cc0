/** Commands in the composer, and rooms in which nothing may be written. */
import { inspect } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { call, noFaults, type } from './messages-page.ts';
import { accept, composer, createChannel, message, openRoom } from './room-page.ts';
import type { Scenario } from './story.ts';

export const commandScenarios: readonly Scenario[] = [
  {
    name: 'messages: commands are completed, done, and refused in words',
    shows: [
      'commands.invite',
      'commands.topic',
      'commands.me',
      'commands.kick',
      'commands.ban',
      'commands.unban',
      'commands.msg',
      'commands.help',
    ],
    run: async ({ ada, bob }) => {
      const say = async (words: string) => {
        await composer(ada.page).fill(words);
        await composer(ada.page).press('Enter');
      };
      const them = bob.user.user_id;
      await createChannel(ada.page, 'commands', true);
      await type(ada.page, '/inv');
      await ada.page.getByRole('option', { name: /^\/invite/ }).waitFor();
      const faults = await inspect(ada.page, 'messages-commands');
      await composer(ada.page).focus();
      await composer(ada.page).press('Tab');
      expectEqual('the completed command', await composer(ada.page).inputValue(), '/invite ');
      await composer(ada.page).pressSequentially(them);
      await composer(ada.page).press('Enter');
      await accept(bob.page, 'commands');
      await say('/topic What commands can do');
      await bob.page.locator('main header').getByText('What commands can do').waitFor();
      await say('/me waves');
      await message(bob.page, 'waves').getByText(`* ${ada.user.username}`).waitFor();
      await say('//not a command');
      await message(bob.page, '/not a command').waitFor();
      await say('/nonsense');
      await ada.page.getByRole('alert').filter({ hasText: 'There is no command /nonsense' }).waitFor();
      await say('/invite nobody');
      await ada.page.getByRole('alert').filter({ hasText: '/invite @person:organisation' }).waitFor();
      faults.push(...(await inspect(ada.page, 'messages-command-refused')));
      await say(`/kick ${them} for now`);
      await bob.page.getByRole('link', { name: 'commands' }).waitFor({ state: 'detached' });
      await say(`/ban ${them}`);
      await ada.page
        .getByRole('log')
        .getByText(/ banned /)
        .waitFor();
      await say(`/unban ${them}`);
      await ada.page
        .getByRole('log')
        .getByText(/ unbanned /)
        .waitFor();
      await say('/help');
      await ada.page.getByRole('dialog', { name: 'Commands' }).getByText('/topic').waitFor();
      faults.push(...(await inspect(ada.page, 'messages-help')));
      await ada.page.keyboard.press('Escape');
      await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
      await say(`/msg ${them} by command`);
      await expectSoon('the conversation opens', async () => message(ada.page, 'by command').isVisible());
      noFaults(faults);
    },
  },
  {
    name: 'messages: /join opens a public room of the other side, and /leave leaves it',
    shows: ['commands.join', 'commands.leave', 'join.alias'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      const { room_id: roomId } = await call(bob, 'POST', '/_matrix/client/v3/createRoom', {
        name: 'open water',
        preset: 'public_chat',
        room_alias_name: 'open-water',
      });
      await composer(ada.page).fill(`/join #open-water:${bob.workspace.server_name}`);
      await composer(ada.page).press('Enter');
      await ada.page.getByRole('heading', { name: 'open water', level: 1 }).waitFor({ timeout: 30_000 });
      await openRoom(bob.page, 'open water');
      await bob.page.getByRole('log').getByText(`${ada.user.username} joined`).waitFor();
      await composer(ada.page).fill('/leave');
      await composer(ada.page).press('Enter');
      await ada.page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
      await bob.page.getByRole('log').getByText(`${ada.user.username} left`).waitFor();
      expectEqual('the room', String(roomId).startsWith('!'), true);
    },
  },
  {
    name: 'messages: an encrypted room closes the composer, and nothing is ever sent into it in plain text',
    shows: ['encrypted.recognised', 'encrypted.closed', 'encrypted.no-plaintext'],
    run: async ({ ada, demo }) => {
      const { room_id: roomId } = await call(ada, 'POST', '/_matrix/client/v3/createRoom', {
        name: 'sealed',
        initial_state: [
          { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } },
        ],
      });
      const sent: string[] = [];
      ada.page.on('request', (request) => {
        if (request.method() === 'PUT' && request.url().includes(encodeURIComponent(String(roomId))))
          sent.push(request.url());
      });
      await openRoom(ada.page, 'sealed');
      await ada.page.getByText('This room is end-to-end encrypted').waitFor();
      expectEqual('there is no composer', await composer(ada.page).count(), 0);
      const faults = await inspect(ada.page, 'messages-encrypted');
      const base64 = Buffer.from('a file').toString('base64');
      await ada.page.evaluate(`(() => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob('${base64}'), (c) => c.charCodeAt(0))], 'dropped.txt'));
        document.querySelector('[role=log]').dispatchEvent(
          new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));
      })()`);
      await ada.page.waitForTimeout(500);
      expectEqual('nothing was sent', sent.join(' '), '');
      await openRoom(ada.page, demo.channel.name);
      noFaults(faults);
    },
  },
];
