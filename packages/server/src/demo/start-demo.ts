/** Starts the two workspaces of the demo, with their people and the channel they share. */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseServerName } from '@causeway/protocol';
import { createAccount, grantPermission, listAccounts } from '@causeway/workspace';
import type { Config } from '../config/config.ts';
import { createLog } from '../log/create-log.ts';
import type { Progress } from '../progress.ts';
import { webAppFolder } from '../web-app/web-app-folder.ts';
import { type RunningWorkspace, startWorkspace } from '../workspace/start-workspace.ts';
import { type CertificateAuthority, createCertificateAuthority, issueCertificate } from './certificates.ts';
import { DEMO_PASSWORD, type DemoPlace, demoChannel, demoPlaces } from './demo-people.ts';
import { freePort } from './free-port.ts';
import { MatrixClient, RequestRefused } from './matrix-client.ts';

export type DemoWorkspace = {
  readonly place: DemoPlace;
  readonly url: string;
  readonly running: RunningWorkspace;
};

export type DemoChannel = { readonly roomId: string; readonly alias: string; readonly name: string };

export interface Demo {
  readonly workspaces: readonly [DemoWorkspace, DemoWorkspace];
  readonly channel: DemoChannel;
  stop(graceMs: number): Promise<void>;
}

export type DemoStart = {
  readonly dataDir: string;
  /** HTTP ports; undefined: the usual ones, or free ones. */
  readonly ports: readonly [number, number] | undefined;
  readonly progress: Progress;
  /** Further servers that the two can reach, and the authority of their certificates. */
  readonly peers?: DemoPeers;
};

export type DemoPeers = {
  readonly addresses: { readonly [serverName: string]: string };
  readonly caPem: string;
};

const noPeers: DemoPeers = { addresses: {}, caPem: '' };

export const startDemo = async ({ dataDir, ports, progress, peers = noPeers }: DemoStart): Promise<Demo> => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const federationPorts = [await freePort(), await freePort()] as const;
  const [north, south] = demoPlaces;
  const ca = await progress.step('making a certificate authority for the two', () =>
    createCertificateAuthority(),
  );
  await using started = new AsyncDisposableStack();
  const start = async (place: DemoPlace, index: 0 | 1): Promise<DemoWorkspace> => {
    const httpPort = ports?.[index];
    const config = await demoConfig({ place, dataDir, ca, httpPort, federationPorts, index, peers });
    const log = createLog(
      { format: 'json', level: 'info' },
      createWriteStream(join(config.dataDir, 'log.jsonl'), { flags: 'a' }),
    );
    const running = started.use(await startWorkspace(config, { log, webAppFolder }));
    return { place, url: `http://localhost:${running.httpPort}`, running };
  };
  const workspaces = [
    await progress.step(`starting ${north.name} (${north.serverName})`, () => start(north, 0)),
    await progress.step(`starting ${south.name} (${south.serverName})`, () => start(south, 1)),
  ] as const;
  for (const workspace of workspaces) {
    await progress.step(`people of ${workspace.place.name}`, () => settle(workspace));
  }
  const channel = await progress.step(`the shared channel #${demoChannel.aliasLocalpart}`, () =>
    shareChannel(workspaces),
  );
  const owned = started.move();
  return {
    workspaces,
    channel,
    async stop(graceMs) {
      await Promise.all(workspaces.map(({ running }) => running.stop(graceMs)));
      await owned.disposeAsync();
    },
  };
};

type DemoConfigParts = {
  readonly place: DemoPlace;
  readonly dataDir: string;
  readonly ca: CertificateAuthority;
  readonly httpPort: number | undefined;
  readonly federationPorts: readonly [number, number];
  readonly index: 0 | 1;
  readonly peers: DemoPeers;
};

