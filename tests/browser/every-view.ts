/** Every screen, panel, dialog and section of settings there is, and how a person gets there. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expectEqual, expectSoon } from './expect.ts';
import { chooseFiles, threadPanel, writeInThread } from './messages-page.ts';
import { makePicture } from './picture.ts';
import {
  act,
  choose,
  chooseAction,
  chooseForRoom,
  clickInMessage,
  composer,
  createChannel,
  inviteAndClose,
  message,
  openInbox,
  openMembers,
  react,
  shareChannel,
  write,
} from './room-page.ts';
import { openMySettings, openRoomSettings, shownRoom } from './rooms-page.ts';
import { madeOnce, type Story } from './story.ts';

/** The name of a view begins with the kind it is of, as the app's sources call it. */
export type Views = Readonly<Record<string, (page: Page) => Promise<unknown>>>;

const SOURCES = new URL('../../packages/web/src/', import.meta.url);
const ROOM = 'dry dock';
const WORDS = 'The dock is dry';

let room = '';
let person = '';

/** What the views show. */
export const prepareViews = madeOnce(async ({ ada, bob }: Story) => {
  const { page } = ada;
  await shareChannel(ada, [bob], ROOM);
  await write(page, 'The dock is wet');
  await act(page, 'The dock is wet', 'Edit');
  await write(page, WORDS);
  await react(bob.page, WORDS, 'tada');
  await message(page, WORDS)
    .getByRole('button', { name: /reacted with/ })
    .waitFor();
  await chooseAction(page, WORDS, 'Pin to the room');
  await write(bob.page, 'We come with the tug at nine');
  await clickInMessage(message(page, 'We come with the tug'), 'Reply in thread');
  await writeInThread(page, 'The gate is open then');
  await threadPanel(page).getByRole('button', { name: 'Close' }).click();
  await chooseFiles(page, [{ name: 'dock.png', mimeType: 'image/png', buffer: makePicture(600, 400) }]);
  await composer(page).press('Enter');
  await page.getByRole('button', { name: 'Enlarge dock.png' }).waitFor();
  const made = shownRoom(page);
  // An invitation that waits in ada's inbox.
  await createChannel(bob.page, 'tug crew', true);
  await inviteAndClose(bob.page, ada.user.user_id);
  await openInbox(page);
  await page.getByText('tug crew').first().waitFor();
  room = made;
  person = ada.user.user_id;
});

export async function toRoom(page: Page): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/rooms/${encodeURIComponent(room)}`)}`);
  await page.getByRole('heading', { name: ROOM, level: 1 }).waitFor();
  await message(page, WORDS).waitFor();
}

const at = (hash: string, title: string) => async (page: Page) => {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await page.getByRole('heading', { name: title, level: 1 }).filter({ visible: true }).first().waitFor();
};

const panel = (button: string | RegExp) => async (page: Page) => {
  await toRoom(page);
  await page.getByRole('button', { name: button }).first().click();
  await page.getByRole('complementary').filter({ visible: true }).first().waitFor();
};

const admin =
  (section: string, title = 'Administration') =>
  async (page: Page) => {
    await at(`#/admin/${section}`, title)(page);
    await expectSoon('nothing is loading', async () => page.getByText('Loading', { exact: true }).isHidden());
  };

