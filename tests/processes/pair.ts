/** Two workspaces, each a process of its own, that reach each other over TLS on loopback. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  issueCertificate,
} from '../../packages/server/src/demo/certificates.ts';
import { findPorts } from './ports.ts';
import { Workspace } from './workspace-process.ts';

type Names = readonly [string, string];
type Environment = { readonly [variable: string]: string };

/** Prepares both, in folders of these names; their server names end with `.test`. Neither is started. */
export const preparePair = async (
  folder: string,
  names: Names,
  environment: Environment = {},
): Promise<readonly [Workspace, Workspace]> => {
  const ca = await createCertificateAuthority('Causeway tests');
  const [firstHttp = 0, secondHttp = 0, firstHttps = 0, secondHttps = 0] = await findPorts(4);
  const overrides = {
    [serverNameOf(names[0])]: `127.0.0.1:${firstHttps}`,
    [serverNameOf(names[1])]: `127.0.0.1:${secondHttps}`,
  };
  const make = async (name: string, httpPort: number, federationPort: number) =>
    new Workspace({
      name,
      serverName: serverNameOf(name),
      dataDir: join(folder, name),
      logFile: join(folder, `${name}.log`),
      httpPort,
      federationPort,
      tls: await writeTlsFiles(join(folder, `${name}-tls`), serverNameOf(name), ca),
      overrides,
      environment,
    });
  return [await make(names[0], firstHttp, firstHttps), await make(names[1], secondHttp, secondHttps)];
};

const serverNameOf = (name: string): string => `${name}.test`;

const writeTlsFiles = async (folder: string, name: string, ca: CertificateAuthority) => {
  mkdirSync(folder, { mode: 0o700 });
  const write = (file: string, pem: string): string => {
    writeFileSync(join(folder, file), pem, { mode: 0o600 });
    return join(folder, file);
  };
  const { certPem, keyPem } = await issueCertificate(ca, [name]);
  return {
    certFile: write('cert.pem', certPem),
    keyFile: write('key.pem', keyPem),
    caFile: write('ca.pem', ca.certPem),
  };
};
