/**
 * Inbound PDUs, in process: one stream of transactions of 50 messages of 1 KB from one server, each sent when
 * the one before is answered. From the bytes of a transaction's body to the last event on the timeline:
 * reading, all seven checks, staging and appending, two durable commits per transaction. The room has 20
 * members there and 3 here, whose push rules are evaluated for every message.
 */
import { type Engine, receiveTransaction } from '@causeway/homeserver';
import { canonicalJsonBytes, parseJson } from '@causeway/protocol';
import { watchStalls } from './event-loop.ts';
import type { Measure } from './figures.ts';
import { openMeasuredServer, openRoom, receiveAll } from './measured-server.ts';
import type { Random } from './random.ts';
import { type PeerRoom, RemotePeer } from './remote-peer.ts';
import type { OpenRow } from './row.ts';

const REMOTE_MEMBERS = 20;
export const PDUS_PER_TRANSACTION = 50;
/** With IDs, hash and signature the event is then about 1 KB. */
const BODY_CHARACTERS = 360;
const TRANSACTIONS = 80;
const WARM_UP_TRANSACTIONS = 30;

const inboundRate: Measure = {
  name: 'inbound PDUs, in process',
  unit: 'PDUs/s',
  ratio: 'V',
  limit: {
    better: 'higher',
    text: '≥ 0.25 V',
    target: ({ v }) => 0.25 * v,
    must: ({ v }) => 0.125 * v,
  },
};

const computing: Measure = { name: 'CPU of one of them', unit: 'ms', ratio: 'V' };
const longestStall: Measure = { name: 'longest stall of the event loop meanwhile', unit: 'ms' };

export const openInbound: OpenRow = async ({ folder, random }) => {
  const peer = new RemotePeer('peer.test');
  const server = await openMeasuredServer(folder, peer);
  const room = await openPeopledRoom(server.engine, peer);
  await receiveStream(server.engine, peer, makeTransactions(room, random, WARM_UP_TRANSACTIONS), 'warm-up');
  let round = 0;
  return {
    async measure() {
      const bodies = makeTransactions(room, random, TRANSACTIONS);
      using stall = watchStalls();
      const pdus = bodies.length * PDUS_PER_TRANSACTION;
      const start = performance.now();
      const cpuBefore = process.cpuUsage();
      await receiveStream(server.engine, peer, bodies, `round-${++round}`);
      const cpu = process.cpuUsage(cpuBefore);
      const seconds = (performance.now() - start) / 1000;
      return [
        { measure: inboundRate, value: pdus / seconds },
        { measure: computing, value: (cpu.user + cpu.system) / 1000 / pdus },
        { measure: longestStall, value: stall.longest() },
      ];
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

export const openPeopledRoom = async (engine: Engine, peer: RemotePeer): Promise<PeerRoom> => {
  const room = await openRoom(engine, peer, ['ada', 'ben', 'cleo']);
  const joins = Array.from({ length: REMOTE_MEMBERS }, (_, index) => room.join(`remote${index}`));
  await receiveAll(engine, room.roomId, joins);
  return room;
};

/** Bodies of transactions as servers send them, in canonical JSON. */
export const makeTransactions = (room: PeerRoom, random: Random, count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, () => {
    const pdus = Array.from({ length: PDUS_PER_TRANSACTION }, () => {
      const sender = room.members[random.below(room.members.length)];
      if (sender === undefined) throw new Error('the room has no members');
      return room.message(sender, random.text(BODY_CHARACTERS)).pdu;
    });
    return canonicalJsonBytes({ origin: 'peer.test', origin_server_ts: Date.now(), pdus });
  });

const receiveStream = async (
  engine: Engine,
  peer: RemotePeer,
  bodies: readonly Uint8Array[],
  name: string,
): Promise<void> => {
  for (const [index, bytes] of bodies.entries()) await receiveOne(engine, peer, bytes, `${name}-${index}`);
  await engine.roomQueue.idle();
};

export const receiveOne = async (
  engine: Engine,
  peer: RemotePeer,
  bytes: Uint8Array,
  txnId: string,
): Promise<void> => {
  const parsed = parseJson(bytes);
  if (!parsed.ok) throw new Error(parsed.reason);
  const answer = await receiveTransaction(engine, { origin: peer.name, txnId, content: parsed.value });
  const refused = Object.entries(answer.pdus).find(([, result]) => result.error !== undefined);
  if (refused !== undefined) throw new Error(`refused: ${JSON.stringify(refused)}`);
};
