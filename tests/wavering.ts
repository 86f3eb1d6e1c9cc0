/** Tells of tests that passed at the second try only, and fails the run when there are more than a few. */
import type { Reporter, TestCase } from 'vitest/node';
import { SECOND_TRIES_LIMIT } from './second-try.ts';

export default class WaveringReporter implements Reporter {
  #wavered: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky) this.#wavered.push(`${test.module.relativeModuleId}: ${test.fullName}`);
  }

  onTestRunEnd(): void {
    for (const name of this.#wavered) console.log(`passed at the second try only: ${name}`);
    if (this.#wavered.length <= SECOND_TRIES_LIMIT) return;
    console.log('So many second tries are no accident.');
    process.exitCode = 1;
  }
}
