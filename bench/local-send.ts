/**
 * Local send: from `sendEvent` of a local user to the promise that the event is on stable storage. One person
 * writes in a room shared with another server, one message every 10 ms; what follows each message (freezing
 * and delivering a transaction, two more commits) happens in between. Then the same while one stream of
 * transactions at 0.15 V comes in for another room.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { type Engine, sendEvent } from '@causeway/homeserver';
import type { RoomId } from '@causeway/protocol';
import { type Measure, quantile } from './figures.ts';
import { makeTransactions, openPeopledRoom, PDUS_PER_TRANSACTION, receiveOne } from './inbound.ts';
import type { Machine } from './machine.ts';
import { localUser, openMeasuredServer } from './measured-server.ts';
import type { Random } from './random.ts';
import { RemotePeer } from './remote-peer.ts';
import type { OpenRow } from './row.ts';

const SENDS = 250;
const WARM_UP_SENDS = 50;
const PAUSE_MS = 10;
const BODY_CHARACTERS = 120;
const LOAD_IN_V = 0.15;

const idleMedian: Measure = {
  name: 'local send, durable, p50',
  unit: 'ms',
  ratio: 'D',
  limit: {
    better: 'lower',
    text: '≤ 8/D + 1 ms',
    target: ({ d }) => 8000 / d + 1,
    must: ({ d }) => 2 * (8000 / d + 1),
  },
};
const idleSlowest: Measure = {
  name: 'local send, durable, p99',
  unit: 'ms',
  ratio: 'D',
  limit: { better: 'lower', text: '≤ 10 ms', target: () => 10 },
};
const loadedMedian: Measure = { name: 'local send under inbound 0.15 V, p50', unit: 'ms', ratio: 'D' };
const loadedSlowest: Measure = {
  name: 'local send under inbound 0.15 V, p99',
  unit: 'ms',
  ratio: 'D',
  limit: { better: 'lower', text: '≤ 25 ms', target: () => 25 },
};

export const openLocalSend: OpenRow = async ({ folder, random }) => {
  const peer = new RemotePeer('peer.test');
  const server = await openMeasuredServer(folder, peer);
  const { engine } = server;
  const room = await openPeopledRoom(engine, peer);
  const busyRoom = await openPeopledRoom(engine, peer);
  await sendMany(engine, room.roomId, random, WARM_UP_SENDS);
  let round = 0;
  return {
    async measure(machine) {
      round++;
      const idle = await sendMany(engine, room.roomId, random, SENDS);
      const count = Math.ceil((loadPerSecond(machine) * SENDS * (PAUSE_MS + 5)) / 1000);
      const bodies = makeTransactions(busyRoom, random, count);
      using load = startLoad(engine, peer, bodies, `load-${round}`, loadPerSecond(machine));
      const loaded = await sendMany(engine, room.roomId, random, SENDS);
      await load.end();
      return [
        { measure: idleMedian, value: quantile(idle, 0.5) },
        { measure: idleSlowest, value: quantile(idle, 0.99) },
        { measure: loadedMedian, value: quantile(loaded, 0.5) },
        { measure: loadedSlowest, value: quantile(loaded, 0.99) },
      ];
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

/** How long each took, in milliseconds. */
const sendMany = async (
  engine: Engine,
  roomId: RoomId,
  random: Random,
  count: number,
): Promise<readonly number[]> => {
  const took: number[] = [];
  for (let index = 0; index < count; index++) {
    const body = random.text(BODY_CHARACTERS);
    const start = performance.now();
    await sendEvent(engine, {
      roomId,
      sender: localUser('ada'),
      type: 'm.room.message',
      content: { msgtype: 'm.text', body },
    });
    took.push(performance.now() - start);
    await wait(PAUSE_MS);
  }
  return took;
};

const loadPerSecond = ({ v }: Machine): number => (LOAD_IN_V * v) / PDUS_PER_TRANSACTION;

/** Transactions at an even pace; one that is late follows at once. */
const startLoad = (
  engine: Engine,
  peer: RemotePeer,
  bodies: readonly Uint8Array[],
  name: string,
  perSecond: number,
): Disposable & { end(): Promise<void> } => {
  let running = true;
  const start = performance.now();
  const work = (async () => {
    for (const [index, bytes] of bodies.entries()) {
      const early = start + (index * 1000) / perSecond - performance.now();
      if (early > 0) await wait(early);
      if (!running) return;
      await receiveOne(engine, peer, bytes, `${name}-${index}`);
    }
  })();
  return {
    end: async () => {
      running = false;
      await work;
      await engine.roomQueue.idle();
    },
    [Symbol.dispose]: () => {
      running = false;
    },
  };
};
