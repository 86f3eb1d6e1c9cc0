/** A real Causeway beside a real Synapse: the `causeway` process, named `localhost:PORT`, and its people. */

import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request as sendRequest } from 'node:http';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { type CertificateAuthority, issueCertificate } from '@causeway/server/demo-certificates';
import type { ControlCommand } from '../../packages/server/src/control/control-command.ts';
import { dataFolderAt } from '../../packages/server/src/data/data-folder.ts';
import { Workspace } from '../processes/workspace-process.ts';
import { causewayOrigins, MatrixClient, request, text } from './matrix-client.ts';

const WATCH_ANSWERS = join(import.meta.dirname, 'watch-answers.ts');

export type Causeway = AsyncDisposable & {
  readonly serverName: string;
  readonly baseUrl: string;
  /** Makes an account that may federate, unless it is said otherwise, and signs it in. */
  registerUser(name: string, options?: { readonly mayFederate?: boolean }): Promise<MatrixClient>;
  /** What the command line asks of it, without a process for each. */
  command(command: ControlCommand): Promise<void>;
  /** Runs a command of the command line; throws what it said when it failed. */
  run(args: readonly string[]): Promise<void>;
  /** Does nothing when it is stopped already. */
  stop(): Promise<void>;
  /** Does nothing when it runs already. */
  start(): Promise<void>;
};

export const startCauseway = async (options: {
  readonly ports: { readonly federation: number; readonly client: number };
  readonly ca: CertificateAuthority;
  readonly dataDir: string;
  /** What others call it, when something else listens there and passes on to `ports.federation`. */
  readonly serverName?: string;
  /** Where it reaches other servers, by their names. */
  readonly overrides?: { readonly [serverName: string]: string };
}): Promise<Causeway> => {
  const { ports, ca, dataDir, serverName = `localhost:${ports.federation}`, overrides = {} } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const certificate = await issueCertificate(ca, ['localhost', '127.0.0.1', '::1']);
  const write = (name: string, pem: string): string => {
    writeFileSync(join(dataDir, name), pem, { mode: 0o600 });
    return join(dataDir, name);
  };
  const workspace = new Workspace({
    name: 'causeway',
    serverName,
    dataDir: join(dataDir, 'data'),
    logFile: join(dataDir, 'causeway.log'),
    httpPort: ports.client,
    federationPort: ports.federation,
    tls: {
      certFile: write('certificate.pem', certificate.certPem),
      keyFile: write('key.pem', certificate.keyPem),
      caFile: write('ca.pem', ca.certPem),
    },
    overrides,
    imports: [WATCH_ANSWERS],
    environment: { CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: 'true' },
  });
  await workspace.start();
  const baseUrl = workspace.url;
  causewayOrigins.add(new URL(baseUrl).origin);
  const command = (one: ControlCommand) =>
    sendCommand(dataFolderAt(join(dataDir, 'data')).controlSocket, one);
  return {
    serverName,
    baseUrl,
    registerUser: async (name, { mayFederate = true } = {}) => {
      const account = await request({
        method: 'POST',
        url: `${baseUrl}/_matrix/client/v3/register`,
        body: { username: name, password: `${name}-password`, auth: { type: 'm.login.dummy' } },
      });
      if (mayFederate) await command({ kind: 'user-grant', name, permission: 'access-federation' });
      return new MatrixClient(baseUrl, text(account, 'user_id'), text(account, 'access_token'));
    },
    command,
    run: async (args) => {
      const { code, output } = await workspace.run(args);
      if (code !== 0) throw new Error(`causeway ${args.join(' ')}: ${output}`);
    },
    stop: async () => {
      if (workspace.isRunning) await workspace.stop();
    },
    start: async () => {
      if (!workspace.isRunning) await workspace.start();
    },
    // In its own time, so that what it answered is counted.
    [Symbol.asyncDispose]: async () => {
      if (workspace.isRunning) await workspace.stop();
    },
  };
};

const sendCommand = async (socketPath: string, command: ControlCommand): Promise<void> => {
  const outgoing = sendRequest({ socketPath, path: '/', method: 'POST' });
  outgoing.end(JSON.stringify(command));
  const [response]: IncomingMessage[] = await once(outgoing, 'response');
  const answer = response === undefined ? '' : await textOf(response);
  if (!answer.includes('"output"')) throw new Error(`${command.kind} failed: ${answer}`);
};
