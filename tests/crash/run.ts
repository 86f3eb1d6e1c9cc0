/**
 * `npm run test:crash`: kills one of two workspaces with SIGKILL at random moments under load, again and
 * again, and checks that nothing acknowledged is lost, nothing is doubled, no one-time key is given twice, every
 * message between devices arrives once, and the databases are sound.
 *
 *     npm run test:crash -- --kills 20 --seed 1
 *
 * `--kills`: of a sender, and as many of a receiver. `--seed` repeats the moments of an earlier run.
 */
import { randomInt } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Cases } from './cases.ts';
import { startClaims } from './claims.ts';
import { startDeviceMessages } from './device-messages.ts';
import { type Follower, startFollower } from './follower.ts';
import { Ledger } from './ledger.ts';
import { startPair } from './pair.ts';
import { copyFolder, type RoundPlan, type RoundResult, runRound, type World } from './round.ts';
import { type SeededRandom, seededRandom, spreadMoments } from './seeded-random.ts';
import { sayTotals } from './totals.ts';
import { checkEverything, checkFollowers, checkSecondProcess, checkStopped } from './whole-checks.ts';

const ARTEFACTS = resolve(import.meta.dirname, '../../artifacts/crash');
const DEFAULT_KILLS = 20;
/** The burst before a kill is this long at most. */
const LONGEST_MOMENT_MS = 600;
/** One restart in so many is killed too. */
const STARTS_PER_KILL = 5;
/** Complete histories are compared after so many rounds, and at the end. */
const ROUNDS_BETWEEN_WHOLE_CHECKS = 10;
/** What is lost stays lost: after so many failures the run says what it knows and ends. */
const MOST_FAILURES = 3;

const main = async (): Promise<boolean> => {
  const { kills, seed } = readArguments();
  console.log(`${kills} kills of a sender and ${kills} of a receiver, seed ${seed}`);
  rmSync(ARTEFACTS, { recursive: true, force: true });
  const folder = mkdtempSync(join(tmpdir(), 'causeway-crash-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', remove);
  const cases = new Cases();
  try {
    await runAll(cases, { folder, kills, seed });
  } catch (error) {
    cases.fail('the run', [error instanceof Error ? (error.stack ?? error.message) : String(error)]);
  } finally {
    if (cases.failed > 0) keepEvidence(folder);
    remove();
  }
  console.log(`${cases.passed} passed, ${cases.failed} failed`);
  return cases.failed === 0;
};

const readArguments = (): { readonly kills: number; readonly seed: number } => {
  const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
  const read = (name: string, text: string, end: number): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value < end) return value;
    throw new Error(`--${name} must be a whole number below ${end}`);
  };
  return {
    kills: read('kills', values.kills ?? String(DEFAULT_KILLS), 100_000),
    seed: read('seed', values.seed ?? String(randomInt(2 ** 32)), 2 ** 32),
  };
};

type RunOptions = { readonly folder: string; readonly kills: number; readonly seed: number };

const runAll = async (cases: Cases, { folder, kills, seed }: RunOptions): Promise<void> => {
  await using stack = new AsyncDisposableStack();
  const random = seededRandom(seed);
  const pair = await startPair(folder, (workspace) => void stack.use(workspace));
  const ledger = new Ledger(`crash-${seed}`);
  const followers: readonly Follower[] = pair.places.map(({ reader }) => startFollower(reader, pair.roomId));
  const claims = await startClaims(pair);
  const deviceMessages = await startDeviceMessages(pair);
  const [north] = pair.places;
  await cases.run('a second process on the same data folder is refused', () =>
    checkSecondProcess(north.workspace),
  );

  const plans = planRounds(random, kills);
  const settled = new Set<string>();
  const results: RoundResult[] = [];
  for (const [index, plan] of plans.entries()) {
    const world: World = { pair, ledger, random, settled, copies: copyFolder(folder, index + 1) };
    await cases.run(`kill ${index + 1} of ${plans.length}`, async () => {
      const result = await runRound(world, plan);
      results.push(result);
      if (result.faults.length === 0) rmSync(world.copies, { recursive: true, force: true });
      return { faults: result.faults, note: describe(plan, result) };
    });
    if ((index + 1) % ROUNDS_BETWEEN_WHOLE_CHECKS === 0 && index + 1 < plans.length) {
      await cases.quietly(`whole histories after kill ${index + 1}`, () => checkEverything(pair, ledger));
    }
    if (cases.failed >= MOST_FAILURES) break;
  }

  await cases.run('no one-time key was given twice', () => claims.finish());
  await cases.run('each message between devices arrived once, in order', () => deviceMessages.finish());
  await cases.run('whole histories and states agree', () => checkEverything(pair, ledger));
  await cases.run('two people who synced all the time saw each message once', () =>
    checkFollowers(followers, ledger),
  );
  await cases.run('both stop in order, with sound databases and no error in their logs', () =>
    checkStopped(pair),
  );
  sayTotals(plans, results, ledger);
};

/** Kills of both kinds in random order, each at its own stretch of the burst, in both directions. */
const planRounds = (random: SeededRandom, kills: number): readonly RoundPlan[] => {
  const plansOf = (kind: RoundPlan['kind']): RoundPlan[] =>
    spreadMoments(random, kills, LONGEST_MOMENT_MS).map((moment, index) => ({
      kind,
      moment,
      senderIndex: index % 8 < 4 ? 0 : 1,
      silent: index % 2 === 1,
      atAcknowledgement: index % 4 < 2,
      killedStarting: index % STARTS_PER_KILL === 0 ? random.next() : undefined,
    }));
  return random.shuffled([...plansOf('sender'), ...plansOf('receiver')]);
};

const describe = (plan: RoundPlan, result: RoundResult): string => {
  const { victim, messages, underWay, committedUnanswered, interrupted, restartMs, convergedMs } = result;
  const { unsent, staged, frozen } = interrupted;
  const how = [
    `${plan.kind} (${victim}) after ${plan.moment} ms`,
    ...(plan.atAcknowledgement ? ['at an acknowledgement'] : []),
    ...(plan.killedStarting === undefined ? [] : ['again while it started']),
    ...(plan.silent ? ['then silence'] : []),
  ];
  return [
    how.join(', '),
    `${messages} messages`,
    `at the kill ${underWay} unanswered (${committedUnanswered} of them committed), ${unsent} unsent in ` +
      `${frozen} frozen, ${staged} staged`,
    `ready after ${restartMs.toFixed(0)} ms, complete ${convergedMs.toFixed(0)} ms later`,
  ].join('; ');
};

const keepEvidence = (folder: string): void => {
  mkdirSync(ARTEFACTS, { recursive: true });
  cpSync(folder, ARTEFACTS, { recursive: true, filter: (path) => !/control\.sock$/.test(path) });
  console.log(`logs, data folders and what the crashes left: ${ARTEFACTS}`);
};

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Exit handlers end the processes and remove their folders.
  process.once(signal, () => process.exit(130));
}

process.exit((await main()) ? 0 : 1);
