/**
 * User-interactive authentication. It keeps no session: every stage we have is proved in one request.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#user-interactive-authentication-api
 */
import { randomBytes } from 'node:crypto';
import type { JsonObject } from '@causeway/protocol';
import { localpartOf, parseUserId } from '@causeway/protocol';
import { Answer } from '../../route.ts';
import type { Call } from '../client-route.ts';
import { optionalObject, optionalString } from '../fields.ts';
import { userOf } from './login.ts';

/** Asks for one of these flows, each a list of stages. */
export const challenge = (
  flows: readonly (readonly string[])[],
  auth: JsonObject | undefined,
  refusal?: { readonly errcode: string; readonly error: string },
): Answer => {
  const session = auth === undefined ? undefined : optionalString(auth, 'session');
  return new Answer(401, {
    flows: flows.map((stages) => ({ stages })),
    params: {},
    completed: [],
    session: session ?? randomBytes(12).toString('base64url'),
    ...refusal,
  });
};

const passwordFlow = [['m.login.password']] as const;

/** Undefined when the requester proved with their password who they are; else what to answer. */
export const requirePassword = async (call: Call, body: JsonObject): Promise<Answer | undefined> => {
  const auth = optionalObject(body, 'auth');
  if (auth?.type !== 'm.login.password') return challenge(passwordFlow, auth);
  const password = optionalString(auth, 'password') ?? '';
  const isSelf = namesRequester(call, auth);
  const { accounts, userId, request } = call;
  if (isSelf && (await accounts.checkPassword(userId, password, request.remoteAddress))) return undefined;
  return challenge(passwordFlow, auth, { errcode: 'M_FORBIDDEN', error: 'The password is not right.' });
};

const namesRequester = ({ userId }: Call, auth: JsonObject): boolean => {
  const user = userOf(auth);
  return (parseUserId(user) ?? user) === userId || user === localpartOf(userId);
};
