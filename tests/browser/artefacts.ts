/** Pictures of every screen, and what axe finds on it. */
import { mkdir } from 'node:fs/promises';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { isLong } from './profile.ts';

/** Two runs at once keep theirs apart with CAUSEWAY_BROWSER_ARTEFACTS, a folder that ends with a slash. */
export const ARTEFACTS: string =
  process.env.CAUSEWAY_BROWSER_ARTEFACTS ?? new URL('../../artifacts/browser/', import.meta.url).pathname;
const WIDTHS = [390, 1024, 1600] as const;
const EVERY_VARIANT = (['light', 'dark'] as const).flatMap((scheme) =>
  WIDTHS.map((width) => ({ scheme, width })),
);
/** Both themes, and the phone and the wide screen. */
const TWO_VARIANTS = [
  { scheme: 'light', width: 1600 },
  { scheme: 'dark', width: 390 },
] as const;
const HEIGHTS = { 390: 844, 1024: 768, 1600: 1000 } as const;

type AxeResults = {
  violations: { id: string; help: string; nodes: { target: string[]; failureSummary?: string }[] }[];
};

type Further = (page: Page) => Promise<readonly string[]>;

/**
 * Keeps pictures of what is on the screen, light and dark, at three widths, and returns what axe objects to.
 * `further` asks for more at each width and in each theme.
 */
export const inspect = (page: Page, name: string, further?: Further): Promise<string[]> =>
  look(page, name, EVERY_VARIANT, further);

/**
 * The same for a moment of a flow whose screen is a view of its own: in the short profile, light on a wide screen
 * and dark on a phone.
 */
export const glance = (page: Page, name: string): Promise<string[]> =>
  look(page, name, isLong ? EVERY_VARIANT : TWO_VARIANTS);

async function look(
  page: Page,
  name: string,
  variants: readonly { readonly scheme: 'light' | 'dark'; readonly width: (typeof WIDTHS)[number] }[],
  further: Further = async () => [],
): Promise<string[]> {
  await mkdir(ARTEFACTS, { recursive: true });
  const faults: string[] = [];
  for (const { scheme, width } of variants) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: HEIGHTS[width] });
    await page.waitForTimeout(250);
    await page.screenshot({ path: `${ARTEFACTS}${name}-${width}-${scheme}.png` });
    const found = [...(await runAxe(page)), ...(await further(page))];
    faults.push(...found.map((fault) => `${name} at ${width}, ${scheme}: ${fault}`));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1600, height: 1000 });
  return faults;
}

async function runAxe(page: Page): Promise<string[]> {
  await page.evaluate(`typeof axe === 'undefined' ? (() => {${axe.source}})() : undefined`);
  const results = (await page.evaluate(`axe.run(document, { resultTypes: ['violations'] })`)) as AxeResults;
  return results.violations.flatMap((violation) =>
    violation.nodes.map(
      (node) => `${violation.id} (${violation.help}) ${node.target.join(' ')} ${node.failureSummary ?? ''}`,
    ),
  );
}
