/**
 * The same stream over HTTPS on loopback: another process sends signed requests over one kept connection, each
 * when the one before is answered; TLS, HTTP, the request's signature and reading come on top of the rest.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { createHttpApp, federationRoutes } from '@causeway/http';
import { parseJson, signRequest } from '@causeway/protocol';
import { createCertificateAuthority, issueCertificate } from '../packages/server/src/demo/certificates.ts';
import type { Measure } from './figures.ts';
import type { FromSender, PreparedRequest, ToSender } from './https-sender.ts';
import { makeTransactions, openPeopledRoom, PDUS_PER_TRANSACTION } from './inbound.ts';
import { openMeasuredServer } from './measured-server.ts';
import { RemotePeer } from './remote-peer.ts';
import type { OpenRow } from './row.ts';

const TRANSACTIONS = 60;
const WARM_UP_TRANSACTIONS = 30;

const rate: Measure = {
  name: 'inbound PDUs, over HTTPS',
  unit: 'PDUs/s',
  ratio: 'V',
  limit: { better: 'higher', text: '≥ 0.20 V', target: ({ v }) => 0.2 * v },
};

export const openInboundHttps: OpenRow = async ({ folder, random }) => {
  const peer = new RemotePeer('peer.test');
  const server = await openMeasuredServer(folder, peer);
  const { engine } = server;
  const room = await openPeopledRoom(engine, peer);
  const app = await createHttpApp({ routes: federationRoutes(engine), log: engine.log });
  const ca = await createCertificateAuthority('Bench CA');
  const { certPem, keyPem } = await issueCertificate(ca, [engine.serverName]);
  const https = createServer({ cert: certPem, key: keyPem }, app.handle);
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  const address = https.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const sender = fork(
    join(import.meta.dirname, 'https-sender.ts'),
    [String(port), engine.serverName, ca.certPem],
    {
      serialization: 'advanced',
    },
  );
  const failed = once(sender, 'exit').then(() => {
    throw new Error('the sending process ended');
  });
  const ask = async (message: ToSender): Promise<void> => {
    const answered = new Promise<FromSender>((resolve) => sender.once('message', resolve as () => void));
    sender.send(message);
    await Promise.race([answered, failed]);
  };
  let transactions = 0;
  const prepare = (count: number): readonly PreparedRequest[] =>
    makeTransactions(room, random, count).map((body) => {
      const path = `/_matrix/federation/v1/send/${++transactions}`;
      const parsed = parseJson(body);
      if (!parsed.ok) throw new Error(parsed.reason);
      const { name: origin, key } = peer;
      const destination = engine.serverName;
      const signed = { method: 'PUT', uri: path, origin, destination, content: parsed.value };
      return { path, authorization: signRequest(signed, key), body };
    });
  const run = async (count: number): Promise<number> => {
    await ask({ kind: 'prepare', requests: prepare(count) });
    const start = performance.now();
    await ask({ kind: 'send' });
    await engine.roomQueue.idle();
    return (count * PDUS_PER_TRANSACTION * 1000) / (performance.now() - start);
  };
  await run(WARM_UP_TRANSACTIONS);
  return {
    measure: async () => [{ measure: rate, value: await run(TRANSACTIONS) }],
    [Symbol.asyncDispose]: async () => {
      failed.catch(() => {});
      sender.kill();
      https.closeAllConnections();
      https.close();
      await app[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
};
