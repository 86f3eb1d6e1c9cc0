/** What a case of the catalogue is, and the servers, names and certificates that cases are made of. */
import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { CheckStatus, CheckStepId, Egress } from '@causeway/http';
import { type SigningKey, signingKeyFromSeed } from '@causeway/protocol';
import type { DoctorWorld } from './doctor-world.ts';

export type CatalogueCase = {
  readonly name: string;
  /** Makes the set-up; returns the name to check, and with what if not as usual. */
  readonly prepare: (world: DoctorWorld) => Promise<{ readonly server: string; readonly egress?: Egress }>;
  /** The first step that is neither green nor left out; undefined when there must be none. */
  readonly finds:
    | {
        readonly step: CheckStepId;
        readonly status: CheckStatus;
        readonly code: string;
        readonly advice: RegExp;
      }
    | undefined;
  /** Steps that must have found something else besides. */
  readonly also?: {
    readonly [step in CheckStepId]?: { readonly status: CheckStatus; readonly code: string };
  };
};

export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;

export const html: RequestListener = (_, response) => {
  response
    .writeHead(200, { 'content-type': 'text/html' })
    .end('<!doctype html><title>Welcome</title><h1>It works</h1>');
};

export const json =
  (value: object): RequestListener =>
  (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));

export const newKey = (): SigningKey => signingKeyFromSeed(randomBytes(32), 'a');

export const keysOf = (name: string, key: SigningKey, validUntil = Date.now() + DAY_MS) => ({
  server_name: name,
  valid_until_ts: validUntil,
  verify_keys: { [key.keyId]: { key: key.publicKey } },
  old_verify_keys: {},
});

/** A server whose keys are as given, and that is healthy otherwise. */
export const withKeys =
  (make: (server: string) => object) =>
  async (world: DoctorWorld, server: string): Promise<{ server: string }> => {
    await world.healthy(server, (handle) => (request, response) => {
      if (request.url?.startsWith('/_matrix/key/') !== true) return handle(request, response);
      json(make(server))(request, response);
    });
    return { server };
  };

/** A healthy server, but for the certificate. */
export const withCertificate = async (
  world: DoctorWorld,
  server: string,
  certificate: { readonly certPem: string; readonly keyPem: string },
) => {
  const { handle } = await world.homeserver(server);
  await world.site(world.address(server), certificate, handle);
  return { server };
};

export const wellKnown = async (world: DoctorWorld, server: string, handle: RequestListener) => {
  world.address(server);
  await world.web(server, handle);
  return { server };
};

export const srv = (world: DoctorWorld, name: string, target: string, port: number) => {
  world.dns.zone.set(`_matrix-fed._tcp.${name}`, { srv: [{ priority: 1, weight: 1, port, name: target }] });
};
