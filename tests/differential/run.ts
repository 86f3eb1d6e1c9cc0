/**
 * `npm run test:differential`: authorisation, state resolution, redaction and hashes of every room version, compared
 * with Synapse's own functions on generated cases. What is not the same, and what is known not to be, is in
 * docs/differential.md.
 *
 *     npm run test:differential -- --runs 2000 --seed 7 --only 1,12 --kinds graphs,authorisation --show
 *
 * `--runs`: cases of each kind per room version. `--seed`: the same seed makes the same cases. `--only`: room versions.
 * `--show`: writes the cases that differ in full.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import {
  authorizeEvent,
  getRoomVersion,
  KNOWN_ROOM_VERSIONS,
  type RoomVersionRules,
  resolveStateSets,
} from '@causeway/protocol';
import { randomFrom } from '../../packages/testing/src/random.ts';
import { prepareSynapse } from '../interop/synapse-environment.ts';
import { makeAuthCase } from './auth-cases.ts';
import { authCase, type Case, graphCase, redactionCase } from './compare.ts';
import { growGraph } from './grow-graph.ts';
import { Oracle } from './oracle.ts';
import { BugHunt } from './planted-bugs.ts';
import { makeEvent } from './redaction-cases.ts';

/** Of each kind per room version: what CI runs. The long profile is any larger number. */
const DEFAULT_RUNS = 2_000;
/** With fewer cases, a bug that shows rarely may not show. */
const FEWEST_RUNS_FOR_BUGS = DEFAULT_RUNS;
/** Questions that the oracle may have before it answered the first. */
const MAX_UNANSWERED = 64;
/** A fault in one place shows in many cases: these are enough to see it. */
const MAX_SHOWN = 5;

const makers = {
  graphs: (rules: RoomVersionRules, seed: string) => graphCase(rules.id, growGraph(rules, randomFrom(seed))),
  authorisation: (rules: RoomVersionRules, seed: string) =>
    authCase(rules.id, makeAuthCase(rules, randomFrom(seed))),
  redaction: (rules: RoomVersionRules, seed: string) =>
    redactionCase(rules.id, makeEvent(rules, randomFrom(seed))),
};
const kinds = ['graphs', 'authorisation', 'redaction'] as const;
type Kind = (typeof kinds)[number];

type Options = { readonly runs: number; readonly seed: number; readonly show: boolean };

const main = async (): Promise<boolean> => {
  const { versions, wanted, ...options } = readArguments();
  const environment = await prepareSynapse();
  if (environment.kind === 'unavailable') {
    const isCi = process.env['CI'] !== undefined;
    console.log(`left out: ${environment.reason}${isCi ? ' (CI must not leave it out)' : ''}`);
    return !isCi;
  }
  console.log(`seed ${options.seed}, ${options.runs} cases of each kind per room version`);
  await using oracle = new Oracle(environment.python);
  using hunt = await BugHunt.begin(versions);
  let faults = 0;
  for (const version of versions) {
    for (const kind of wanted) faults += await compareAll(oracle, hunt, kind, { ...options, version });
  }
  const isWhole = options.runs >= FEWEST_RUNS_FOR_BUGS && wanted.length === kinds.length;
  for (const name of isWhole ? hunt.missed : []) console.log(`MISSED a planted bug: ${name}`);
  console.log(
    `${faults} faults; ${hunt.caught} planted bugs were caught, ${hunt.missed.length} were not` +
      (isWhole ? '' : ' (which only a whole run must)'),
  );
  return faults === 0 && (!isWhole || hunt.missed.length === 0);
};

/** Compares all cases of one kind and version; returns how many are not as they should be. */
const compareAll = async (
  oracle: Oracle,
  hunt: BugHunt,
  kind: Kind,
  { version, runs, seed, show }: Options & { readonly version: string },
): Promise<number> => {
  const rules = rulesOf(version);
  const subject = { rules, resolve: resolveStateSets, authorize: authorizeEvent };
  const start = performance.now();
  const count = { different: 0, contested: 0, unanswered: 0 };
  const judge = async (caseSeed: string, one: Case): Promise<void> => {
    const answer = await oracle.ask(one.question);
    if (answer.failed === true) count.unanswered++;
    hunt.examine(version, one, answer);
    const difference = answer.error ?? one.compare(subject, answer);
    if (difference === undefined) return;
    count.different++;
    if (count.different > MAX_SHOWN) return;
    console.log(`DIFFERENT ${caseSeed}: ${difference}${show ? `\n${JSON.stringify(one.question)}` : ''}`);
  };
  const pending: Promise<void>[] = [];
  for (let run = 0; run < runs; run++) {
    const caseSeed = `${seed}/${kind}/${version}/${run}`;
    const one = makers[kind](rules, caseSeed);
    if (one.isContested) count.contested++;
    pending.push(judge(caseSeed, one));
    if (pending.length >= MAX_UNANSWERED) await pending.shift();
  }
  await Promise.all(pending);
  const isTooTame = kind !== 'redaction' && count.contested * 2 < runs;
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.log(
    `version ${version}, ${kind}: ${runs} cases` +
      (kind === 'redaction' ? '' : `, ${count.contested} about power levels, bans or join rules`) +
      (isTooTame ? ' (TOO FEW)' : '') +
      `, ${count.different} different` +
      (count.unanswered === 0 ? '' : `, ${count.unanswered} on which Synapse fails`) +
      ` (${seconds} s)`,
  );
  return count.different + (isTooTame ? 1 : 0);
};

const rulesOf = (version: string): RoomVersionRules => {
  const rules = getRoomVersion(version);
  if (rules === undefined) throw new Error(`there is no room version ${version}`);
  return rules;
};

const readArguments = () => {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      seed: { type: 'string' },
      only: { type: 'string' },
      kinds: { type: 'string' },
      show: { type: 'boolean' },
    },
  });
  const whole = (text: string | undefined, fallback: number, name: string): number => {
    const value = Number(text ?? fallback);
    if (!Number.isSafeInteger(value) || value < 0)
      throw new Error(`--${name} is not a whole number: ${text}`);
    return value;
  };
  return {
    runs: whole(values.runs, DEFAULT_RUNS, 'runs'),
    seed: whole(values.seed, randomInt(2 ** 31), 'seed'),
    show: values.show ?? false,
    versions: values.only?.split(',') ?? KNOWN_ROOM_VERSIONS,
    wanted: kinds.filter((kind) => values.kinds?.split(',').includes(kind) ?? true),
  };
};

process.exitCode = (await main()) ? 0 : 1;
