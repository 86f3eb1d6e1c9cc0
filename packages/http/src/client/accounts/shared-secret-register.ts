/**
 * Registration with a secret that the operator shares with their tools, as existing tools for Matrix servers
 * do it: a nonce, then an HMAC-SHA1 over nonce, name, password and rank.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { invalidParam, MatrixError } from '@causeway/homeserver';
import type { HttpRequest } from '../../route.ts';
import type { ClientContext, ClientRoute } from '../client-route.ts';
import { optionalBoolean, optionalString, requiredString } from '../fields.ts';

const paths = ['/_synapse/admin/v1/register'];

const NONCE_MS = 60_000;
const MAX_NONCES = 1000;

/** Both operations share the nonces, so they are made together, for one server. */
export const sharedSecretRoutes = (): readonly ClientRoute[] => {
  const nonces = new Map<string, number>();
  return [
    {
      method: 'GET',
      paths,
      handle: (context) => async () => {
        requireSecret(context);
        const now = context.engine.clock.now();
        for (const [nonce, expiry] of nonces)
          if (expiry < now || nonces.size >= MAX_NONCES) nonces.delete(nonce);
        const nonce = randomBytes(32).toString('hex');
        nonces.set(nonce, now + NONCE_MS);
        return { nonce };
      },
    },
    {
      method: 'POST',
      paths,
      handle: (context) => async (request) => {
        const secret = requireSecret(context);
        const body = request.jsonObject();
        const nonce = requiredString(body, 'nonce');
        const expiry = nonces.get(nonce);
        nonces.delete(nonce);
        if (expiry === undefined || expiry < context.engine.clock.now()) {
          throw invalidParam('The nonce is not known, or no longer.');
        }
        return registerWith(context, secret, request);
      },
    },
  ];
};

const requireSecret = ({ accounts }: ClientContext): string => {
  if (accounts.registrationSharedSecret === undefined) {
    throw new MatrixError('M_UNKNOWN', 'Registration by shared secret is not enabled.');
  }
  return accounts.registrationSharedSecret;
};

const registerWith = async ({ accounts }: ClientContext, secret: string, request: HttpRequest) => {
  const body = request.jsonObject();
  const username = requiredString(body, 'username');
  const password = requiredString(body, 'password');
  const admin = optionalBoolean(body, 'admin') ?? false;
  const userType = optionalString(body, 'user_type');
  const parts = [requiredString(body, 'nonce'), username, password, admin ? 'admin' : 'notadmin'];
  const expected = createHmac('sha1', secret)
    .update((userType === undefined ? parts : [...parts, userType]).join('\0'))
    .digest();
  const given = Buffer.from(requiredString(body, 'mac'), 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new MatrixError('M_FORBIDDEN', 'The HMAC is wrong.');
  }
  const made = await accounts.register({
    localpart: username,
    password,
    proof: { kind: 'shared-secret', admin, displayName: optionalString(body, 'displayname') },
    session: {},
    remoteAddress: request.remoteAddress,
  });
  return {
    user_id: made.userId,
    home_server: accounts.serverName,
    ...(made.session === undefined
      ? {}
      : { access_token: made.session.accessToken, device_id: made.session.deviceId }),
  };
};
