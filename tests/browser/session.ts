/** Signing in and out, the theme, and the set-up of a workspace. */
import { inspect } from './artefacts.ts';
import { openPage, signIn } from './browser.ts';
import { expectEqual } from './expect.ts';
import { noFaults } from './messages-page.ts';
import { composer, openRoom } from './room-page.ts';
import { chooseForMe } from './rooms-page.ts';
import type { Scenario } from './story.ts';
import { startBeforeSetup } from './workspaces.ts';

export const signInScenarios: readonly Scenario[] = [
  {
    name: 'a wrong password is refused where it was typed, the right one signs in, on both sides',
    run: async (story) => {
      const [north, south] = story.demo.workspaces;
      const { page, context } = await openPage(story.browser, north.url);
      await page.getByLabel('User name').fill(north.users[0].username);
      await page.getByLabel('Password').fill('not the password');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
      const faults = await inspect(page, 'sign-in');
      await context.close();
      story.ada = await signIn(story.browser, north, north.users[0]);
      story.bob = await signIn(story.browser, south, south.users[0]);
      story.linus = await signIn(story.browser, south, south.users[1]);
      noFaults(faults);
    },
  },
];

export const setupScenarios: readonly Scenario[] = [
  {
    name: 'the theme can be chosen, and signing out ends the session on the server',
    shows: ['account.theme', 'surface.themes'],
    run: async ({ browser, demo: { workspaces, channel } }) => {
      // In a session of its own: the others go on.
      const { page, context } = await signIn(browser, workspaces[1], workspaces[1].users[1]);
      await openRoom(page, channel.name);
      await page
        .getByRole('button', { name: /: your menu$/ })
        .first()
        .click();
      await page.getByRole('menuitemradio', { name: 'Dark' }).click();
      expectEqual('the theme', await page.evaluate('document.documentElement.dataset.theme'), 'dark');
      await page
        .getByRole('button', { name: /: your menu$/ })
        .first()
        .click();
      const faults = await inspect(page, 'my-menu');
      await page.keyboard.press('Escape');
      const token = await page.evaluate(`JSON.parse(localStorage.getItem('causeway.session')).accessToken`);
      await composer(page).fill('Half a thought that nobody should find');
      await chooseForMe(page, 'Sign out');
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      expectEqual(
        'drafts go with the session',
        String(await page.evaluate('JSON.stringify(localStorage)')).includes('Half a thought'),
        false,
      );
      const answer = await fetch(`${workspaces[1].url}/_matrix/client/v3/account/whoami`, {
        headers: { authorization: `Bearer ${String(token)}` },
      });
      expectEqual('the status of the old token', answer.status, 401);
      await context.close();
      noFaults(faults);
    },
  },
  {
    name: 'the set-up page explains the server name, refuses bad answers where they stand, and ends signed in',
    run: async ({ browser }) => {
      const before = await startBeforeSetup();
      try {
        const { page, context } = await openPage(browser, before.value.replace(/token=.*/, 'token=wrong'));
        await page.getByRole('heading', { name: 'This link does not work' }).waitFor();
        await page.getByText('Whoever runs the server restarts it').waitFor();
        await page.goto(before.value);
        await page.getByText('it can never change', { exact: false }).first().waitFor();
        const faults = await inspect(page, 'setup');
        await page.getByRole('button', { name: 'Set up the workspace' }).click();
        await page.getByText('Give the workspace a name.').waitFor();
        await page.getByRole('radio', { name: 'A trial' }).check();
        await page.getByText('can never work with other organisations').first().waitFor();
        faults.push(...(await inspect(page, 'setup-trial')));
        await page.getByLabel('Workspace name').fill('Try-out');
        await page.getByLabel('User name').fill('root');
        await page.getByLabel('Password').fill('a long enough password');
        await page.getByRole('button', { name: 'Set up the workspace' }).click();
        if (process.env.CAUSEWAY_BROWSER_WORKSPACES) {
          await page.getByRole('heading', { name: 'Sign in to Try-out' }).waitFor();
        } else {
          await page.getByRole('heading', { name: 'Welcome to Try-out' }).waitFor({ timeout: 30_000 });
          faults.push(...(await inspect(page, 'home')));
          await page.getByRole('button', { name: 'New channel' }).first().click();
          await page.getByText('can never reach other organisations').waitFor();
          expectEqual(
            'a trial cannot choose other organisations',
            await page.getByRole('radio', { name: 'With other organisations' }).isDisabled(),
            true,
          );
        }
        await context.close();
        noFaults(faults);
      } finally {
        await before.stop();
      }
    },
  },
];
