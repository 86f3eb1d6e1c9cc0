/**
 * `npm run test:interop [-- --only TEXT|TEXT]`: Causeway and a real Synapse, each a process of its own, over
 * real TLS on loopback.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '@causeway/server/demo-certificates';
import { keepTally, takeFaults } from '@causeway/testing/openapi/watched-app';
import { keepResults, type ScenarioResult } from '../capabilities/results.ts';
import startValidating from '../openapi/whole-run.ts';
import { findPorts } from '../processes/ports.ts';
import { hasPassed, hasWavered, SECOND_TRIES_LIMIT, tryTwice, type Verdict } from '../second-try.ts';
import { startCauseway } from './causeway.ts';
import type { MatrixClient } from './matrix-client.ts';
import { scenarios } from './scenarios.ts';
import { SynapseUnavailableError, startSynapse } from './synapse.ts';
import { type Scenario, type Sides, serverOf } from './two-sides.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

const main = async (): Promise<number> => {
  const onlyAt = process.argv.indexOf('--only');
  const only = onlyAt < 0 ? undefined : process.argv[onlyAt + 1];
  const chosen = scenarios.filter(
    ({ name }) => only === undefined || only.split('|').some((part) => name.includes(part)),
  );
  if (chosen.length === 0) {
    say(`no scenario is named like "${only}"`);
    return 1;
  }
  const endValidating = startValidating();
  const folder = mkdtempSync(join(tmpdir(), 'causeway-interop-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const ca = await createCertificateAuthority('Causeway interop tests');
  const [a = 0, b = 0, c = 0, d = 0] = await findPorts(4);
  const synapse = stack.use(
    await startSynapse({ ports: { federation: a, client: b }, ca, dataDir: join(folder, 'synapse') }),
  );
  const causeway = stack.use(
    await startCauseway({ ports: { federation: c, client: d }, ca, dataDir: join(folder, 'causeway') }),
  );
  say(`Synapse is ${synapse.serverName}, Causeway is ${causeway.serverName}`);

  const verdicts = await attemptAll(chosen, (scenario) =>
    tryTwice(() => attempt(scenario, { causeway, synapse, ca })),
  );
  const verdictOf = (index: number): Verdict => verdicts[index] ?? NOT_TRIED;
  const results: ScenarioResult[] = chosen.map(({ name, direction, shows }, index) => ({
    name,
    direction,
    shows,
    passed: hasPassed(verdictOf(index)),
  }));
  if (only === undefined) keepResults('interop', results);
  const failed = results.filter(({ passed }) => !passed).length;
  const wavered = chosen.filter((_, index) => hasWavered(verdictOf(index)));
  if (failed + wavered.length > 0) {
    await synapse.keepLog('synapse');
    mkdirSync('artifacts/interop', { recursive: true });
    copyFileSync(join(folder, 'causeway', 'causeway.log'), 'artifacts/interop/causeway.log');
    say('logs are kept in artifacts/interop');
  }
  await stack.disposeAsync();
  const faults = takeFaults();
  for (const fault of faults) say(`not as the specification's OpenAPI has it: ${fault}`);
  keepTally();
  await endValidating();
  for (const { name } of wavered) say(`passed at the second try only: ${name}`);
  if (wavered.length > SECOND_TRIES_LIMIT) say('So many second tries are no accident.');
  say(`${chosen.length - failed} passed, ${failed} failed`);
  return failed === 0 && wavered.length <= SECOND_TRIES_LIMIT && faults.length === 0 ? 0 : 1;
};

const NOT_TRIED: Verdict = { fault: 'It was not tried.', again: 'It was not tried.' };

/** Two cores have enough to do with so many. */
const AT_ONCE = 4;

/** Those that stop a server come one by one, after the others. */
const attemptAll = async (
  chosen: readonly Scenario[],
  tryOne: (scenario: Scenario) => Promise<Verdict>,
): Promise<readonly Verdict[]> => {
  const verdicts: Verdict[] = [];
  const waiting = chosen.map((scenario, index) => ({ scenario, index }));
  const work = async (queue: typeof waiting): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      verdicts[next.index] = await tryOne(next.scenario);
    }
  };
  const together = waiting.filter(({ scenario }) => scenario.alone !== true);
  await Promise.all(Array.from({ length: AT_ONCE }, () => work(together)));
  await work(waiting.filter(({ scenario }) => scenario.alone === true));
  return verdicts;
};

let people = 0;

/**
 * A client that knows all that is. What is over before its first sync is news to no client: a room that it was
 * removed from by then is not in that sync, nor in a later one.
 */
const listening = async (signingIn: Promise<MatrixClient>): Promise<MatrixClient> => {
  const client = await signingIn;
  await client.sync();
  return client;
};

/** Each try has people of its own, so that one that fails does not disturb the next. Gives what it failed with. */
const attempt = async (
  { name, run }: Scenario,
  servers: Pick<Sides, 'causeway' | 'synapse' | 'ca'>,
): Promise<string | undefined> => {
  const { causeway, synapse } = servers;
  const began = performance.now();
  const number = people++;
  const [makeOurs, makeTheirs] = [
    (name: string) => listening(causeway.registerUser(name)),
    (name: string) => listening(synapse.registerUser(name, 'a-long-password')),
  ];
  try {
    await causeway.start();
    await synapse.start();
    const [ours, theirs] = await Promise.all([makeOurs(`ada${number}`), makeTheirs(`sol${number}`)]);
    const sides: Sides = {
      ...servers,
      ours,
      theirs,
      colleagueOf: (person: MatrixClient) =>
        serverOf(person) === causeway.serverName ? makeOurs(`bea${people++}`) : makeTheirs(`tom${people++}`),
    };
    await run(sides);
    say(`  ok    ${name} (${Math.round(performance.now() - began)} ms)`);
    return undefined;
  } catch (error) {
    say(`  FAIL  ${name} (${Math.round(performance.now() - began)} ms)`);
    const fault =
      error instanceof Error ? `${error.stack ?? error.message} ${String(error.cause ?? '')}` : String(error);
    say(`        ${fault}`);
    return fault;
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SynapseUnavailableError)) throw error;
  say(`the suite can't run: ${error.message}`);
  process.exitCode = 1;
}
