/** Every view there is, looked at in light and dark from the phone to the wide screen. */
import type { Page } from 'playwright-core';
import { inspect } from './artefacts.ts';
import {
  dialogs,
  expectAllViews,
  messageDialogs,
  mySections,
  panels,
  peopleDialogs,
  prepareViews,
  roomSections,
  screens,
  toRoom,
  type Views,
  visit,
} from './every-view.ts';
import { expectSoon } from './expect.ts';
import { clickInMessage, openMembers, openRoom, write } from './room-page.ts';
import { noFaults } from './rooms-page.ts';
import type { Scenario } from './story.ts';

/**
 * What cannot be reached at this width: a page that is wider than the window, and controls beyond its edge that
 * no list of their own scrolls to.
 */
const OUT_OF_REACH = `(() => {
  const faults = [];
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) faults.push('the page is ' + wide + ' px too wide');
  const scrolls = (element) => {
    for (let one = element.parentElement; one; one = one.parentElement) {
      if (one.scrollWidth > one.clientWidth && /auto|scroll/.test(getComputedStyle(one).overflowX)) return true;
    }
    return false;
  };
  for (const one of document.querySelectorAll('button, a[href], input, select, textarea, [role=tab]')) {
    const { left, right, width, height } = one.getBoundingClientRect();
    if (width < 4 || height < 4 || !one.checkVisibility({ visibilityProperty: true }) || scrolls(one)) continue;
    if (left < -1 || right > innerWidth + 1)
      faults.push('beyond the edge: ' + (one.getAttribute('aria-label') || one.textContent || one.id).slice(0, 60));
  }
  return faults;
})()`;

const outOfReach = async (page: Page): Promise<readonly string[]> =>
  (await page.evaluate(OUT_OF_REACH)) as readonly string[];

/** The end of the last message, against the composer. */
const NEWEST_IN_SIGHT = `(() => {
  const last = [...document.querySelectorAll('[role=log] article')].at(-1)?.getBoundingClientRect();
  const composer = [...document.querySelectorAll('textarea')].find((one) => /^Write to/.test(one.getAttribute('aria-label') ?? ''));
  const frame = composer?.closest('form, [data-composer]') ?? composer;
  return last !== undefined && frame !== undefined && last.bottom > 60 && last.bottom <= frame.getBoundingClientRect().top;
})()`;

const groups: readonly { readonly what: string; readonly prefix: string; readonly views: Views }[] = [
  { what: 'screen', prefix: 'view', views: screens },
  { what: 'panel of a room', prefix: 'view', views: panels },
  { what: 'dialog', prefix: 'dialog', views: dialogs },
  { what: 'dialog about people', prefix: 'dialog', views: peopleDialogs },
  { what: 'dialog of a message', prefix: 'dialog', views: messageDialogs },
  { what: 'section of a room’s settings', prefix: 'room-settings', views: roomSections },
  { what: 'section of one’s own settings', prefix: 'my-settings', views: mySections },
];

