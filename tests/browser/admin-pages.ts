/** The pages for admins: what they change is in force at once, on the other side too. */
import type { Page } from 'playwright-core';
import { glance } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { message, openRoom, shareChannel, write } from './room-page.ts';
import { noFaults } from './rooms-page.ts';
import type { Scenario } from './story.ts';

export const openAdmin = async (
  page: Page,
  section:
    | 'Overview'
    | 'Settings'
    | 'People'
    | 'Invitation links'
    | 'Registration tokens'
    | 'Permissions'
    | 'Organisations'
    | 'Rooms'
    | 'Files'
    | 'Reports'
    | 'Audit log',
): Promise<void> => {
  await page.getByRole('button', { name: 'Administration' }).click();
  await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: section }).click();
};

/** As another admin would, at the same time. */
export const behind = (page: Page, method: string, path: string, body = {}): Promise<unknown> =>
  page.evaluate(
    async ([url = '', how = '', json = '']) => {
      const session = JSON.parse(localStorage.getItem('causeway.session') ?? '{}') as {
        accessToken?: string;
      };
      const headers = { authorization: `Bearer ${session.accessToken}`, 'content-type': 'application/json' };
      const answer = await fetch(url, { method: how, headers, ...(how === 'GET' ? {} : { body: json }) });
      return answer.json();
    },
    [`/_causeway/admin/${path}`, method, JSON.stringify(body)],
  );

export const adminScenarios: readonly Scenario[] = [
  {
    name: 'admin: federation off closes a shared room with the reason; on again, what was missed arrives',
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'lock gate');
      await write(ada.page, 'before the gate closes');
      await message(bob.page, 'before the gate closes').waitFor();
      await openAdmin(ada.page, 'Settings');
      const federation = ada.page.getByRole('switch', { name: 'Federation' });
      await federation.waitFor();
      const faults = await glance(ada.page, 'admin-settings');
      await federation.click();
      const row = ada.page.locator('[data-setting="federation.enabled"]');
      await row.getByText(/^Changed by @ada:.* on /).waitFor();
      await openRoom(ada.page, 'lock gate');
      await ada.page.getByText(/It can be read until it is on again\./).waitFor();
      faults.push(...(await glance(ada.page, 'admin-federation-off')));
      await write(bob.page, 'written while closed');
      await openAdmin(ada.page, 'Settings');
      await row.getByRole('button', { name: 'Federation: use the default' }).click();
      await row.getByText('Default', { exact: true }).waitFor();
      await openRoom(ada.page, 'lock gate');
      await message(ada.page, 'written while closed').waitFor();
      await write(ada.page, 'the gate is open');
      await message(bob.page, 'the gate is open').waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'admin: a rule that would lock out the own domain is refused in words; two admins do not overwrite each other',
    run: async ({ ada }) => {
      await openAdmin(ada.page, 'Settings');
      const row = ada.page.locator('[data-setting="federation.rules"]');
      const add = async (domain: string) => {
        await row.getByLabel('Domains', { exact: true }).fill(domain);
        await row.getByRole('button', { name: 'Add rule' }).click();
      };
      const own = ada.user.user_id.slice(ada.user.user_id.indexOf(':') + 1).replace(/:\d+$/, '');
      await add(own);
      await row.getByText(/would lock out your own domain/).waitFor();
      await add('*.Evil.Example');
      await row.getByRole('list', { name: 'Rules' }).getByText('*.evil.example').waitFor();
      const faults = await glance(ada.page, 'admin-rules');
      const limit = ada.page.locator('[data-setting="media.max-upload-mib"]');
      await limit.getByLabel('Largest file', { exact: true }).fill('300');
      await behind(ada.page, 'PUT', 'settings/media.max-upload-mib', { value: 200, version: 0 });
      await limit.getByRole('button', { name: 'Save Largest file' }).click();
      await ada.page
        .locator('[data-setting="media.max-upload-mib"] input')
        .and(ada.page.locator('[value="200"]'))
        .waitFor();
      await ada.page
        .getByText(/changed “Largest file” on \d+ \w+ \d+, \d+:\d+, after you opened it/)
        .waitFor();
      faults.push(...(await glance(ada.page, 'admin-conflict')));
      await row.getByRole('button', { name: 'Remove the rule for *.evil.example' }).click();
      await row.getByRole('list', { name: 'Rules' }).waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'admin: the permission matrix makes a role and limits it to organisations',
    run: async ({ ada }) => {
      await openAdmin(ada.page, 'Permissions');
      await ada.page.getByLabel('New role').fill('partner');
      await ada.page.getByRole('button', { name: 'Make role' }).click();
      const right = (text: string) => ada.page.getByRole('checkbox', { name: `partner: ${text}` });
      await right('Take part in rooms with other organisations').click();
      const towards = ada.page.getByLabel(
        'partner: Invite people of other organisations, only towards these',
      );
      await expectSoon('the right is held', () =>
        right('Take part in rooms with other organisations').isChecked(),
      );
      await towards.fill('*.example.org');
      await towards.press('Enter');
      await ada.page.getByRole('button', { name: 'Save', exact: true }).waitFor({ state: 'detached' });
      await ada.page
        .getByText(/^Changed by @ada:/)
        .first()
        .waitFor();
      await ada.page.reload();
      await right('Take part in rooms with other organisations').waitFor();
      expectEqual('the right', await right('Take part in rooms with other organisations').isChecked(), true);
      expectEqual('the limit', await towards.inputValue(), '*.example.org');
      const fixed = ada.page.getByRole('checkbox', { name: /^admin: Take part/ });
      expectEqual('the rights of admins', await fixed.isDisabled(), true);
      const faults = await glance(ada.page, 'admin-permissions');
      await ada.page.getByRole('button', { name: 'Remove the role partner' }).click();
      await ada.page.getByRole('heading', { name: 'partner' }).waitFor({ state: 'detached' });
      noFaults(faults);
    },
  },
  {
    name: 'admin: the audit log is filtered, exported and verified',
    run: async ({ ada }) => {
      await behind(ada.page, 'PUT', 'roles/auditor', { version: 0 });
      await openAdmin(ada.page, 'Audit log');
      const log = ada.page.getByRole('list', { name: 'Audit log' });
      await log.getByText('sign-in.session').first().waitFor();
      const faults = await glance(ada.page, 'admin-audit');
      await ada.page.getByLabel('What', { exact: true }).fill('role');
      await ada.page.getByRole('button', { name: 'Show' }).click();
      await log.getByText('role.create').first().waitFor();
      await log.getByText('sign-in.session').first().waitFor({ state: 'detached' });
      const [download] = await Promise.all([
        ada.page.waitForEvent('download'),
        ada.page.getByRole('button', { name: 'Export' }).click(),
      ]);
      expectEqual('the file', download.suggestedFilename(), 'audit.jsonl');
      await ada.page.getByRole('button', { name: 'Verify' }).click();
      await ada.page.getByText(/^Sound: \d+ entries, none changed\.$/).waitFor();
      noFaults(faults);
    },
  },
  {
    name: 'admin: whoever is none has no way in and is told so',
    run: async ({ linus }) => {
      expectEqual('the entry', await linus.page.getByRole('button', { name: 'Administration' }).count(), 0);
      const before = linus.page.url();
      await linus.page.evaluate(`location.hash = '#/admin/settings'`);
      await linus.page.getByText('Only admins of this workspace see this.').waitFor();
      await linus.page.goto(before);
    },
  },
];
