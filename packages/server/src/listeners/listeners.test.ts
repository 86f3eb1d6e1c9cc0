import { mkdtempSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { createCertificateAuthority, issueCertificate } from '../demo/certificates.ts';
import { silentLog } from '../log/create-log.ts';
import { openListeners } from './listeners.ts';

const answer = (_request: unknown, response: { end(text: string): unknown }) => void response.end('here');

describe('the listeners', () => {
  it('say in words which port is taken', async () => {
    const first = await openListeners(
      { bind: '127.0.0.1', httpPort: 0, federationPort: 0, tls: undefined },
      answer,
      silentLog,
    );
    const again = openListeners(
      { bind: '127.0.0.1', httpPort: first.httpPort, federationPort: 0, tls: undefined },
      answer,
      silentLog,
    );
    await expect(again).rejects.toThrow(
      `Cannot listen on 127.0.0.1 port ${first.httpPort} (CAUSEWAY_HTTP_PORT): another program uses this port.`,
    );
    first.destroy();
    await first.close();
  });

  it('take a renewed certificate without a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'causeway-tls-'));
    const ca = await createCertificateAuthority();
    const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
    const renew = async (names: readonly string[]) => {
      const { certPem, keyPem } = await issueCertificate(ca, names);
      writeFileSync(tls.certFile, certPem);
      writeFileSync(tls.keyFile, keyPem);
    };
    await renew(['north.test']);
    const listeners = await openListeners(
      { bind: '127.0.0.1', httpPort: 0, federationPort: 0, tls },
      answer,
      silentLog,
    );
    const names = () => namesOfCertificate(listeners.httpsPort ?? 0, ca.certPem);
    expect(await names()).toBe('DNS:north.test');
    await renew(['north.test', 'chat.north.test']);
    await vi.waitFor(async () => expect(await names()).toBe('DNS:north.test, DNS:chat.north.test'), {
      timeout: 12_000,
      interval: 500,
    });
    listeners.destroy();
    await listeners.close();
  });
});

const namesOfCertificate = (port: number, ca: string): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, servername: 'north.test', ca, agent: false }, (response) => {
      resolve((response.socket as TLSSocket).getPeerCertificate().subjectaltname);
      response.resume();
    }).on('error', reject);
  });
