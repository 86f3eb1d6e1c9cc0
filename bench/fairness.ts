/**
 * Whether destinations that swallow everything delay the others: a message every 125 ms in a room of 101 servers, over
 * real TLS to another process, first with all 100 reachable, then with 50 of them black-holed. Latency is from before
 * the sending of a message to its arrival, at the same 50 servers each time. A black hole takes connections and
 * never answers, so what is tried with it ends by its time limit, is written down and tried again. For comparison the
 * 50 are also sent to alone, since 100 that answer are more work than 50.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Engine, type Log, retryDestination, sendEvent } from '@causeway/homeserver';
import { createEgress } from '@causeway/http';
import { parseServerName, parseUserId, type RoomId } from '@causeway/protocol';
import { createCertificateAuthority, issueCertificate } from '../packages/server/src/demo/certificates.ts';
import type { Arrivals, FromReceiver, ToReceiver } from './fairness-receiver.ts';
import { type Measure, quantile } from './figures.ts';
import { localUser, openMeasuredServer, openRoom, receiveAll } from './measured-server.ts';
import { RemotePeer } from './remote-peer.ts';
import type { OpenRow } from './row.ts';

const REACHABLE = 50;
const SWALLOWING = 50;
/** Enough that p99 is not the worst of them. */
const MESSAGES = 200;
const WARM_UP_MESSAGES = 20;
const PACE_MS = 125;
/** Longer than the longest retry pause that black holes reach here. */
const ARRIVAL_LIMIT_MS = 120_000;
const POLL_MS = 50;

const withNone: Measure = { name: 'delivery to 50 of 100 servers, none black-holed, p99', unit: 'ms' };
const withMany: Measure = { name: 'the same with the other 50 black-holed, p99', unit: 'ms' };
const alone: Measure = { name: 'the same when there are only the 50, p99', unit: 'ms' };
const ratio: Measure = {
  name: '50 of 100 black-holed against none, p99',
  unit: '×',
  limit: { better: 'lower', text: '≤ 1.5 ×', target: () => 1.5 },
};
const ratioToAlone: Measure = { name: '50 of 100 black-holed against the 50 alone, p99', unit: '×' };

/** That a black hole was not reached is what is measured. */
const log: Log = { info: () => {}, warn: () => {}, error: (event, error) => console.error(event, error) };

const names = (kind: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${kind}${index}.test`);
const reachable = names('reachable', REACHABLE);
const swallowing = names('swallowing', SWALLOWING);

export const openFairness: OpenRow = async ({ folder }) => {
  const receiver = await startReceiver([...reachable, ...swallowing]);
  const [reachablePort, swallowingPort] = receiver.ports;
  const placesOf = (servers: readonly string[], port: number) =>
    servers.map((name) => [name, `127.0.0.1:${port}`] as const);
  const overrides = new Map([...placesOf(reachable, reachablePort), ...placesOf(swallowing, swallowingPort)]);
  const transport = createEgress({ overrides, extraCa: receiver.certPem });
  const server = await openMeasuredServer(folder, { transport }, log);
  const { engine } = server;
  const all = await roomWith(engine, [...reachable, ...swallowing]);
  const few = await roomWith(engine, reachable);

  const arrivals = (message: string) => receiver.arrivals(message);
  const untilAt = async (message: string, servers: readonly string[], retry = false): Promise<Arrivals> => {
    const end = performance.now() + ARRIVAL_LIMIT_MS;
    for (;;) {
      const seen = await arrivals(message);
      const missing = servers.filter((name) => !seen.has(name));
      if (missing.length === 0) return seen;
      if (performance.now() > end) throw new Error(`${message} did not arrive at ${missing.join(', ')}`);
      if (retry) for (const name of missing) await retryNow(engine, name);
      await pause(POLL_MS);
    }
  };

  let sent = 0;
  /** Milliseconds to each of the reachable servers, for each message. */
  const sendPaced = async (roomId: RoomId, count: number): Promise<readonly number[]> => {
    const begun: (readonly [message: string, at: number])[] = [];
    for (let index = 0; index < count; index++) {
      const body = `message ${sent++}`;
      begun.push([body, performance.timeOrigin + performance.now()]);
      await sendEvent(engine, {
        roomId,
        sender: localUser('ada'),
        type: 'm.room.message',
        content: { msgtype: 'm.text', body },
      });
      await pause(PACE_MS);
    }
    const waits: number[] = [];
    for (const [message, at] of begun) {
      const seen = await untilAt(message, reachable);
      for (const name of reachable) waits.push((seen.get(name) ?? Number.NaN) - at);
    }
    return waits;
  };
  const lastMessage = () => `message ${sent - 1}`;

  await sendPaced(few, WARM_UP_MESSAGES);
  await sendPaced(all, WARM_UP_MESSAGES);
  return {
    async measure() {
      await untilAt(lastMessage(), reachable);
      const none = quantile(await sendPaced(all, MESSAGES), 0.99);
      await untilAt(lastMessage(), swallowing);
      await receiver.ask({ kind: 'swallow', swallow: true });
      const many = quantile(await sendPaced(all, MESSAGES), 0.99);
      const last = lastMessage();
      if ([...(await arrivals(last)).keys()].some((name) => swallowing.includes(name))) {
        throw new Error('a black hole let something through');
      }
      await receiver.ask({ kind: 'swallow', swallow: false });
      await untilAt(last, swallowing, true);
      const only = quantile(await sendPaced(few, MESSAGES), 0.99);
      return [
        { measure: withNone, value: none },
        { measure: withMany, value: many },
        { measure: ratio, value: many / none },
        { measure: alone, value: only },
        { measure: ratioToAlone, value: many / only },
      ];
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await transport[Symbol.asyncDispose]();
      receiver.end();
    },
  };
};

/** A room with one user of each of these servers, whose joins were taken without their signatures. */
const roomWith = async (engine: Engine, servers: readonly string[]): Promise<RoomId> => {
  const room = await openRoom(engine, new RemotePeer('peer.test'), ['ada']);
  const joins = servers.map((name) => {
    const userId = parseUserId(`@member:${name}`);
    if (userId === undefined) throw new Error(`${name} is no server name`);
    return room.member(userId, { membership: 'join' });
  });
  await receiveAll(engine, room.roomId, joins);
  return room.roomId;
};

const retryNow = async (engine: Engine, name: string): Promise<void> => {
  const server = parseServerName(name);
  if (server !== undefined) await retryDestination(engine, server);
};

const startReceiver = async (servers: readonly string[]) => {
  const ca = await createCertificateAuthority('Bench CA');
  const { certPem, keyPem } = await issueCertificate(ca, servers);
  const child = fork(join(import.meta.dirname, 'fairness-receiver.ts'), { serialization: 'advanced' });
  const failed = once(child, 'exit').then(() => {
    throw new Error('the receiving process ended');
  });
  failed.catch(() => {});
  const ask = async (message: ToReceiver): Promise<FromReceiver> => {
    const answered = new Promise<FromReceiver>((resolve) => child.once('message', resolve as () => void));
    child.send(message);
    return Promise.race([answered, failed]);
  };
  const listening = await ask({ kind: 'listen', cert: certPem, key: keyPem });
  if (listening.kind !== 'listening') throw new Error('the receiving process does not listen');
  return {
    ports: listening.ports,
    certPem: ca.certPem,
    ask,
    async arrivals(message: string): Promise<Arrivals> {
      const answer = await ask({ kind: 'arrivals', message });
      return answer.kind === 'arrivals' ? answer.arrivals : new Map();
    },
    end: () => void child.kill(),
  };
};
