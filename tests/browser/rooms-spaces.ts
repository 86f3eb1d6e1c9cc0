/** Spaces in the rail, and what is told to the admins. */
import { inspect } from './artefacts.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { chooseAction, chooseForRoom, openRoom, shareChannel, write } from './room-page.ts';
import { createPublicChannel, joinByLink, noFaults, shownRoom } from './rooms-page.ts';
import type { Scenario } from './story.ts';

export const spaceScenarios: readonly Scenario[] = [
  {
    name: 'a space stands in the rail, and a room that is taken out of it is gone on the other side too',
    shows: ['spaces.create', 'spaces.add', 'spaces.browse'],
    run: async ({ ada, bob }) => {
      await createPublicChannel(ada.page, 'fish market');
      const rail = ada.page.getByRole('navigation', { name: 'Workspace' });
      await rail.getByRole('button', { name: 'New space' }).click();
      const dialog = ada.page.getByRole('dialog', { name: 'New space' });
      await dialog.getByLabel('Name').fill('waterfront');
      await dialog.getByRole('checkbox', { name: 'Open to everybody' }).check();
      await dialog.getByRole('button', { name: 'Create the space' }).dblclick();
      await ada.page.getByRole('heading', { name: 'waterfront', level: 1 }).waitFor({ timeout: 20_000 });
      const spaceId = shownRoom(ada.page);
      await ada.page.getByLabel('Add a channel').selectOption({ label: 'fish market' });
      await ada.page.getByRole('button', { name: 'Add', exact: true }).click();
      const rooms = ada.page.getByRole('list', { name: 'Channels of the space' }).getByRole('listitem');
      await rooms.filter({ hasText: 'fish market' }).waitFor();
      const faults = await inspect(ada.page, 'rail-space');
      await openRoom(ada.page, 'fish market');
      await rail.getByRole('link', { name: 'waterfront' }).click();
      await ada.page.getByRole('heading', { name: 'waterfront', level: 1 }).waitFor();
      const link = `https://matrix.to/#/${encodeURIComponent(spaceId)}?via=${ada.workspace.server_name}`;
      await joinByLink(bob.page, link, 'waterfront');
      const theirs = bob.page.getByRole('list', { name: 'Channels of the space' }).getByRole('listitem');
      await theirs.filter({ hasText: 'fish market' }).waitFor();
      expectEqual(
        'who may not is offered no removal',
        await theirs.getByRole('button', { name: /^Remove / }).count(),
        0,
      );
      await rooms.getByRole('button', { name: 'Remove fish market from this space' }).click();
      await ada.page.getByText('Nothing in this space yet that you may see.').waitFor();
      const seen = async () => {
        await openRoom(bob.page, 'Partners');
        await bob.page
          .getByRole('navigation', { name: 'Workspace' })
          .getByRole('link', { name: 'waterfront' })
          .click();
        await bob.page.getByRole('heading', { name: 'waterfront', level: 1 }).waitFor();
        await bob.page
          .getByText('Nothing in this space yet that you may see.')
          .or(theirs.first())
          .first()
          .waitFor();
        return (await theirs.count()) === 0;
      };
      await expectSoon('bob sees it go', seen, 40_000);
      await ada.page.setViewportSize({ width: 390, height: 844 });
      await ada.page.getByRole('button', { name: 'Back to the list' }).click();
      await ada.page
        .getByRole('region', { name: 'Spaces' })
        .getByRole('link', { name: 'waterfront' })
        .waitFor();
      await ada.page.setViewportSize({ width: 1600, height: 1000 });
      noFaults(faults);
    },
  },
  {
    name: 'a message and a room can be reported to the admins, once, and nobody in the room is told',
    run: async ({ ada, bob }) => {
      await shareChannel(ada, [bob], 'rumours');
      await write(ada.page, 'They say the herring is last year’s');
      await chooseAction(bob.page, 'They say the herring is last year’s', 'Report this message');
      const dialog = bob.page.getByRole('dialog', { name: /^Report the message of/ });
      await dialog.getByText('They say the herring is last year’s').waitFor();
      await dialog.getByLabel('What is wrong').fill('Slander');
      const faults = await inspect(bob.page, 'report-message');
      const sent: string[] = [];
      bob.page.on('request', (request) => {
        if (/\/report(\/|$)/.test(new URL(request.url()).pathname)) sent.push(request.url());
      });
      const [answered] = await Promise.all([
        bob.page.waitForResponse(/\/report\//),
        dialog.getByRole('button', { name: 'Report' }).dblclick(),
      ]);
      expectEqual('the answer', answered.status(), 200);
      await bob.page.getByText('The admins of this workspace have been told.').first().waitFor();
      await chooseForRoom(bob.page, 'Report this room');
      const about = bob.page.getByRole('dialog', { name: 'Report rumours?' });
      await about.getByLabel('What is wrong').fill('All of it');
      const [second] = await Promise.all([
        bob.page.waitForResponse(/\/report$/),
        about.getByRole('button', { name: 'Report' }).dblclick(),
      ]);
      expectEqual('the answer', second.status(), 200);
      await about.waitFor({ state: 'detached' });
      expectEqual('reports', sent.length, 2);
      noFaults(faults);
    },
  },
];
