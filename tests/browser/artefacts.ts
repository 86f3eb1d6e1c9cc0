/** Pictures of every screen, and what axe finds on it. */
import { mkdir } from 'node:fs/promises';
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Two runs at once keep theirs apart with CAUSEWAY_BROWSER_ARTEFACTS, a folder that ends with a slash. */
export const ARTEFACTS: string =
  process.env.CAUSEWAY_BROWSER_ARTEFACTS ?? new URL('../../artifacts/browser/', import.meta.url).pathname;
const WIDTHS = [390, 1024, 1600] as const;
const HEIGHTS = { 390: 844, 1024: 768, 1600: 1000 } as const;

type AxeResults = {
  violations: { id: string; help: string; nodes: { target: string[]; failureSummary?: string }[] }[];
};

/**
 * Keeps pictures of what is on the screen, light and dark, at three widths, and returns what axe objects to.
 * `pictures: false` only asks axe.
 */
export async function inspect(page: Page, name: string): Promise<string[]> {
  await mkdir(ARTEFACTS, { recursive: true });
  const faults: string[] = [];
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: HEIGHTS[width] });
      await page.waitForTimeout(250);
      await page.screenshot({ path: `${ARTEFACTS}${name}-${width}-${scheme}.png` });
      faults.push(...(await runAxe(page)).map((fault) => `${name} at ${width}, ${scheme}: ${fault}`));
    }
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