export const screens: Views = {
  // On a wide screen the last room opens by itself.
  home: async (page) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.evaluate(`location.hash = '#/'`);
    await page.getByRole('heading', { name: 'Channels' }).waitFor();
  },
  'home-missing': at('#/rooms/!nowhere:north.test', 'You are not in this room'),
  invitations: at('#/invitations', 'Invitations'),
  discover: at('#/discover', 'Browse channels'),
  search: async (page) => {
    await at('#/search?for=dock', 'Search')(page);
    await page.getByText(WORDS).first().waitFor();
  },
  'admin-overview': admin('overview'),
  'admin-settings': admin('settings'),
  'admin-people': admin('people'),
  'admin-people-one': async (page) => {
    await admin(`people/${encodeURIComponent(person)}`)(page);
    await page.getByRole('region', { name: 'Copy of their data' }).waitFor();
  },
  'admin-invitation-links': admin('invitation-links'),
  'admin-registration-tokens': admin('registration-tokens'),
  'admin-permissions': admin('permissions'),
  'admin-organisations': admin('organisations'),
  'admin-organisations-one': async (page) => {
    await admin('organisations')(page);
    await page.getByRole('link', { name: 'south.test', exact: true }).click();
    await page.getByRole('heading', { name: 'Shared rooms' }).waitFor();
  },
  'admin-rooms': admin('rooms'),
  'admin-rooms-one': async (page) => {
    await admin(`rooms/${encodeURIComponent(room)}`)(page);
    await page.getByRole('region', { name: 'Forward extremities' }).waitFor();
  },
  'admin-files': admin('files'),
  'admin-reports': admin('reports'),
  'admin-audit': admin('audit'),
  'admin-federation-check': admin('federation-check', 'Federation check'),
  join: at(`#/join/${encodeURIComponent('#harbour:south.test')}`, 'Join a room'),
};

export const panels: Views = {
  room: toRoom,
  'room-members': panel(/^\d+ members?$/),
  'room-details': panel('Details'),
  'room-threads': panel(/^Threads/),
  'room-pins': panel(/pinned message/),
  'room-thread': async (page) => {
    await toRoom(page);
    await message(page, 'We come with the tug')
      .getByRole('button', { name: /1 reply/ })
      .click();
    await threadPanel(page).getByText('The gate is open then').waitFor();
  },
};

const pressed = (button: string) => async (page: Page) => {
  await toRoom(page);
  await page.getByRole('button', { name: button }).filter({ visible: true }).first().click();
};

const inRoomMenu = (entry: string) => async (page: Page) => {
  await toRoom(page);
  await chooseForRoom(page, entry);
};

const onMember = (entry: string) => async (page: Page) => {
  await toRoom(page);
  const members = await openMembers(page);
  const row = members.getByRole('listitem').filter({ hasText: 'south.test' });
  await choose(row.getByRole('button', { name: /^Actions for / }), new RegExp(`^${entry}$`));
};

const onMessage = (words: string, entry: string) => async (page: Page) => {
  await toRoom(page);
  await chooseAction(page, words, entry);
};

const onInvitation = (entry: string | RegExp) => async (page: Page) => {
  await openInbox(page);
  const card = page.getByRole('listitem').filter({ hasText: 'tug crew' });
  await choose(card.getByRole('button', { name: /^More about/ }), entry);
};

export const dialogs: Views = {
  switcher: async (page) => {
    await toRoom(page);
    await page.keyboard.press('Control+k');
  },
  shortcuts: pressed('Keyboard shortcuts'),
  'create-channel': pressed('New channel'),
  'create-space': pressed('New space'),
  'new-message': pressed('New message'),
  invite: inRoomMenu('Invite people'),
  'edit-room': inRoomMenu('Name and topic'),
  'leave-room': inRoomMenu('Leave channel'),
  report: inRoomMenu('Report this room'),
  'signing-key': async (page) => {
    await screens['admin-settings']?.(page);
    await page.getByRole('button', { name: 'Make a new key' }).click();
  },
};

export const peopleDialogs: Views = {
  'report-person': onInvitation(/^Report /),
  'block-organisation': onInvitation(/^Block /),
  'ignore-person': onMember('Ignore'),
  'change-role': onMember('Change role'),
  'remove-person': onMember('Remove'),
  'remove-person-ban': onMember('Ban'),
};

export const messageDialogs: Views = {
  'delete-message': async (page) => {
    await toRoom(page);
    await act(page, WORDS, 'Delete');
  },
  'report-message': onMessage('We come with the tug', 'Report this message'),
  'start-discussion': onMessage(WORDS, 'Start a discussion'),
  picture: pressed('Enlarge dock.png'),
  history: onMessage(WORDS, 'Earlier versions'),
  reactions: onMessage(WORDS, 'Who reacted'),
  delivery: onMessage(WORDS, 'Delivery'),
  commands: async (page) => {
    await toRoom(page);
    await composer(page).fill('/help');
    await composer(page).press('Enter');
  },
};

