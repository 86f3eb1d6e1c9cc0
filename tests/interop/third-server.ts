/** A third server that has keys, signs requests, and can be taken away: enough to ask others whether they know it. */
import { once } from 'node:events';
import { createServer, request as sendRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseServerName, signingKeyFromSeed, signJson, signRequest } from '@causeway/protocol';
import { type CertificateAuthority, issueCertificate } from '@causeway/server/demo-certificates';

const DAY_MS = 24 * 3600 * 1000;

export type ThirdServer = AsyncDisposable & {
  readonly serverName: string;
  readonly keyId: string;
  /** Nobody reaches it any more; it can still ask others. */
  goAway(): Promise<void>;
  /** Asks another server for somebody's profile, signed; returns the status. */
  askForProfile(destination: string, userId: string): Promise<number>;
};

export const startThirdServer = async (ca: CertificateAuthority): Promise<ThirdServer> => {
  const { certPem, keyPem } = await issueCertificate(ca, ['localhost', '127.0.0.1', '::1']);
  const key = signingKeyFromSeed(crypto.getRandomValues(new Uint8Array(32)), 'third');
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    if (request.url?.startsWith('/_matrix/key/v2/server') !== true) {
      response.writeHead(404).end('{"errcode":"M_UNRECOGNIZED"}');
      return;
    }
    const answer = {
      server_name: serverName,
      valid_until_ts: Date.now() + DAY_MS,
      verify_keys: { [key.keyId]: { key: key.publicKey } },
      old_verify_keys: {},
    };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(signJson(answer, serverName, key)));
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const serverName = `localhost:${port}`;
  const goAway = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    serverName,
    keyId: key.keyId,
    goAway,
    async askForProfile(to, userId) {
      const [origin, destination] = [parseServerName(serverName), parseServerName(to)];
      if (origin === undefined || destination === undefined) throw new Error(`${to} is not a server name`);
      const uri = `/_matrix/federation/v1/query/profile?user_id=${encodeURIComponent(userId)}`;
      const authorization = signRequest({ method: 'GET', uri, origin, destination }, key);
      const outgoing = sendRequest(`https://${to}${uri}`, { ca: ca.certPem, headers: { authorization } });
      outgoing.end();
      const [response] = await once(outgoing, 'response');
      await text(response);
      return response.statusCode;
    },
    [Symbol.asyncDispose]: goAway,
  };
};
