/**
 * `npm run bench`: the rows of the performance targets, as measured and as ratios to this machine's V and D.
 * Each round runs every row once; V and D are measured around each. `docs/performance.md` says how to read it.
 *
 * node --conditions=@causeway/source bench/run.ts [--rounds 3] [--seed 1] [--only inbound,idle]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openConflictedEvents } from './conflicted-events.ts';
import { openFairness } from './fairness.ts';
import { median, printTable, type Sample } from './figures.ts';
import { openFrames } from './frames.ts';
import { openIdleAndStart } from './idle-and-start.ts';
import { openInbound } from './inbound.ts';
import { openInboundHttps } from './inbound-https.ts';
import { openJoin } from './join.ts';
import { openLocalSend } from './local-send.ts';
import { type Machine, meanOf, measureMachine } from './machine.ts';
import { openMessageToMany } from './message-to-many.ts';
import { createRandom } from './random.ts';
import type { OpenRow, Row } from './row.ts';
import { openSearchIndex } from './search-index.ts';
import { openStateResolution } from './state-resolution.ts';

const rows: { readonly [name: string]: OpenRow } = {
  inbound: openInbound,
  'inbound-https': openInboundHttps,
  'local-send': openLocalSend,
  'state-resolution': openStateResolution,
  'conflicted-events': openConflictedEvents,
  'message-to-many': openMessageToMany,
  fairness: openFairness,
  join: openJoin,
  'idle-and-start': openIdleAndStart,
  'search-index': openSearchIndex,
  frames: openFrames,
};

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    only: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const seed = Number(options.seed);
const chosen = options.only?.split(',') ?? Object.keys(rows);

const folder = mkdtempSync(join(tmpdir(), 'causeway-bench-'));
const opened: Row[] = [];
const samples: Sample[] = [];
const machines: Machine[] = [];
try {
  const [cpu] = cpus();
  console.log(`seed ${seed}, ${rounds} rounds, Node ${process.version}, ${cpus().length} × ${cpu?.model}`);
  const random = createRandom(seed);
  for (const name of chosen) {
    const openRow = rows[name];
    if (openRow === undefined) throw new Error(`there is no row ${name}: ${Object.keys(rows).join(', ')}`);
    const own = join(folder, name);
    mkdirSync(own);
    const start = performance.now();
    opened.push(await openRow({ folder: own, random }));
    console.log(`prepared ${name} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  for (let round = 1; round <= rounds; round++) {
    const start = performance.now();
    for (const row of opened) {
      const before = measureMachine(folder);
      const readings = await row.measure(before);
      const machine = meanOf(before, measureMachine(folder));
      machines.push(machine);
      for (const reading of readings) samples.push({ ...reading, machine });
    }
    console.log(`round ${round} of ${rounds} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
} finally {
  for (const row of opened.reverse()) await row[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}

const range = (values: readonly number[]) =>
  `${Math.round(median(values))}/s (${Math.round(Math.min(...values))} – ${Math.round(Math.max(...values))})`;
console.log(`\nV = ${range(machines.map(({ v }) => v))} Ed25519 verifications of libsodium on one core`);
console.log(`D = ${range(machines.map(({ d }) => d))} fdatasync of 1 KB\n`);
printTable(samples);
