/** Runs scenarios one after the other, with workspaces and a browser of their own. */
import type { ScenarioResult } from '../capabilities/results.ts';
import { hasPassed, hasWavered, tryTwice } from '../second-try.ts';
import { ARTEFACTS } from './artefacts.ts';
import { launch, type Person } from './browser.ts';
import type { Scenario, Story } from './story.ts';
import { startDemo } from './workspaces.ts';

const SCENARIO_TIMEOUT_MS = 180_000;
/** How long a scenario that was late may take to end once its pages are closed. */
const ENDING_TIMEOUT_MS = 30_000;

export type TriedScenario = ScenarioResult & { readonly wavered: boolean };

type World = { readonly story: Story; end(): Promise<void> };

const notSignedIn = new Proxy({} as Person, {
  get: () => {
    throw new Error('Nobody is signed in.');
  },
});

async function startWorld(chromium: string): Promise<World> {
  const demo = await startDemo();
  const browser = await launch(chromium);
  return {
    story: { browser, demo: demo.value, ada: notSignedIn, bob: notSignedIn, linus: notSignedIn },
    end: async () => {
      await browser.close();
      await demo.stop();
    },
  };
}

/**
 * Runs what everything begins with, and then the others. Prints each result, and where there is a fault, what it was.
 * After a fault the workspaces, the browser and the beginning are made anew: nothing that a failed try left behind
 * makes the second try fail, or another scenario. So a scenario relies on the beginning, and on no other.
 */
export async function runScenarios(
  chromium: string,
  beginning: readonly Scenario[],
  others: readonly Scenario[],
): Promise<readonly TriedScenario[]> {
  const results: TriedScenario[] = [];
  let world: World | undefined;
  const attempt = async (scenario: Scenario, index: number): Promise<string | undefined> => {
    const missing = world ? [] : beginning.slice(0, index);
    world ??= await startWorld(chromium);
    for (const one of [...missing, scenario]) {
      const began = Date.now();
      const fault = await runOne(one, world);
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      const told = [`${fault ? 'FAILED' : 'ok    '} ${one.name} (${seconds} s)`];
      if (fault) told.push(fault.replace(/^/gm, '         '));
      console.log(told.join('\n'));
      if (!fault) continue;
      world = undefined;
      return fault;
    }
    return undefined;
  };
  for (const [index, scenario] of [...beginning, ...others].entries()) {
    const verdict = await tryTwice(() => attempt(scenario, index));
    results.push({
      name: scenario.name,
      direction: 'causeway-causeway',
      shows: scenario.shows ?? [],
      passed: hasPassed(verdict),
      wavered: hasWavered(verdict),
    });
  }
  await world?.end();
  return results;
}

/** What a scenario failed with; then its world has ended. */
async function runOne(scenario: Scenario, world: World): Promise<string | undefined> {
  const running = scenario.run(world.story);
  try {
    await within(scenario.limitMs ?? SCENARIO_TIMEOUT_MS, running);
    return undefined;
  } catch (problem) {
    await keepPictures(scenario, world.story);
    await world.end();
    await within(ENDING_TIMEOUT_MS, running).catch(() => undefined);
    return problem instanceof Error ? problem.message : String(problem);
  }
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('It took too long.')), limitMs);
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function keepPictures(scenario: Scenario, { ada, bob, linus }: Story): Promise<void> {
  const name = scenario.name.replace(/[^a-z0-9]+/gi, '-').slice(0, 60);
  for (const [who, person] of Object.entries({ ada, bob, linus })) {
    if (person === notSignedIn) continue;
    await person.page.screenshot({ path: `${ARTEFACTS}failed-${name}-${who}.png` }).catch(() => undefined);
  }
}
