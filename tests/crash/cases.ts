/** Runs one check after the other, prints a line for each and counts. */
export type Outcome = { readonly faults: readonly string[]; readonly note?: string };

const MOST_FAULTS_SHOWN = 20;

export class Cases {
  passed = 0;
  failed = 0;

  /** A check that throws has failed, and so have those after it: the error goes on. */
  async run(name: string, check: () => Promise<Outcome>): Promise<void> {
    const began = performance.now();
    const { faults, note } = await check();
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const line = `${name}${note === undefined ? '' : `: ${note}`} (${seconds} s)`;
    if (faults.length > 0) return this.fail(line, faults);
    this.passed += 1;
    console.log(`ok    ${line}`);
  }

  /** Says and counts something only when it fails. */
  async quietly(name: string, check: () => Promise<Outcome>): Promise<void> {
    const { faults } = await check();
    if (faults.length > 0) this.fail(name, faults);
  }

  fail(line: string, faults: readonly string[]): void {
    this.failed += 1;
    console.log(`FAIL  ${line}`);
    for (const fault of faults.slice(0, MOST_FAULTS_SHOWN)) console.log(`        ${fault}`);
    if (faults.length > MOST_FAULTS_SHOWN) console.log(`        … ${faults.length} in all`);
  }
}
