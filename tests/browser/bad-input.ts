/** What other people and servers do wrong, and impatience: names that imitate, slow and lying servers, old links. */
import { glance, inspect } from './artefacts.ts';
import { openPage, type Person } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import type { Behaviour, PeerAnswer } from './peers.ts';
import {
  accept,
  chooseForMember,
  chooseForRoom,
  createChannel,
  invitationCard,
  invite,
  inviteAndClose,
  message,
  openInbox,
  openMembers,
  openRoom,
  write,
} from './room-page.ts';
import {
  ask,
  closeDialog,
  createPublicChannel,
  joinedRooms,
  noFaults,
  openLink,
  openMySettings,
  openRoomSettings,
  peersOf,
  roomPath,
  save,
  shownRoom,
} from './rooms-page.ts';
import type { Scenario } from './story.ts';
import { startBeforeSetup } from './workspaces.ts';

/** What a person is promised: an answer, or words about its absence. */
const PROMISED_MS = 15_000;
/** All letters are Cyrillic: no alphabets are mixed in it. */
const LOOK_ALIKE = '\u0410\u0501\u0430';
const MIXED = 'This name mixes letters of several alphabets';

async function within<T>(what: string, work: Promise<T>): Promise<T> {
  const began = Date.now();
  const result = await work;
  if (Date.now() - began > PROMISED_MS) throw new Error(`${what} took ${Date.now() - began} ms.`);
  return result;
}

const textOf = ({ body }: PeerAnswer): string =>
  typeof body === 'string' ? body : Buffer.from(body as Uint8Array).toString();

/** Changes the JSON of honest answers at one address. */
const lying =
  (address: string, change: (body: Record<string, unknown>) => unknown): Behaviour =>
  async ({ path }, honestly) => {
    const answer = await honestly();
    if (!path.includes(address)) return answer;
    return { ...answer, body: JSON.stringify(change(JSON.parse(textOf(answer)))) };
  };

const html: Behaviour = async () => ({
  status: 200,
  type: 'text/html',
  body: '<html><script>document.title = "mine"</script><h1>Welcome to nginx</h1></html>',
});

async function refuseToJoin({ page }: Person, link: string) {
  await openLink(page, link);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  const alert = page.getByRole('alert').filter({ hasText: 'You have not joined' });
  await within('the refusal', alert.waitFor({ timeout: 2 * PROMISED_MS }));
  return alert.innerText();
}

