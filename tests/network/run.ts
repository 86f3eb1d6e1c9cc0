/**
 * `npm run test:network`: networks of 3 to 7 servers in one process, with real engines, signatures and federation
 * routes, on a wire that loses, repeats, delays and is cut, in a time of their own. One or two servers lie. When all is
 * well again the honest ones must agree; what exactly must be so is in `verdict.ts`.
 *
 *     npm run test:network -- --runs 5000 --seed 7
 *     npm run test:network -- --seed 7/123 --show --trace
 *
 * `--runs`: how many networks. `--seed`: the same seed makes the same networks; one with a slash is a single one.
 * `--show`: the room on each server, when something is wrong. `--trace`: what the engines log. `--no-plants`: without
 * the planted bugs, each of which must be caught.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { plantedBugs } from './planted-bugs.ts';

/** What CI runs. The long profile is any larger number. */
const DEFAULT_RUNS = 500;
/** Networks in which a planted bug must show: few have forks in which the order of conflicting state decides. */
const RUNS_FOR_BUGS = 500;
const MAX_PROCESSES = 2;
/** Of all pairs of honest servers that are in the room; with more apart, too little is compared. */
const MOST_APART = 0.25;

type Sums = { readonly [name: string]: number };

const main = async (): Promise<boolean> => {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      seed: { type: 'string' },
      show: { type: 'boolean' },
      trace: { type: 'boolean' },
      'no-plants': { type: 'boolean' },
    },
  });
  const seed = values.seed ?? String(randomInt(2 ** 31));
  const [base = seed, only] = seed.split('/');
  const runs = only === undefined ? wholeNumber(values.runs ?? String(DEFAULT_RUNS), 'runs') : 1;
  const from = only === undefined ? 0 : wholeNumber(only, 'seed');
  const watching = [...(values.show ? ['--show'] : []), ...(values.trace ? ['--trace'] : [])];
  console.log(`seed ${base}, ${runs} networks`);
  const start = performance.now();
  const processes = Math.min(MAX_PROCESSES, availableParallelism(), runs);
  const parts = await Promise.all(
    Array.from({ length: processes }, (_, part) =>
      work([
        '--seed',
        base,
        '--first',
        `${from + part}`,
        '--step',
        `${processes}`,
        '--count',
        `${Math.ceil((runs - part) / processes)}`,
        ...watching,
      ]),
    ),
  );
  const sums = addUp(parts);
  const { failed = 0, compared = 0, apart = 0 } = sums;
  console.log(
    Object.entries(sums)
      .map(([name, value]) => `${Math.round(value)} ${name}`)
      .join(', ') +
      ` (${Math.round((sums['ms of CPU'] ?? 0) / runs)} ms of CPU per network, ${seconds(start)} s)`,
  );
  const isTooTame = runs >= DEFAULT_RUNS && apart > MOST_APART * (apart + compared);
  if (isTooTame) console.log('TOO FEW pairs of servers could be compared');
  const missed = only === undefined && !values['no-plants'] ? await findPlanted(base) : 0;
  return failed === 0 && missed === 0 && !isTooTame;
};

/** Each in a process of its own; returns how many were not caught. */
const findPlanted = async (seed: string): Promise<number> => {
  const waiting = Object.keys(plantedBugs);
  let missed = 0;
  const hunt = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const found = await work([
        '--seed',
        seed,
        '--first',
        '0',
        '--step',
        '1',
        '--count',
        `${RUNS_FOR_BUGS}`,
        '--plant',
        name,
      ]);
      const after = found['networks'] ?? 0;
      if ((found['failed'] ?? 0) > 0) console.log(`caught after ${after}: ${name}`);
      else {
        console.log(`MISSED in ${after} networks: ${name}`);
        missed++;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_PROCESSES, availableParallelism()) }, hunt));
  return missed;
};

const WORKER = fileURLToPath(new URL('./work.ts', import.meta.url));
const RESULT = 'RESULT ';

/** Passes on what a process of ours says, and returns its last line. */
const work = (args: readonly string[]): Promise<Sums> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=@causeway/source', WORKER, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith(RESULT)) resolve(JSON.parse(line.slice(RESULT.length)));
        else console.log(line);
      }
    });
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`a process ended with ${code} and without a result`)));
  });

const addUp = (parts: readonly Sums[]): Sums => {
  const sums: { [name: string]: number } = {};
  for (const part of parts) {
    for (const [name, value] of Object.entries(part)) sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
};

const wholeNumber = (text: string, name: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} is not a whole number: ${text}`);
  return value;
};

const seconds = (start: number) => Math.round((performance.now() - start) / 1_000);

process.exitCode = (await main()) ? 0 : 1;
