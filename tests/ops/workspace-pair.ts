/** Two workspaces as an admin runs them: processes with certificates, which find each other by name. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  issueCertificate,
} from '../../packages/server/src/demo/certificates.ts';
import { findPorts } from '../processes/ports.ts';
import { Workspace } from '../processes/workspace-process.ts';

export type TlsFiles = { readonly certFile: string; readonly keyFile: string; readonly caFile: string };

export type Ground = {
  readonly folder: string;
  readonly ca: CertificateAuthority;
  readonly stack: AsyncDisposableStack;
};

/** A folder for everything, removed at the end whatever happens, and an authority that all trust. */
export const prepareGround = async (own: AsyncDisposableStack, name: string): Promise<Ground> => {
  const folder = mkdtempSync(join(tmpdir(), `causeway-ops-${name}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', remove);
  const stack = own.use(new AsyncDisposableStack());
  stack.defer(remove);
  return { folder, stack, ca: await createCertificateAuthority(`ops ${name}`) };
};

/** `label` names the folder; `name` is what the certificate is for. */
export const writeTls = async ({ folder, ca }: Ground, label: string, name = label): Promise<TlsFiles> => {
  const place = join(folder, `${label}-tls`);
  mkdirSync(place, { mode: 0o700 });
  const write = (file: string, pem: string): string => {
    writeFileSync(join(place, file), pem, { mode: 0o600 });
    return join(place, file);
  };
  const { certPem, keyPem } = await issueCertificate(ca, [name]);
  return {
    certFile: write('cert.pem', certPem),
    keyFile: write('key.pem', keyPem),
    caFile: write('ca.pem', ca.certPem),
  };
};

/** Starts workspaces of these server names. */
export const startWorkspaces = async (
  ground: Ground,
  names: readonly string[],
): Promise<readonly Workspace[]> => {
  const workspaces = await prepareWorkspaces(ground, names);
  await Promise.all(workspaces.map((workspace) => workspace.start()));
  return workspaces;
};

/** The same, not started, with further variables of the environment, and with their data in another folder. */
export const prepareWorkspaces = async (
  ground: Ground,
  names: readonly string[],
  environment: { readonly [variable: string]: string } = {},
  folder = ground.folder,
): Promise<readonly Workspace[]> => {
  const ports = await findPorts(names.length * 2);
  const overrides = Object.fromEntries(
    names.map((name, index) => [name, `127.0.0.1:${ports[index * 2 + 1]}`]),
  );
  return Promise.all(
    names.map(async (name, index) =>
      ground.stack.use(
        new Workspace({
          name,
          serverName: name,
          dataDir: join(folder, name),
          logFile: join(ground.folder, `${name}.log`),
          httpPort: ports[index * 2] ?? 0,
          federationPort: ports[index * 2 + 1] ?? 0,
          tls: await writeTls(ground, name),
          overrides,
          environment,
        }),
      ),
    ),
  );
};
