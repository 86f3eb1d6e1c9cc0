/**
 * Drives two workspaces in real Chromium as people would, and asserts what the other side shows.
 * Arguments select scenarios by words in their names; without any, all run.
 */
import { rm } from 'node:fs/promises';
import { ARTEFACTS } from './artefacts.ts';
import { findChromium, launch, type Person } from './browser.ts';
import { type Scenario, type Story, scenarios } from './scenarios.ts';
import { startDemo } from './workspaces.ts';

const SCENARIO_TIMEOUT_MS = 180_000;

const notSignedIn = new Proxy({} as Person, {
  get: () => {
    throw new Error('Nobody is signed in.');
  },
});

async function runOne(scenario: Scenario, story: Story): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('It took too long.')), SCENARIO_TIMEOUT_MS);
  });
  try {
    await Promise.race([scenario.run(story), late]);
    return undefined;
  } catch (problem) {
    await keepFailure(scenario, story);
    return problem instanceof Error ? problem.message : String(problem);
  } finally {
    clearTimeout(timer);
  }
}

async function keepFailure(scenario: Scenario, story: Story): Promise<void> {
  const name = scenario.name.replace(/[^a-z0-9]+/gi, '-').slice(0, 60);
  for (const [who, person] of Object.entries({ ada: story.ada, bob: story.bob })) {
    if (person === notSignedIn) continue;
    await person.page.screenshot({ path: `${ARTEFACTS}failed-${name}-${who}.png` }).catch(() => undefined);
    await person.page.keyboard.press('Escape').catch(() => undefined);
    await person.page.setViewportSize({ width: 1600, height: 1000 }).catch(() => undefined);
  }
}

async function main(): Promise<number> {
  const chromium = findChromium();
  if (!chromium) {
    console.error('Chromium was not found. Install it, or name it in CAUSEWAY_CHROMIUM.');
    return 1;
  }
  await rm(ARTEFACTS, { recursive: true, force: true });
  const words = process.argv.slice(2);
  const chosen = scenarios.filter(
    (scenario, index) =>
      index === 0 || words.length === 0 || words.some((word) => scenario.name.includes(word)),
  );
  const demo = await startDemo();
  const browser = await launch(chromium);
  const story: Story = { browser, demo: demo.value, ada: notSignedIn, bob: notSignedIn, linus: notSignedIn };
  let failed = 0;
  try {
    for (const scenario of chosen) {
      const began = Date.now();
      const fault = await runOne(scenario, story);
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      console.log(`${fault ? 'FAILED' : 'ok    '} ${scenario.name} (${seconds} s)`);
      if (fault) console.log(fault.replace(/^/gm, '         '));
      if (fault) failed++;
    }
  } finally {
    await browser.close();
    await demo.stop();
  }
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (problem) {
  console.error(problem instanceof Error ? problem.message : problem);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
