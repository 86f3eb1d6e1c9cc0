/** Rich text in both directions, and what must never come of it. */

import { inspect } from './artefacts.ts';
import { ATTACKS } from './attacks.ts';
import type { Person } from './browser.ts';
import { expectEqual, expectSoon } from './expect.ts';
import { noFaults, sendRaw } from './messages-page.ts';
import { composer, message, openRoom, write } from './room-page.ts';
import type { Scenario } from './story.ts';

const SOURCE = `# Plan for Monday

**Bold**, *italics*, ~~gone~~ and \`code\`. See [the harbour](https://harbour.example/).

- nets
  - mended
- ropes

1. first
2. second

> said before

\`\`\`js
if (tide) {
\t  await  boat(); // two spaces
}
\`\`\`

| boat | crew |
| ---- | ---- |
| Ada  | 4    |`;

const richOf = (person: Person, words: string) => message(person.page, words).locator('.rich');

export const richTextScenarios: readonly Scenario[] = [
  {
    name: 'messages: Markdown arrives as rich text on the other side, white space and language of code with it',
    shows: [
      'compose.markdown',
      'rich.bold',
      'rich.italics',
      'rich.strike',
      'rich.inline-code',
      'rich.code-block',
      'rich.lists',
      'rich.quotes',
      'rich.links',
      'rich.tables',
    ],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await composer(ada.page).fill(SOURCE);
      await composer(ada.page).press('Enter');
      const rich = richOf(bob, 'Plan for Monday');
      for (const [selector, words] of [
        ['h1', 'Plan for Monday'],
        ['strong', 'Bold'],
        ['em', 'italics'],
        ['s', 'gone'],
        ['p > code', 'code'],
        ['a[href="https://harbour.example/"]', 'the harbour'],
        ['ul ul li', 'mended'],
        ['ol > li', 'second'],
        ['blockquote', 'said before'],
        ['table td', '4'],
      ] as const)
        await rich.locator(selector).filter({ hasText: words }).first().waitFor();
      expectEqual(
        'the code keeps its white space',
        await rich.locator('pre').textContent(),
        'if (tide) {\n\t  await  boat(); // two spaces\n}',
      );
      expectEqual('its language', await rich.locator('pre').getAttribute('data-language'), 'js');
      await bob.page.mouse.move(0, 0);
      noFaults(await inspect(bob.page, 'messages-rich-text'));
    },
  },
  {
    name: 'messages: the formatting bar and the preview',
    shows: ['compose.bar', 'compose.preview'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      await ada.page.getByRole('button', { name: 'Formatting bar' }).click();
      const bar = ada.page.getByRole('toolbar', { name: 'Formatting' });
      await composer(ada.page).fill('strongly put');
      await composer(ada.page).selectText();
      await bar.getByRole('button', { name: 'Bold' }).click();
      expectEqual('Markdown', await composer(ada.page).inputValue(), '**strongly put**');
      await bar.getByRole('button', { name: 'Preview' }).click();
      await ada.page
        .getByRole('region', { name: 'Preview of your message' })
        .locator('strong', { hasText: 'strongly put' })
        .waitFor();
      const faults = await inspect(ada.page, 'messages-preview');
      await bar.getByRole('button', { name: 'Go on writing' }).click();
      await composer(ada.page).press('Enter');
      await richOf(bob, 'strongly put').locator('strong').waitFor();
      await ada.page.getByRole('button', { name: 'Formatting bar' }).click();
      noFaults(faults);
    },
  },
];

/**
 * Chromium reports what it blocks while hostile HTML is parsed, although nothing of it reaches the page. So this
 * comes after the scenario that wants no report at all.
 */
export const attackScenarios: readonly Scenario[] = [
  {
    name: 'messages: nothing of an attack runs or loads on the other side',
    shows: ['surface.sanitised', 'bad.html', 'bad.svg'],
    run: async ({ ada, bob, demo }) => {
      await openRoom(ada.page, demo.channel.name);
      await openRoom(bob.page, demo.channel.name);
      const asked: string[] = [];
      bob.page.on('request', (request) => {
        if (!request.url().startsWith(bob.workspace.url) && !request.url().startsWith('blob:'))
          asked.push(request.url());
      });
      for (const [index, attack] of ATTACKS.entries()) {
        await sendRaw(ada, demo.channel.room_id, {
          msgtype: 'm.text',
          body: `attack ${index}`,
          format: 'org.matrix.custom.html',
          formatted_body: `<p>attack ${index}</p>${attack}`,
        });
      }
      await write(ada.page, 'the attacks are over');
      await message(bob.page, 'the attacks are over').waitFor();
      for (let index = 0; index < ATTACKS.length; index++) {
        const row = message(bob.page, `attack ${index}`);
        await row
          .first()
          .scrollIntoViewIfNeeded()
          .catch(() => undefined);
      }
      for (const link of await bob.page.getByText('press me').all())
        await link.click({ timeout: 2000 }).catch(() => undefined);
      await bob.page.waitForTimeout(500);
      expectEqual('nothing ran', await bob.page.evaluate('window.attacked'), undefined);
      expectEqual('nothing was loaded from elsewhere', asked.join(' '), '');
      expectEqual(
        'no forbidden element is in a message',
        await bob.page
          .locator(
            '.rich :is(script, style, iframe, object, embed, form, input, svg:not(.lucide), math, link, meta, base, video, template, [style], [onclick], [onerror], [target="_top"])',
          )
          .count(),
        0,
      );
      await expectSoon('the room still shows', async () => composer(bob.page).isVisible());
    },
  },
];