const ofRoom = (section: string) => async (page: Page) => {
  await toRoom(page);
  await openRoomSettings(page, section);
};
const mine = (section: string) => async (page: Page) => {
  await toRoom(page);
  await openMySettings(page, section);
};

export const roomSections: Views = {
  general: ofRoom('General'),
  access: ofRoom('Access'),
  notifications: ofRoom('Notifications'),
  permissions: ofRoom('Permissions'),
  banned: ofRoom('Banned users'),
  servers: ofRoom('Servers'),
  version: ofRoom('Advanced'),
};

export const mySections: Views = {
  profile: mine('Profile'),
  password: mine('Password'),
  sessions: mine('Sessions'),
  notifications: mine('Notifications'),
  privacy: mine('Privacy'),
  unwanted: mine('Ignored and blocked'),
  appearance: mine('Appearance'),
};

/** Fails when the app has a screen, dialog or section that is not among the views, or the other way round. */
export async function expectAllViews(): Promise<void> {
  const [route, frame, messages] = await Promise.all(
    ['frame/route.ts', 'frame/dialogs.ts', 'timeline/message-dialogs.ts'].map((path) =>
      readFile(new URL(path, SOURCES), 'utf8'),
    ),
  );
  const named = (source: string | undefined, begin: string, word: RegExp) => {
    const text = source?.split(begin)[1]?.split(/;\n\n|\] as const/)[0] ?? '';
    const found = [...text.matchAll(word)].map((match) => match[1] ?? '');
    if (found.length === 0) throw new Error(`Nothing was found after “${begin}”.`);
    return [...new Set(found)];
  };
  const dialogKinds = [
    ...named(frame, 'export type OpenDialog =', /readonly kind: '([\w-]+)'/g),
    ...named(messages, 'export type MessageDialog =', /readonly kind: '([\w-]+)'/g),
  ];
  const settings = ['room-settings', 'my-settings'];
  const covers = (views: Views, kind: string) =>
    Object.keys(views).some((name) => name === kind || name.startsWith(`${kind}-`));
  const all = { ...dialogs, ...peopleDialogs, ...messageDialogs };
  const missing = [
    ...dialogKinds.filter((kind) => !settings.includes(kind) && !covers(all, kind)),
    ...named(route, 'export type Route =', /readonly screen: '([\w-]+)'/g).filter(
      (name) => !covers({ ...screens, ...panels }, name),
    ),
    ...named(route, 'ADMIN_SECTIONS = [', /'([\w-]+)'/g).filter((name) => !(`admin-${name}` in screens)),
    ...named(frame, 'export type RoomSettingsSection =', /'([\w-]+)'/g).filter(
      (name) => !(name in roomSections),
    ),
    ...named(frame, 'export type MySettingsSection =', /'([\w-]+)'/g).filter((name) => !(name in mySections)),
  ];
  expectEqual('what no view shows', missing.join(', '), '');
}

/** Opens one view after the other; each is left again. */
export async function visit(page: Page, views: Views, look: (name: string) => Promise<void>): Promise<void> {
  const isDialog = views !== screens && views !== panels;
  for (const [name, open] of Object.entries(views)) {
    await open(page).catch((problem: unknown) => {
      throw new Error(
        `${name} did not open: ${problem instanceof Error ? problem.message : String(problem)}`,
      );
    });
    if (isDialog) await page.getByRole('dialog').waitFor();
    await look(name);
    await leave(page);
  }
}

async function leave(page: Page): Promise<void> {
  await page.setViewportSize({ width: 1600, height: 1000 });
  await expectSoon('what was open is closed', async () => {
    if ((await page.getByRole('dialog').count()) > 0) await page.keyboard.press('Escape');
    return (await page.getByRole('dialog').count()) === 0;
  });
  const close = page.getByRole('complementary').getByRole('button', { name: 'Close' });
  if ((await close.count()) > 0) await close.first().click();
}
