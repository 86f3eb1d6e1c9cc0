/** A process that lives through some of the networks; `run.ts` starts it, and reads its last line. */
import { parseArgs } from 'node:util';
import { plant } from './planted-bugs.ts';
import { replaceChanceAndTime } from './seeded-world.ts';

/** A fault in one place shows in many networks: these are enough to see it. */
const MAX_SHOWN = 5;
const MAX_FAULTS_SHOWN = 3;
/** The first networks are lived through twice, to see that a seed brings everything back. */
const RUNS_REPEATED = 3;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '' },
    first: { type: 'string', default: '0' },
    step: { type: 'string', default: '1' },
    count: { type: 'string', default: '1' },
    plant: { type: 'string' },
    show: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});
const isPlanted = values.plant !== undefined;
if (values.plant !== undefined) plant(values.plant);
replaceChanceAndTime();
const { runGraph } = await import('./graph.ts');

const sums = {
  networks: 0,
  failed: 0,
  requests: 0,
  lies: 0,
  events: 0,
  'soft-failed': 0,
  rejected: 0,
  misled: 0,
  compared: 0,
  apart: 0,
  'ms of CPU': 0,
};
for (let index = 0; index < Number(values.count); index++) {
  const seed = `${values.seed}/${Number(values.first) + index * Number(values.step)}`;
  const outcome = await runGraph(seed, { show: values.show, trace: values.trace });
  const faults = [...outcome.faults];
  if (index < RUNS_REPEATED && !isPlanted && !values.trace && faults.length === 0) {
    const again = await runGraph(seed, { show: false, trace: false });
    if (again.digest !== outcome.digest) faults.push('the same seed led to something else');
  }
  sums.networks++;
  sums.requests += outcome.requests;
  sums.lies += outcome.lies;
  sums.events += outcome.events;
  sums['soft-failed'] += outcome.softFailed;
  sums.rejected += outcome.rejected;
  sums.misled += outcome.misled;
  sums.compared += outcome.compared;
  sums.apart += outcome.apart;
  if (faults.length === 0) continue;
  sums.failed++;
  if (isPlanted) break;
  if (sums.failed > MAX_SHOWN) continue;
  const { version, servers, liars } = outcome;
  console.log(`FAILED --seed ${seed}: room version ${version}, ${servers} servers, ${liars} of them liars`);
  for (const fault of faults.slice(0, MAX_FAULTS_SHOWN)) console.log(`  ${fault}`);
}
sums['ms of CPU'] = process.cpuUsage().user / 1_000;
console.log(`RESULT ${JSON.stringify(sums)}`);
