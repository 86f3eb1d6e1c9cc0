/**
 * Further organisations beside the two of the demo: real homeservers in this process, behind a TLS port, each
 * with what is odd about it: old room versions, slowness, lies. What they receive is recorded.
 */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createEgress } from '@causeway/http';
import { parseUserId } from '@causeway/protocol';
import { createCertificateAuthority, issueCertificate } from '@causeway/server/demo-certificates';
import { type ClientServer, type Person, startClientServer } from '@causeway/testing/client-server';
import { grantPermission } from '@causeway/workspace';
import type { Demo } from './workspaces.ts';

/** `old.test` knows room versions up to 10 only. */
export const PEER_NAMES = ['old.test', 'slow.test', 'liar.test', 'forger.test'] as const;
const OLD_VERSIONS = ['6', '9', '10'];

export type PeerName = (typeof PEER_NAMES)[number];

export type Received = { readonly method: string; readonly path: string; readonly body: string };

export type PeerAnswer = {
  readonly status: number;
  readonly body: string | Uint8Array | AsyncIterable<string>;
  readonly type?: string;
};

/** How a server answers: honestly, or not. */
export type Behaviour = (request: Received, honestly: () => Promise<PeerAnswer>) => Promise<PeerAnswer>;

export type Peer = {
  readonly name: PeerName;
  readonly server: ClientServer;
  /** Everything that came over the wire, oldest first. */
  readonly received: readonly Received[];
  /** Undefined: honestly. */
  behave: Behaviour | undefined;
  /** Somebody there, who may take part in rooms with others; always the same for a name. */
  person(localpart: string): Promise<Person>;
};

export type Peers = AsyncDisposable & { readonly [Name in PeerName]: Peer };

type Prepared = { readonly demoArguments: readonly string[]; open(demo: Demo): Promise<Peers> };

/** Makes the certificates, so that the demo can be told; the servers start when it runs. */
export async function preparePeers(folder: string, ports: readonly number[]): Promise<Prepared> {
  const ca = await createCertificateAuthority('further organisations');
  const caFile = join(folder, 'peers-ca.pem');
  await writeFile(caFile, ca.certPem);
  const addresses = Object.fromEntries(PEER_NAMES.map((name, index) => [name, `127.0.0.1:${ports[index]}`]));
  return {
    demoArguments: ['--peers', JSON.stringify(addresses), '--peers-ca', caFile],
    async open(demo) {
      const demoCa = await readFile(join(folder, 'north', 'tls-ca.pem'), 'utf8');
      const overrides = new Map(Object.entries(addresses));
      for (const { server_name, federation_address } of demo.workspaces) {
        if (federation_address) overrides.set(server_name, federation_address);
      }
      await using stack = new AsyncDisposableStack();
      const opened: Peer[] = [];
      for (const [index, name] of PEER_NAMES.entries()) {
        const transport = stack.use(createEgress({ overrides, extraCa: `${demoCa}\n${ca.certPem}` }));
        const server = stack.use(
          await startClientServer({
            serverName: name,
            transport,
            ...(name === 'old.test' ? { roomVersions: OLD_VERSIONS } : {}),
          }),
        );
        const { certPem, keyPem } = await issueCertificate(ca, [name]);
        const peer = makePeer(name, server);
        stack.use(await listen(peer, { cert: certPem, key: keyPem, port: ports[index] ?? 0 }));
        opened.push(peer);
      }
      const owned = stack.move();
      const [old, slow, liar, forger] = opened;
      if (!old || !slow || !liar || !forger) throw new Error('A further organisation is missing.');
      return {
        'old.test': old,
        'slow.test': slow,
        'liar.test': liar,
        'forger.test': forger,
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      };
    },
  };
}

type OpenPeer = Peer & { readonly received: Received[] };

function makePeer(name: PeerName, server: ClientServer): OpenPeer {
  const people = new Map<string, Promise<Person>>();
  const make = async (localpart: string) => {
    const person = await server.person(localpart);
    const userId = parseUserId(person.userId);
    if (userId) await grantPermission(server.context, userId, 'access-federation');
    return person;
  };
  return {
    name,
    server,
    received: [],
    behave: undefined,
    person(localpart) {
      const person = people.get(localpart) ?? make(localpart);
      people.set(localpart, person);
      return person;
    },
  };
}

type Listening = { readonly cert: string; readonly key: string; readonly port: number };

async function listen(peer: OpenPeer, { cert, key, port }: Listening): Promise<AsyncDisposable> {
  const front = https.createServer({ cert, key }, (request, response) => {
    answer(peer, request, response).catch((problem: unknown) => response.destroy(asError(problem)));
  });
  front.listen(port, '127.0.0.1');
  await once(front, 'listening');
  return {
    [Symbol.asyncDispose]: async () => {
      front.closeAllConnections();
      front.close();
      await once(front, 'close');
    },
  };
}

const asError = (problem: unknown): Error =>
  problem instanceof Error ? problem : new Error(String(problem));

async function answer(peer: OpenPeer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces);
  const { method = 'GET', url = '/', headers } = request;
  const received = { method, path: url, body: body.toString() };
  peer.received.push(received);
  const honestly = async (): Promise<PeerAnswer> => {
    const given = Object.entries(headers).map(([name, value]) => [name, String(value)]);
    const injected = await peer.server.app.inject({
      method,
      url,
      headers: Object.fromEntries(given),
      ...(body.length > 0 ? { body } : {}),
    });
    return {
      status: injected.status,
      body: injected.bytes,
      type: String(injected.headers['content-type'] ?? 'application/json'),
    };
  };
  const chosen = await (peer.behave ? peer.behave(received, honestly) : honestly());
  response.writeHead(chosen.status, { 'content-type': chosen.type ?? 'application/json' });
  if (typeof chosen.body === 'string' || chosen.body instanceof Uint8Array) response.end(chosen.body);
  else Readable.from(chosen.body).pipe(response);
}
