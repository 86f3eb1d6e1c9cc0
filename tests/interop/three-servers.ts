/**
 * Two Causeways beside the Synapse of the suite, with every way between two of the three severable:
 *
 *     first ── second
 *        ╲      ╱
 *        Synapse
 *
 * A Causeway is told where to reach the others. Synapse is not; so what listens under a Causeway's name is the link
 * from Synapse.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateAuthority } from '@causeway/server/demo-certificates';
import { findPorts } from '../processes/ports.ts';
import { startCauseway } from './causeway.ts';
import type { MatrixClient } from './matrix-client.ts';
import { openLink, type SeverableLink } from './severable-link.ts';
import type { Synapse } from './synapse.ts';

export type Member = {
  readonly serverName: string;
  /** Makes an account and signs it in. */
  readonly register: (name: string) => Promise<MatrixClient>;
};

export type ThreeServers = AsyncDisposable & {
  /** First, second, Synapse. */
  readonly members: readonly [Member, Member, Member];
  /** Nothing goes from it to the others, nor the other way, until what is returned is called. */
  readonly cutOff: (member: Member) => () => void;
};

export const startThreeServers = async (
  ca: CertificateAuthority,
  synapse: Synapse,
): Promise<ThreeServers> => {
  await using starting = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'causeway-three-'));
  starting.defer(() => rmSync(folder, { recursive: true, force: true }));
  const [nameA = 0, listenA = 0, clientA = 0, nameB = 0, listenB = 0, clientB = 0] = await findPorts(6);
  const synapsePort = Number(synapse.serverName.split(':')[1]);
  const [a, b] = [`localhost:${nameA}`, `localhost:${nameB}`];
  const links = new Map<SeverableLink, readonly [string, string]>();
  const link = async (from: string, server: string, to: number, port?: number): Promise<SeverableLink> => {
    const opened = starting.use(await openLink({ to, ...(port === undefined ? {} : { port }) }));
    links.set(opened, [from, server]);
    return opened;
  };
  await link(synapse.serverName, a, listenA, nameA);
  await link(synapse.serverName, b, listenB, nameB);
  const overridesOf = async (own: string, other: string, listen: number) => ({
    [other]: (await link(own, other, listen)).address,
    [synapse.serverName]: (await link(own, synapse.serverName, synapsePort)).address,
  });
  const first = starting.use(
    await startCauseway({
      serverName: a,
      ports: { federation: listenA, client: clientA },
      ca,
      dataDir: join(folder, 'first'),
      overrides: await overridesOf(a, b, listenB),
    }),
  );
  const second = starting.use(
    await startCauseway({
      serverName: b,
      ports: { federation: listenB, client: clientB },
      ca,
      dataDir: join(folder, 'second'),
      overrides: await overridesOf(b, a, listenA),
    }),
  );
  const stack = starting.move();
  return {
    members: [
      { serverName: a, register: (name) => first.registerUser(name) },
      { serverName: b, register: (name) => second.registerUser(name) },
      { serverName: synapse.serverName, register: (name) => synapse.registerUser(name, 'a-long-password') },
    ],
    cutOff: ({ serverName }) => {
      const cut = [...links].filter(([, ends]) => ends.includes(serverName)).map(([each]) => each);
      for (const each of cut) each.sever();
      return () => {
        for (const each of cut) each.mend();
      };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};
