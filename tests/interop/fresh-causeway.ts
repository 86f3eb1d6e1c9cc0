import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateAuthority } from '@causeway/server/demo-certificates';
import { findPorts } from '../processes/ports.ts';
import { startCauseway } from './causeway.ts';
import { MatrixClient } from './matrix-client.ts';

/** A Causeway that nobody has heard of, with an admin. */
export const startFresh = async (ca: CertificateAuthority) => {
  await using stack = new AsyncDisposableStack();
  const dataDir = mkdtempSync(join(tmpdir(), 'causeway-interop-fresh-'));
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  const [federation = 0, client = 0] = await findPorts(2);
  const causeway = stack.use(await startCauseway({ ports: { federation, client }, ca, dataDir }));
  const owned = stack.move();
  return {
    causeway,
    admin: async () => {
      await causeway.command({ kind: 'user-add', name: 'ada', password: 'ada-password', role: 'admin' });
      return MatrixClient.login(causeway.baseUrl, 'ada', 'ada-password');
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};
