/** One kill under load, and what must be true afterwards. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientEvent } from './client.ts';
import {
  committedTransactions,
  copyDatabase,
  databaseFaults,
  type Interrupted,
  interruptedWork,
} from './database-check.ts';
import { missingMessages, readMessages, strangeMessages } from './history.ts';
import type { Ledger, Message } from './ledger.ts';
import { deliver, startLoad } from './load.ts';
import type { Pair, Place } from './pair.ts';
import type { SeededRandom } from './seeded-random.ts';

/** `sender`: the process that most messages start in, while its outbox drains. `receiver`: the other one. */
export type Kind = 'sender' | 'receiver';

export type RoundPlan = {
  readonly kind: Kind;
  /** Which of the two places sends most. */
  readonly senderIndex: 0 | 1;
  /** Milliseconds between the start of the burst and the kill. */
  readonly moment: number;
  /** Wait after that for the victim's next acknowledgement and kill it there: it has just promised something. */
  readonly atAcknowledgement: boolean;
  /** Afterwards nobody sends or repeats anything until all that was acknowledged has arrived by itself. */
  readonly silent: boolean;
  /** Kill it once more while it starts, at this share of the time that its last start took. */
  readonly killedStarting: number | undefined;
};

export type RoundResult = {
  readonly faults: readonly string[];
  readonly victim: string;
  readonly messages: number;
  /** Requests without an answer when the process was killed, and how many of them were committed. */
  readonly underWay: number;
  readonly committedUnanswered: number;
  readonly interrupted: Interrupted;
  readonly restartMs: number;
  /** From ready to everything acknowledged being on both sides; in a silent round, before anybody speaks. */
  readonly convergedMs: number;
};

/** What rounds share. */
export type World = {
  readonly pair: Pair;
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  /** Events of earlier rounds, complete on both sides. */
  readonly settled: Set<string>;
  /** Where the copy of what each crash left is kept. */
  readonly copies: string;
};

const HEAVY_LANES = 8;
const LIGHT_LANES = 2;
const MOST = { before: 60, after: 10 };
const CONVERGE_LIMIT_MS = 30_000;
const CONVERGE_POLL_MS = 50;
/** Earlier requests of each side that are repeated after the restart. */
const REPLAYS = 5;

export const runRound = async (world: World, plan: RoundPlan): Promise<RoundResult> => {
  const { pair, ledger } = world;
  const sender = pair.places[plan.senderIndex];
  const receiver = pair.places[plan.senderIndex === 0 ? 1 : 0];
  const victim = plan.kind === 'sender' ? sender : receiver;
  const before = ledger.size;

  const load = startLoad({
    roomId: pair.roomId,
    ledger,
    lanes: [...lanesOf(sender, HEAVY_LANES), ...lanesOf(receiver, LIGHT_LANES)],
    most: MOST,
  });
  await wait(plan.moment);
  if (plan.atAcknowledgement) await load.nextAcknowledgement(victim.workspace);
  await victim.workspace.kill();
  const unanswered = ledger.unacknowledged().map((message) => message.txnId);
  const silence = plan.silent ? load.hold() : undefined;
  const copy = copyDatabase(victim.workspace.options.dataDir, world.copies);
  load.letEnd();
  if (plan.killedStarting !== undefined) await killStarting(victim, plan.killedStarting);
  const restartMs = await victim.workspace.start();
  const ready = performance.now();
  await silence;
  const alone = plan.silent ? await untilComplete(world, 'without a word, ') : undefined;
  const aloneMs = performance.now() - ready;
  load.release();
  await load.ended;
  await replay(world);
  const { faults, histories } = await untilComplete(world);
  const convergedMs = plan.silent ? aloneMs : performance.now() - ready;

  for (const events of histories) for (const event of events) world.settled.add(event.event_id);
  const committed = committedTransactions(copy, unanswered);
  return {
    faults: [...ledger.takeFaults(), ...(alone?.faults ?? []), ...faults, ...databaseFaults(copy)],
    victim: victim.workspace.name,
    messages: ledger.size - before,
    underWay: unanswered.length,
    committedUnanswered: committed.length,
    interrupted: interruptedWork(copy),
    restartMs,
    convergedMs,
  };
};

const killStarting = async ({ workspace }: Place, share: number): Promise<void> => {
  const started = workspace.start().catch(() => undefined);
  await wait(share * workspace.lastStartMs);
  await workspace.kill();
  await started;
};

const lanesOf = ({ writers }: Place, count: number) =>
  Array.from({ length: count }, (_, index) => writers[index % 2 === 0 ? 0 : 1]);

/** Requests that were answered before the crash get the same answer after it. */
const replay = async ({ pair, ledger, random }: World): Promise<void> => {
  const acknowledged = ledger.acknowledged();
  for (const writer of pair.places.flatMap((place) => place.writers)) {
    const own = acknowledged.filter((message) => message.sender === writer.userId);
    for (const message of random.shuffled(own.slice(-10 * REPLAYS)).slice(0, REPLAYS)) {
      await deliver({ client: writer, roomId: pair.roomId, ledger, message });
    }
  }
};

type Completion = {
  readonly faults: readonly string[];
  readonly histories: readonly (readonly ClientEvent[])[];
};

/** Reads both sides until each has every acknowledged message that was not settled before. */
const untilComplete = async (world: World, how = ''): Promise<Completion> => {
  const expected = world.ledger.acknowledged().filter((message) => !world.settled.has(message.eventId ?? ''));
  const deadline = performance.now() + CONVERGE_LIMIT_MS;
  const results = await Promise.all(
    world.pair.places.map((place) => untilPlaceComplete(world, place, expected, deadline)),
  );
  return {
    faults: results.flatMap((result) => result.faults.map((fault) => how + fault)),
    histories: results.map((result) => result.events),
  };
};

const untilPlaceComplete = async (
  { pair, ledger, settled }: World,
  { workspace, reader }: Place,
  expected: readonly Message[],
  deadline: number,
) => {
  for (;;) {
    const events = await readMessages(reader, pair.roomId, (eventId) => settled.has(eventId));
    const missing = missingMessages(events, expected);
    if (missing.length === 0 || performance.now() > deadline) {
      const lost =
        missing.length === 0 ? [] : [`${workspace.name} misses ${missing.length}: ${first(missing)}`];
      return { events, faults: [...lost, ...strangeMessages(workspace.name, events, ledger)] };
    }
    await wait(CONVERGE_POLL_MS);
  }
};

const first = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')}, …`;

export const copyFolder = (folder: string, number: number): string => join(folder, 'crashes', String(number));
