/** What the server could not be told or asked: the person reads it, and can make up for it. */
import type { Browser, Page } from 'playwright-core';
import { inspect } from './artefacts.ts';
import { openPage, signIn } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { openMembers, openRoom } from './room-page.ts';
import { ask, chooseForMe, closeDialog, noFaults, openMySettings } from './rooms-page.ts';
import type { Scenario } from './story.ts';
import type { DemoUser, DemoWorkspace } from './workspaces.ts';

const cut = (page: Page, address: RegExp) => page.route(address, (route) => route.abort('connectionfailed'));
const LOGOUT = /\/client\/v3\/logout$/;
const GOES_ON = 'a session that goes on';
const MEMBERS = /\/rooms\/[^/]+\/members/;
const PRESENCE = /\/presence\/[^/]+\/status$/;

export const notToldScenarios: readonly Scenario[] = [
  {
    name: 'not told: signing out without an answer says that the session goes on, and it can be ended later',
    shows: ['account.sessions'],
    run: async ({ browser, demo, bob }) => {
      const count = async () => ((await ask(bob, 'GET', '/devices')).body.devices as unknown[]).length;
      const before = await count();
      const { page, context } = await signIn(browser, bob.workspace, bob.user);
      const device: string = await page.evaluate(
        `JSON.parse(localStorage.getItem('causeway.session')).deviceId`,
      );
      await ask(bob, 'PUT', `/devices/${device}`, { display_name: GOES_ON });
      await cut(page, LOGOUT);
      await chooseForMe(page, 'Sign out');
      await page.getByText('You are signed out here, but the server could not be told.').waitFor();
      await page.getByLabel('User name').waitFor();
      const faults = await inspect(page, 'signed-out-only-here');
      expectEqual('sessions that go on', await count(), before + 1);
      await page.unroute(LOGOUT);
      await page.getByLabel('User name').fill(bob.user.username);
      await page.getByLabel('Password').fill(demo.workspaces[1].users[0].password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('link', { name: /^Invitations/ }).waitFor();
      const dialog = await openMySettings(page, 'Sessions');
      await dialog.getByText('This session').waitFor();
      await dialog.getByRole('button', { name: `Sign out ${GOES_ON}` }).click();
      await dialog.getByLabel('Your password').fill(bob.user.password);
      await dialog.getByRole('button', { name: 'Sign out', exact: true }).click();
      await expectSoon('the session is ended', async () => (await count()) === before + 1);
      await closeDialog(page);
      await chooseForMe(page, 'Sign out');
      await page.getByLabel('User name').waitFor();
      expectEqual('warnings', await page.getByText('could not be told').count(), 0);
      expectEqual('sessions in the end', await count(), before);
      await context.close();
      noFaults(faults);
    },
  },
  {
    name: 'not told: members that cannot be loaded are named as missing, and come with another try',
    shows: ['members.mixed'],
    run: async ({ browser, ada, demo }) => {
      const { page, context } = await signInCut(browser, ada.workspace, ada.user, MEMBERS);
      await openRoom(page, demo.channel.name);
      const panel = await openMembers(page);
      const notice = panel.getByText(/^Not all members could be loaded/);
      await notice.waitFor();
      const faults = await inspect(page, 'members-not-loaded');
      await panel.getByRole('button', { name: 'Try again' }).click();
      await expectSoon('it is said again', () => notice.isVisible());
      await page.unroute(MEMBERS);
      await panel.getByRole('button', { name: 'Try again' }).click();
      await notice.waitFor({ state: 'detached' });
      const { body } = await ask(
        ada,
        'GET',
        `/rooms/${encodeURIComponent(demo.channel.room_id)}/joined_members`,
      );
      const joined = Object.keys(body.joined as object).length;
      await expectSoon(
        'everybody is listed',
        async () => (await panel.getByRole('listitem').count()) >= joined,
      );
      await context.close();
      noFaults(faults);
    },
  },
  {
    name: 'not told: who is invisible learns when the server did not hear it',
    shows: ['presence.invisible'],
    run: async ({ browser, ada }) => {
      const dialog = await openMySettings(ada.page, 'Privacy');
      const box = dialog.getByRole('checkbox', { name: 'Invisible' });
      await box.click();
      await expectSoon('ada is invisible', () => box.isChecked());
      try {
        const { page, context } = await signInCut(browser, ada.workspace, ada.user, PRESENCE);
        await page.getByText(/^The server was not told that you are invisible/).waitFor();
        await context.close();
      } finally {
        await box.click();
        await expectSoon('ada is visible again', async () => !(await box.isChecked()));
        await closeDialog(ada.page);
      }
    },
  },
];

/** Signs in with one request cut off from the beginning. */
async function signInCut(browser: Browser, { url }: DemoWorkspace, user: DemoUser, address: RegExp) {
  const opened = await openPage(browser, url);
  await cut(opened.page, address);
  await opened.page.getByLabel('User name').fill(user.username);
  await opened.page.getByLabel('Password').fill(user.password);
  await opened.page.getByRole('button', { name: 'Sign in' }).click();
  await opened.page.getByRole('link', { name: /^Invitations/ }).waitFor();
  return opened;
}
