import { MatrixError } from '@causeway/homeserver';
import type { JsonObject } from '@causeway/protocol';
import type { NewAccount } from '../accounts.ts';
import { openRoute, v3 } from '../client-route.ts';
import { optionalBoolean, optionalObject, optionalString } from '../fields.ts';
import { challenge } from './interactive-auth.ts';

const stages = { open: 'm.login.dummy', token: 'm.login.registration_token' } as const;

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3register */
export const register = openRoute('POST', v3('/register'), async ({ request, accounts, settings }) => {
  const body = request.jsonObject();
  if (request.query.get('kind') === 'guest') {
    throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 'This server has no guest accounts.');
  }
  const mode = accounts.registrationMode;
  if (mode === 'closed') {
    throw new MatrixError('M_FORBIDDEN', 'Accounts here are made by an administrator.');
  }
  await settings.limit?.(request.remoteAddress, 'login');
  const localpart = optionalString(body, 'username');
  if (localpart !== undefined) await accounts.checkUsernameAvailable(localpart);
  const auth = optionalObject(body, 'auth');
  const flow = [[stages[mode]]];
  if (auth?.type !== stages[mode]) return challenge(flow, auth);
  const proof = mode === 'open' ? ({ kind: 'none' } as const) : await tokenProof(auth, accounts);
  if (proof === undefined) {
    return challenge(flow, auth, { errcode: 'M_FORBIDDEN', error: 'This registration token is not valid.' });
  }
  const made = await accounts.register({
    localpart,
    password: optionalString(body, 'password'),
    proof,
    session: optionalBoolean(body, 'inhibit_login') === true ? undefined : deviceOf(body),
    remoteAddress: request.remoteAddress,
  });
  return {
    user_id: made.userId,
    home_server: accounts.serverName,
    ...(made.session === undefined
      ? {}
      : { access_token: made.session.accessToken, device_id: made.session.deviceId }),
  };
});

const deviceOf = (body: JsonObject): NonNullable<NewAccount['session']> => ({
  deviceId: optionalString(body, 'device_id'),
  initialDeviceDisplayName: optionalString(body, 'initial_device_display_name'),
});

const tokenProof = async (
  auth: JsonObject,
  accounts: { isRegistrationTokenValid(token: string): Promise<boolean> },
): Promise<NewAccount['proof'] | undefined> => {
  const token = optionalString(auth, 'token');
  if (token === undefined || !(await accounts.isRegistrationTokenValid(token))) return undefined;
  return { kind: 'token', token };
};