/** Certificates are new at each start, so that no key of the demo lies about that anybody trusts. */
const demoConfig = async (parts: DemoConfigParts): Promise<Config> => {
  const { place, ca, federationPorts, index, peers } = parts;
  const dataDir = join(parts.dataDir, place.folder);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const write = (name: string, pem: string) => {
    const path = join(dataDir, name);
    writeFileSync(path, pem, { mode: 0o600 });
    return path;
  };
  const { certPem, keyPem } = await issueCertificate(ca, [place.serverName]);
  const [north, south] = demoPlaces;
  const httpPort = parts.httpPort ?? (await freePort(place.preferredPort));
  return {
    serverName: parseServerName(place.serverName),
    dataDir,
    bind: '127.0.0.1',
    httpPort,
    federationPort: federationPorts[index],
    publicUrl: httpPort === 0 ? undefined : `http://localhost:${httpPort}`,
    trustedProxies: [],
    tls: { certFile: write('tls-cert.pem', certPem), keyFile: write('tls-key.pem', keyPem) },
    caCertFile: write('tls-ca.pem', `${ca.certPem}\n${peers.caPem}`),
    federationOverrides: {
      ...peers.addresses,
      [north.serverName]: `127.0.0.1:${federationPorts[0]}`,
      [south.serverName]: `127.0.0.1:${federationPorts[1]}`,
    },
    dnsServers: [],
    allowPrivateAddresses: false,
    registration: 'closed',
    registrationSharedSecret: undefined,
    appserviceDir: undefined,
    rateLimits: false,
    passwordCost: 'normal',
    log: { format: 'json', level: 'info' },
    metricsToken: undefined,
  };
};

/** At the first start: set-up as an admin does it, then the second person. Everybody may reach the other side. */
const settle = async ({ place, url, running }: DemoWorkspace): Promise<void> => {
  const [admin, colleague] = place.people;
  if (running.setupLink !== undefined) {
    const token = new URL(running.setupLink).searchParams.get('token');
    const answer = await fetch(`${url}/_causeway/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        token,
        workspace_name: place.name,
        admin: { username: admin.username, password: DEMO_PASSWORD },
      }),
    });
    if (!answer.ok) throw new Error(`${place.name} could not be set up: ${await answer.text()}`);
  }
  const { context } = running;
  if (context === undefined) throw new Error(`${place.name} has no server name`);
  const known = new Set((await listAccounts(context)).map((account) => account.userId.split(':')[0]));
  if (!known.has(`@${colleague.username}`)) {
    const { username: localpart, displayName } = colleague;
    await createAccount(context, { localpart, displayName, password: DEMO_PASSWORD, role: 'user' });
  }
  for (const account of await listAccounts(context)) {
    await grantPermission(context, account.userId, 'access-federation');
  }
};

/** Ada makes the channel and invites; the others come. At a later start it is there already. */
const shareChannel = async (workspaces: readonly [DemoWorkspace, DemoWorkspace]): Promise<DemoChannel> => {
  const [north] = workspaces;
  const alias = `#${demoChannel.aliasLocalpart}:${north.place.serverName}`;
  const clients = await signInAll(workspaces);
  try {
    const [founder, ...others] = clients;
    if (founder === undefined) throw new Error('nobody signed in');
    const found = await findAlias(founder, alias);
    if (found !== undefined) return { roomId: found, alias, name: demoChannel.name };
    await setDisplayNames(workspaces, clients);
    const roomId = await founder.createRoom({
      name: demoChannel.name,
      topic: demoChannel.topic,
      room_alias_name: demoChannel.aliasLocalpart,
      preset: 'private_chat',
      invite: others.map((client) => client.userId),
    });
    for (const client of others) await client.join(roomId, [north.place.serverName]);
    return { roomId, alias, name: demoChannel.name };
  } finally {
    await Promise.all(clients.map((client) => client.signOut()));
  }
};

/** Everybody of both places, the admins of North first. */
export const signInAll = async (workspaces: readonly DemoWorkspace[]): Promise<readonly MatrixClient[]> => {
  const clients: MatrixClient[] = [];
  for (const { url, place } of workspaces) {
    for (const { username } of place.people)
      clients.push(await MatrixClient.signIn(url, username, DEMO_PASSWORD));
  }
  return clients;
};

const setDisplayNames = async (
  workspaces: readonly DemoWorkspace[],
  clients: readonly MatrixClient[],
): Promise<void> => {
  const people = workspaces.flatMap(({ place }) => place.people);
  for (const [index, client] of clients.entries()) {
    const displayname = people[index]?.displayName;
    await client.request('PUT', `v3/profile/${encodeURIComponent(client.userId)}/displayname`, {
      displayname,
    });
  }
};

const findAlias = async (client: MatrixClient, alias: string): Promise<string | undefined> => {
  try {
    const path = `v3/directory/room/${encodeURIComponent(alias)}`;
    return (await client.request<{ room_id: string }>('GET', path)).room_id;
  } catch (error) {
    if (error instanceof RequestRefused && error.status === 404) return undefined;
    throw error;
  }
};
