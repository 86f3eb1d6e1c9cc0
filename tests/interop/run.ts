/**
 * `npm run test:interop [-- --only TEXT]`: Causeway and a real Synapse, each a process of its own, over
 * real TLS on loopback.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '@causeway/server/demo-certificates';
import { findPorts } from '../crash/ports.ts';
import { type Causeway, startCauseway } from './causeway.ts';
import { memberScenarios } from './member-scenarios.ts';
import { type Scenario, type Sides, scenarios } from './scenarios.ts';
import { type Synapse, SynapseUnavailableError, startSynapse } from './synapse.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

const main = async (): Promise<number> => {
  const onlyAt = process.argv.indexOf('--only');
  const only = onlyAt < 0 ? undefined : process.argv[onlyAt + 1];
  const chosen = [...scenarios, ...memberScenarios].filter(
    ({ name }) => only === undefined || name.includes(only),
  );
  if (chosen.length === 0) {
    say(`no scenario is named like "${only}"`);
    return 1;
  }
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

  let failed = 0;
  for (const [index, scenario] of chosen.entries()) {
    if (!(await attempt(scenario, index, causeway, synapse))) failed++;
  }
  if (failed > 0) {
    await synapse.keepLog('synapse');
    mkdirSync('artifacts/interop', { recursive: true });
    copyFileSync(join(folder, 'causeway', 'causeway.log'), 'artifacts/interop/causeway.log');
    say('logs are kept in artifacts/interop');
  }
  say(`${chosen.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
};

/** Each scenario has people of its own, so that one that fails does not disturb the next. */
const attempt = async (
  { name, run }: Scenario,
  index: number,
  causeway: Causeway,
  synapse: Synapse,
): Promise<boolean> => {
  const began = performance.now();
  try {
    await causeway.start();
    await synapse.start();
    const sides: Sides = {
      causeway,
      synapse,
      ours: await causeway.registerUser(`ada${index}`),
      theirs: await synapse.registerUser(`sol${index}`, 'a-long-password'),
    };
    await run(sides);
    say(`  ok    ${name} (${Math.round(performance.now() - began)} ms)`);
    return true;
  } catch (error) {
    say(`  FAIL  ${name} (${Math.round(performance.now() - began)} ms)`);
    say(
      error instanceof Error
        ? `        ${error.stack ?? error.message} ${String(error.cause ?? '')}`
        : String(error),
    );
    return false;
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SynapseUnavailableError)) throw error;
  say(`the suite can't run: ${error.message}`);
  process.exitCode = 1;
}
