/**
 * `npm run test:ops`: what an admin relies on, with real programs.
 * Arguments select cases by words in their names, e.g. `-- doctor`; without any, all run.
 */
import { backupCases } from './backups.ts';
import { doctorCases } from './doctor.ts';
import { doctorCommandCases } from './doctor-command.ts';
import { fullDiskCases } from './full-disk.ts';
import { healthCases } from './health.ts';
import { imageCases } from './image.ts';
import { logCases } from './logs.ts';
import { LeftOut, type OpsCase } from './ops-case.ts';
import { proxyCases } from './proxies.ts';
import { serviceCases } from './unit-and-dockerfile.ts';

/** The guides have some twenty commands, each a process of its own. */
const CASE_TIMEOUT_MS = 180_000;

const main = async (): Promise<boolean> => {
  await using own = new AsyncDisposableStack();
  const words = process.argv.slice(2);
  const cases = [
    ...doctorCases(own),
    ...doctorCommandCases(own),
    ...proxyCases(own),
    ...backupCases(own),
    ...healthCases(own),
    ...fullDiskCases(own),
    ...logCases(own),
    ...serviceCases(),
    ...imageCases(),
  ].filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const counts = { passed: 0, failed: 0, 'left out': 0 };
  for (const one of cases) counts[await runOne(one)] += 1;
  if (cases.length === 0) console.log(`no case has any of the words: ${words.join(' ')}`);
  const left = counts['left out'];
  console.log(`${counts.passed} passed, ${counts.failed} failed${left === 0 ? '' : `, ${left} left out`}`);
  return counts.failed === 0 && counts.passed > 0;
};

const runOne = async ({
  name,
  run,
  limitMs = CASE_TIMEOUT_MS,
}: OpsCase): Promise<'passed' | 'failed' | 'left out'> => {
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('It took too long.')), limitMs);
  try {
    const note = await Promise.race([run(), late.promise]);
    if (note instanceof LeftOut) {
      console.log(`left out: ${name}: ${note.reason}`);
      return 'left out';
    }
    console.log(`ok    ${name}${note === '' ? '' : `: ${note}`} (${seconds()})`);
    return 'passed';
  } catch (error) {
    console.log(`FAIL  ${name} (${seconds()})`);
    console.log((error instanceof Error ? error.message : String(error)).replace(/^/gm, '        '));
    return 'failed';
  } finally {
    clearTimeout(timer);
  }
};

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Exit handlers end the processes and remove their folders.
  process.once(signal, () => process.exit(130));
}

process.exit((await main()) ? 0 : 1);