/** What this workspace does not have; a word of a control that would promise it. */
const UNFINISHED =
  /\b(calls?|huddles?|meetings?|screen.?shar\w*|voice message|encrypt\w*|soon|not yet|to ?do|beta|lorem|undefined|null|NaN)\b|\{\{|\[object/i;
/** An admin's setting about the rooms of others, which are there. */
const FINISHED = new Set(['Joining encrypted rooms', 'Joining encrypted rooms: use the default']);

/** The names of all controls in sight, and the links that lead nowhere. */
const CONTROLS = `(() => {
  const wanted = 'button, a, input, select, option, textarea, [role=menuitem], [role=menuitemradio], [role=tab], [role=radio], [role=switch], [role=option]';
  return [...document.querySelectorAll(wanted)].map((one) => {
    const href = one.getAttribute('href');
    const dead = one.nodeName === 'A' && (!href || href === '#' || /^javascript:/.test(href)
      || (href.startsWith('#') && !/^#\\/($|rooms\\/.|join\\/.|admin\\/.|search|discover$|invitations$)/.test(href)));
    const labels = [...(one.labels ?? [])].map((label) => label.textContent).join(' ');
    const inMessage = one.closest('[role=log] article') !== null && one.nodeName === 'A';
    return { name: [one.getAttribute('aria-label'), one.title, labels, one.textContent].filter(Boolean).join(' | '), dead: dead && !inMessage };
  });
})()`;

async function unfinished(page: Page, view: string): Promise<readonly string[]> {
  const controls = (await page.evaluate(CONTROLS)) as readonly { name: string; dead: boolean }[];
  if (controls.length === 0) throw new Error(`${view} has no controls.`);
  return controls.flatMap(({ name, dead }) => [
    ...(dead ? [`${view}: the link “${name}” leads nowhere`] : []),
    ...name
      .split(' | ')
      .filter((words) => UNFINISHED.test(words) && !FINISHED.has(words))
      .map((words) => `${view}: “${words}”`),
  ]);
}

const menus: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  'room menu': (page) => page.getByRole('button', { name: 'Room menu' }).click(),
  'my menu': (page) =>
    page
      .getByRole('button', { name: /: your menu$/ })
      .first()
      .click(),
  'message menu': async (page) => {
    await clickInMessage(page.getByRole('log').getByRole('article').last(), 'More actions');
  },
  'member menu': async (page) =>
    (await openMembers(page))
      .getByRole('listitem')
      .filter({ hasText: 'south.test' })
      .getByRole('button', { name: /^Actions for / })
      .click(),
};

export const viewScenarios: readonly Scenario[] = [
  ...groups.map(
    ({ what, prefix, views }): Scenario => ({
      name: `surface: every ${what}, light and dark, from the phone to the wide screen`,
      shows: ['surface.axe', 'surface.themes', 'surface.sizes'],
      run: async (story) => {
        await expectAllViews();
        await prepareViews(story);
        const { page } = story.ada;
        const faults: string[] = [];
        await visit(page, views, async (name) => {
          faults.push(...(await inspect(page, `${prefix}-${name}`, outOfReach)));
        });
        noFaults(faults);
      },
    }),
  ),
  {
    name: 'surface: the newest message stays above the composer when the window changes its size',
    shows: ['surface.sizes'],
    run: async ({ ada, demo }) => {
      const { page } = ada;
      await openRoom(page, demo.channel.name);
      await write(page, `The newest of all: ${'the harbour office is open on weekdays. '.repeat(8)}`);
      const sizes = [
        [390, 844],
        // The keyboard of a phone is open.
        [390, 480],
        [1600, 1000],
        [1024, 500],
        [390, 844],
      ] as const;
      for (const [width, height] of sizes) {
        await page.setViewportSize({ width, height });
        await expectSoon(`it is in sight at ${width} × ${height}`, async () =>
          Boolean(await page.evaluate(NEWEST_IN_SIGHT)),
        );
      }
      await page.setViewportSize({ width: 1600, height: 1000 });
    },
  },
  {
    name: 'surface: no control for what does not exist, and no link that leads nowhere',
    shows: ['surface.nothing-unfinished'],
    run: async (story) => {
      await prepareViews(story);
      const { page } = story.ada;
      const faults: string[] = [];
      for (const { what, views } of groups) {
        await visit(page, views, async (name) => {
          faults.push(...(await unfinished(page, `${what} ${name}`)));
        });
      }
      for (const [name, open] of Object.entries(menus)) {
        await toRoom(page);
        await open(page);
        await page.getByRole('menu').waitFor();
        faults.push(...(await unfinished(page, name)));
        await page.keyboard.press('Escape');
        await page.getByRole('menu').waitFor({ state: 'detached' });
      }
      if (faults.length > 0) throw new Error([...new Set(faults)].join('\n'));
    },
  },
];
