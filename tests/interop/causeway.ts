/** A real Causeway beside a real Synapse: the `causeway` process, named `localhost:PORT`, and its people. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateAuthority, issueCertificate } from '@causeway/server/demo-certificates';
import { Workspace } from '../crash/workspace-process.ts';
import { MatrixClient, request, text } from './matrix-client.ts';

export type Causeway = AsyncDisposable & {
  readonly serverName: string;
  readonly baseUrl: string;
  /** Makes an account that may federate, and signs it in. */
  registerUser(name: string): Promise<MatrixClient>;
  /** Does nothing when it is stopped already. */
  stop(): Promise<void>;
  /** Does nothing when it runs already. */
  start(): Promise<void>;
};

export const startCauseway = async (options: {
  readonly ports: { readonly federation: number; readonly client: number };
  readonly ca: CertificateAuthority;
  readonly dataDir: string;
}): Promise<Causeway> => {
  const { ports, ca, dataDir } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const certificate = await issueCertificate(ca, ['localhost', '127.0.0.1', '::1']);
  const write = (name: string, pem: string): string => {
    writeFileSync(join(dataDir, name), pem, { mode: 0o600 });
    return join(dataDir, name);
  };
  const serverName = `localhost:${ports.federation}`;
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
    overrides: {},
    environment: { CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: 'true' },
  });
  await workspace.start();
  const baseUrl = workspace.url;
  return {
    serverName,
    baseUrl,
    registerUser: async (name) => {
      const account = await request({
        method: 'POST',
        url: `${baseUrl}/_matrix/client/v3/register`,
        body: { username: name, password: `${name}-password`, auth: { type: 'm.login.dummy' } },
      });
      const granted = await workspace.run(['user', 'grant', name, 'access-federation']);
      if (granted.code !== 0) throw new Error(`${name} was not granted access-federation: ${granted.output}`);
      return new MatrixClient(baseUrl, text(account, 'user_id'), text(account, 'access_token'));
    },
    stop: async () => {
      if (workspace.isRunning) await workspace.stop();
    },
    start: async () => {
      if (!workspace.isRunning) await workspace.start();
    },
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
};
