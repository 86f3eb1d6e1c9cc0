/** Runs scenarios one after the other, with workspaces and a browser of their own. */
import type { ScenarioResult } from '../capabilities/results.ts';
import { hasPassed, hasWavered, tryTwice } from '../second-try.ts';
import { ARTEFACTS } from './artefacts.ts';
import { launch, type Person } from './browser.ts';
import type { Scenario, Story } from './story.ts';
import { startDemo } from './workspaces.ts';

const SCENARIO_TIMEOUT_MS = 180_000;

export type TriedScenario = ScenarioResult & { readonly wavered: boolean };

const notSignedIn = new Proxy({} as Person, {
  get: () => {
    throw new Error('Nobody is signed in.');
  },
});

/** Prints each result, and where there is a fault, what it was. */
export async function runScenarios(
  chromium: string,
  scenarios: readonly Scenario[],
): Promise<readonly TriedScenario[]> {
  const demo = await startDemo();
  const browser = await launch(chromium);
  const story: Story = { browser, demo: demo.value, ada: notSignedIn, bob: notSignedIn, linus: notSignedIn };
  const results: TriedScenario[] = [];
  try {
    for (const scenario of scenarios) {
      const verdict = await tryTwice(async () => {
        const began = Date.now();
        const fault = await runOne(scenario, story);
        const seconds = ((Date.now() - began) / 1000).toFixed(1);
        const told = [`${fault ? 'FAILED' : 'ok    '} ${scenario.name} (${seconds} s)`];
        if (fault) told.push(fault.replace(/^/gm, '         '));
        console.log(told.join('\n'));
        return fault;
      });
      results.push({
        name: scenario.name,
        direction: 'causeway-causeway',
        shows: scenario.shows ?? [],
        passed: hasPassed(verdict),
        wavered: hasWavered(verdict),
      });
    }
  } finally {
    await browser.close();
    await demo.stop();
  }
  return results;
}

async function runOne(scenario: Scenario, story: Story): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('It took too long.')), scenario.limitMs ?? SCENARIO_TIMEOUT_MS);
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
  for (const [who, person] of Object.entries({ ada: story.ada, bob: story.bob, linus: story.linus })) {
    if (person === notSignedIn) continue;
    await person.page.screenshot({ path: `${ARTEFACTS}failed-${name}-${who}.png` }).catch(() => undefined);
    await person.page.keyboard.press('Escape').catch(() => undefined);
    await person.page.setViewportSize({ width: 1600, height: 1000 }).catch(() => undefined);
  }
}
