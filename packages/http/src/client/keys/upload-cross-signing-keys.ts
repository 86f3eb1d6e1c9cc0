import { uploadCrossSigningKeys } from '@causeway/homeserver';
import { requirePassword } from '../accounts/interactive-auth.ts';
import { route, v3 } from '../client-route.ts';
import { optionalObject } from '../fields.ts';

/**
 * Whoever has only an access token can't replace keys: they would be that person for everybody else.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysdevice_signingupload
 */
export const postDeviceSigningUpload = route('POST', v3('/keys/device_signing/upload'), async (call) => {
  const { engine, userId, request } = call;
  const body = request.jsonObject();
  const master = optionalObject(body, 'master_key');
  const selfSigning = optionalObject(body, 'self_signing_key');
  const userSigning = optionalObject(body, 'user_signing_key');
  const upload = {
    userId,
    keys: {
      ...(master && { master }),
      ...(selfSigning && { self_signing: selfSigning }),
      ...(userSigning && { user_signing: userSigning }),
    },
  };
  const verdict = await uploadCrossSigningKeys(engine, upload, { isProven: false });
  if (verdict !== 'needs-proof') return {};
  const asked = await requirePassword(call, body);
  if (asked !== undefined) return asked;
  await uploadCrossSigningKeys(engine, upload, { isProven: true });
  return {};
});