export const badInputScenarios: readonly Scenario[] = [
  {
    name: 'bad input: a person and a room that imitate others are marked, with their full addresses',
    shows: ['bad.homoglyphs'],
    run: async ({ ada, bob }) => {
      const callOneself = async (name: string) => {
        const settings = await openMySettings(bob.page, 'Profile');
        const field = settings.getByLabel('Name', { exact: true });
        const before = await field.inputValue();
        await field.fill(name);
        await save(settings);
        await closeDialog(bob.page);
        return before;
      };
      const before = await callOneself(LOOK_ALIKE);
      try {
        await createChannel(bob.page, 'h\u0430rbour', true);
        await inviteAndClose(bob.page, ada.user.user_id);
        await openInbox(ada.page);
        const card = invitationCard(ada.page, 'h\u0430rbour');
        const imitated = `This name looks like that of Ada (${ada.user.user_id})`;
        await card.getByText(imitated).first().waitFor();
        await card.getByText(bob.user.user_id).waitFor();
        await card.getByText(bob.workspace.server_name, { exact: true }).waitFor();
        await card.getByRole('img', { name: MIXED }).waitFor();
        const faults = await inspect(ada.page, 'imitation-invitation');
        await accept(ada.page, 'h\u0430rbour');
        await ada.page.locator('main header').getByRole('img', { name: MIXED }).waitFor();
        await write(bob.page, 'It is me, the real one');
        const row = message(ada.page, 'It is me, the real one');
        await row.getByText(bob.workspace.server_name, { exact: true }).waitFor();
        await row.getByRole('img', { name: imitated }).waitFor();
        const panel = await openMembers(ada.page);
        const impostor = panel.getByRole('listitem').filter({ hasText: bob.user.user_id });
        await impostor.getByRole('img', { name: imitated }).waitFor();
        faults.push(...(await inspect(ada.page, 'imitation-members')));
        expectEqual(
          'the one who is imitated has no mark',
          await panel
            .getByRole('listitem')
            .filter({ hasText: 'you' })
            .getByRole('img', { name: 'This name' })
            .count(),
          0,
        );
        await callOneself('Ada');
        // Rooms hear of a name after the profile has it: a message before that belongs to the ones above it.
        await ada.page.getByText(`${LOOK_ALIKE} is now called Ada`).waitFor();
        await write(bob.page, 'It is me, Ada');
        const named = message(ada.page, 'It is me, Ada');
        await named.getByText(bob.user.user_id).waitFor();
        faults.push(...(await glance(ada.page, 'namesakes')));
        noFaults(faults);
      } finally {
        await callOneself(before);
      }
    },
  },
  {
    name: 'bad input: a server that drips or never answers is named in time, and nobody has to wait for it',
    shows: ['bad.slow-server'],
    run: async (story) => {
      const { ada } = story;
      const slow = peersOf(story)['slow.test'];
      async function* drops() {
        for (;;) {
          yield ' ';
          await new Promise((resume) => setTimeout(resume, 200));
        }
      }
      const drips: Behaviour = async () => ({ status: 200, body: drops() });
      const silent: Behaviour = () => new Promise(() => undefined);
      await createChannel(ada.page, 'hourglass', true);
      const faults: string[] = [];
      for (const behaviour of [drips, silent]) {
        slow.behave = behaviour;
        await openRoom(ada.page, 'hourglass');
        const dialog = await invite(ada.page, '@sven:slow.test');
        await dialog.getByRole('status').filter({ hasText: 'Asking slow.test' }).waitFor();
        await within('the check', dialog.getByRole('alert').waitFor({ timeout: 2 * PROMISED_MS }));
        await dialog.getByText('slow.test cannot be reached').waitFor();
        await dialog.getByRole('button', { name: 'Try again' }).click();
        await dialog.getByRole('button', { name: /^Do not invite/ }).click();
        await dialog.getByText('@sven:slow.test').waitFor({ state: 'detached' });
        await dialog.getByRole('button', { name: 'Done' }).click();
        const reason = await refuseToJoin(ada, '#snail:slow.test');
        expectEqual('the reason names the server', reason.includes('slow.test'), true);
        await ada.page.getByRole('link', { name: 'Browse channels' }).click();
        await ada.page.getByLabel('Another organisation’s server').fill('slow.test');
        await ada.page.getByRole('button', { name: 'Show' }).click();
        await ada.page.getByRole('status', { name: 'Loading the channels' }).waitFor();
        await ada.page.getByRole('button', { name: 'north.test (yours)' }).click();
        await ada.page.getByRole('heading', { name: 'Public channels of north.test' }).waitFor();
        await ada.page.getByRole('button', { name: 'Show' }).click();
        const alert = ada.page.getByRole('alert').filter({ hasText: 'slow.test does not show its channels' });
        await within('the directory', alert.waitFor({ timeout: 2 * PROMISED_MS }));
      }
      faults.push(...(await inspect(ada.page, 'slow-directory')));
      slow.behave = undefined;
      await openRoom(ada.page, 'hourglass');
      await write(ada.page, 'Meanwhile, here');
      noFaults(faults);
    },
  },
  {
    name: 'bad input: a server that lies gets nobody in, and every lie has its words',
    shows: ['bad.lying-server'],
    run: async (story) => {
      const { bob } = story;
      const liar = peersOf(story)['liar.test'];
      const lea = await liar.person('lea');
      const { room_id } = await lea.ok('POST', '/createRoom', {
        name: 'honest talk',
        preset: 'public_chat',
        room_alias_name: 'honest',
      });
      const { room_id: other } = await lea.ok('POST', '/createRoom', { preset: 'public_chat' });
      const { members: before } = { members: await joinedRooms(bob) };
      const forged = (event: unknown) => {
        const { signatures, ...rest } = event as { signatures: Record<string, Record<string, string>> };
        const wrong = Object.entries(signatures).map(([server, keys]) => [
          server,
          Object.fromEntries(Object.keys(keys).map((key) => [key, 'A'.repeat(86)])),
        ]);
        return { ...rest, signatures: Object.fromEntries(wrong) };
      };
      const state = (body: Record<string, unknown>) => body.state as Record<string, unknown>[];
      const lies: readonly (readonly [string, Behaviour])[] = [
        ['HTML', html],
        ['an unknown room version', lying('/make_join/', (body) => ({ ...body, room_version: 'liar.99' }))],
        [
          'a draft for somebody else',
          lying('/make_join/', (body) => ({
            ...body,
            event: { ...(body.event as object), sender: '@lea:liar.test', state_key: '@lea:liar.test' },
          })),
        ],
        [
          'a draft for another room',
          lying('/make_join/', (body) => ({ ...body, event: { ...(body.event as object), room_id: other } })),
        ],
        ['forged signatures', lying('/send_join/', (body) => ({ ...body, state: state(body).map(forged) }))],
        ['no state', lying('/send_join/', (body) => ({ ...body, state: [], auth_chain: [] }))],
        [
          'the state of another room',
          lying('/send_join/', (body) => ({
            ...body,
            state: state(body).map((event) => ({ ...event, room_id: other })),
          })),
        ],
      ];
      const told: string[] = [];
      for (const [lie, behaviour] of lies) {
        liar.behave = behaviour;
        const words = await refuseToJoin(
          bob,
          `https://matrix.to/#/${encodeURIComponent(String(room_id))}?via=liar.test`,
        );
        if (!/liar\.test|version|liar\.99/.test(words))
          throw new Error(`${lie}: these are no clear words: ${words}`);
        told.push(words);
        expectEqual(`${lie}: bob is in a room more`, (await joinedRooms(bob)).length, before.length);
        expectEqual(
          `${lie}: the room is listed`,
          await bob.page.getByRole('link', { name: 'honest talk' }).count(),
          0,
        );
      }
      const faults = await inspect(bob.page, 'lying-server');
      liar.behave = html;
      await bob.page.getByRole('link', { name: 'Browse channels' }).click();
      await bob.page.getByLabel('Another organisation’s server').fill('liar.test');
      await bob.page.getByRole('button', { name: 'Show' }).click();
      await bob.page
        .getByRole('alert')
        .filter({ hasText: 'liar.test does not show its channels' })
        .waitFor({ timeout: PROMISED_MS });
      liar.behave = undefined;
      await openLink(bob.page, '#honest:liar.test');
      await bob.page.getByRole('button', { name: 'Join', exact: true }).click();
      await bob.page.getByRole('heading', { name: 'honest talk', level: 1 }).waitFor({ timeout: 30_000 });
      await write(bob.page, 'Now I believe you');
      await expectSoon('the other side has it', async () => {
        const { body } = await lea.call('GET', `${roomPath(String(room_id))}/messages?dir=b&limit=10`);
        return JSON.stringify(body).includes('Now I believe you');
      });
      noFaults(faults);
    },
  },
  {
    name: 'bad input: a link that no longer lets in says so, for rooms, invitations and the set-up',
    shows: ['bad.expired-link'],
    run: async ({ browser, ada, bob }) => {
      const link = await createPublicChannel(ada.page, 'ice rink');
      const roomId = shownRoom(ada.page);
      const dialog = await openRoomSettings(ada.page, 'Access');
      await dialog.getByRole('radio', { name: 'Invited people only' }).check();
      await save(dialog);
      await closeDialog(ada.page);
      await refuseToJoin(bob, link);
      expectEqual('bob is in it', (await joinedRooms(bob)).includes(roomId), false);
      const { status } = await ask(ada, 'POST', `${roomPath(roomId)}/leave`, {});
      expectEqual('ada leaves', status, 200);
      const gone = await refuseToJoin(bob, link);
      expectEqual('the words name the room', gone.includes(roomId), true);
      if (process.env.CAUSEWAY_BROWSER_WORKSPACES) return;
      const before = await startBeforeSetup();
      try {
        const { page, context } = await openPage(browser, before.value);
        await page.getByRole('radio', { name: 'A trial' }).check();
        await page.getByLabel('Workspace name').fill('Once');
        await page.getByLabel('User name').fill('root');
        await page.getByLabel('Password').fill('a long enough password');
        await page.getByRole('button', { name: 'Set up the workspace' }).dblclick();
        await page.getByRole('heading', { name: 'Welcome to Once' }).waitFor({ timeout: 30_000 });
        await context.close();
        const second = await openPage(browser, before.value);
        await second.page.getByRole('heading', { name: 'Sign in to Once' }).waitFor();
        expectEqual(
          'the used link makes another admin',
          await second.page.getByRole('button', { name: 'Set up the workspace' }).count(),
          0,
        );
        await second.context.close();
      } finally {
        await before.stop();
      }
    },
  },
  {
    name: 'bad input: double clicks invite, accept, create, join, save, remove and leave once',
    shows: ['bad.double-click'],
    run: async ({ ada, bob, linus }) => {
      await ada.page.getByRole('button', { name: 'New channel' }).first().click();
      const creating = ada.page.getByRole('dialog', { name: 'New channel' });
      await creating.getByLabel('Name').fill('echo');
      await creating.getByRole('radio', { name: 'With other organisations' }).check();
      const roomsBefore = (await joinedRooms(ada)).length;
      await creating.getByRole('button', { name: 'Create channel' }).dblclick();
      await ada.page.getByRole('heading', { name: 'echo', level: 1 }).waitFor();
      expectEqual('rooms made', (await joinedRooms(ada)).length - roomsBefore, 1);
      const roomId = shownRoom(ada.page);
      const dialog = await invite(ada.page, bob.user.user_id);
      await dialog.getByText('Found', { exact: true }).waitFor();
      await dialog.getByRole('button', { name: /^Send/ }).dblclick();
      await dialog.getByText('Invited', { exact: true }).first().waitFor();
      await dialog.getByRole('button', { name: 'Done' }).click();
      await openInbox(bob.page);
      await invitationCard(bob.page, 'echo').getByRole('button', { name: 'Accept' }).dblclick();
      await bob.page.getByRole('heading', { name: 'echo', level: 1 }).waitFor({ timeout: 20_000 });
      const settings = await openRoomSettings(ada.page, 'Access');
      await settings.getByRole('radio', { name: /^Anybody They/ }).check();
      await settings.getByRole('button', { name: 'Save' }).first().dblclick();
      await settings.getByText('Saved').first().waitFor();
      const link = await settings.getByLabel('Invite link').inputValue();
      await closeDialog(ada.page);
      await openLink(linus.page, link);
      await linus.page.getByRole('button', { name: 'Join', exact: true }).dblclick();
      await linus.page.getByRole('heading', { name: 'echo', level: 1 }).waitFor({ timeout: 20_000 });
      await chooseForRoom(linus.page, /^Leave/);
      await linus.page.getByRole('dialog').getByRole('button', { name: 'Leave' }).dblclick();
      await linus.page.getByRole('link', { name: 'echo' }).waitFor({ state: 'detached' });
      const panel = await openMembers(ada.page);
      await panel.getByText(linus.user.user_id).waitFor({ state: 'detached' });
      await chooseForMember(ada.page, new RegExp(`^Actions for ${bob.user.username}$`, 'i'), 'Remove');
      await ada.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).dblclick();
      await ada.page.getByRole('dialog').waitFor({ state: 'detached' });
      const { body } = await ask(ada, 'GET', `${roomPath(roomId)}/messages?dir=b&limit=100`);
      const events = body.chunk as { type: string; state_key?: string; content: { membership?: string } }[];
      const history = (user: string) =>
        events
          .filter(({ type, state_key }) => type === 'm.room.member' && state_key === user)
          .map(({ content }) => content.membership)
          .reverse()
          .join(' ');
      expectEqual('what became of bob', history(bob.user.user_id), 'invite join leave');
      expectEqual('what became of linus', history(linus.user.user_id), 'join leave');
      expectEqual(
        'changes of who may join',
        events.filter(({ type }) => type === 'm.room.join_rules').length,
        2,
      );
    },
  },
];
