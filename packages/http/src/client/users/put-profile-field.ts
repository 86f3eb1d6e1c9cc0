import { invalidParam, MatrixError } from '@causeway/homeserver';
import { type JsonValue, parseMxcUri } from '@causeway/protocol';
import { refuseFaults } from '../../read-json.ts';
import { requireSelf, route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#profiles */
const MAX_KEY_BYTES = 255;
const MAX_VALUE_BYTES = 65_536;
const MAX_NAME_LENGTH = 256;

/** @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3profileuseridkeyname */
export const putProfileField = route('PUT', v3('/profile/:userId/:keyName'), async (call) => {
  const userId = requireSelf(call);
  const field = call.request.param('keyName');
  const body = call.request.jsonObject();
  refuseFaults(body);
  if (Buffer.byteLength(field) > MAX_KEY_BYTES) {
    throw new MatrixError('M_KEY_TOO_LARGE', `The name of a field has at most ${MAX_KEY_BYTES} bytes.`);
  }
  const value = Object.hasOwn(body, field) ? body[field] : undefined;
  if (value === undefined) throw new MatrixError('M_MISSING_PARAM', `"${field}" is missing.`);
  await call.accounts.setProfileField(userId, field, readValue(field, value));
  return {};
});

/** Null and the empty string remove a name or a picture. */
const readValue = (field: string, value: JsonValue): JsonValue | undefined => {
  if (field === 'displayname' || field === 'avatar_url') {
    if (value === null || value === '') return undefined;
    if (typeof value !== 'string') throw new MatrixError('M_BAD_JSON', `"${field}" must be a string.`);
    if (field === 'displayname' && value.length > MAX_NAME_LENGTH) {
      throw invalidParam(`A display name has at most ${MAX_NAME_LENGTH} characters.`);
    }
    if (field === 'avatar_url' && parseMxcUri(value) === undefined) {
      throw invalidParam('"avatar_url" must be an mxc: address.');
    }
    return value;
  }
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_VALUE_BYTES) {
    throw new MatrixError('M_PROFILE_TOO_LARGE', 'A profile has at most 64 KiB.');
  }
  return value;
};
