import { getProfile, isLocal, notFound } from '@causeway/homeserver';
import { authenticate, type OpenCall, openRoute, userIdOf, v3 } from '../client-route.ts';

/** Asking other servers is for people with an account here. */
const profileOf = async ({ engine, accounts, request }: OpenCall) => {
  const userId = userIdOf(request);
  if (!isLocal(engine, userId)) await authenticate(accounts, request);
  return getProfile(engine, userId);
};

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3profileuserid */
export const getWholeProfile = openRoute('GET', v3('/profile/:userId'), profileOf);

/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3profileuseridkeyname */
export const getProfileField = openRoute('GET', v3('/profile/:userId/:keyName'), async (call) => {
  const field = call.request.param('keyName');
  const profile = await profileOf(call);
  const value = Object.hasOwn(profile, field) ? profile[field] : undefined;
  if (value === undefined) throw notFound(`This profile has no field "${field.slice(0, 100)}".`);
  return { [field]: value };
});
