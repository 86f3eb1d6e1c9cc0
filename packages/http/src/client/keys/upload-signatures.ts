import { uploadSignatures } from '@causeway/homeserver';
import { route, v3 } from '../client-route.ts';

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keyssignaturesupload */
export const postSignaturesUpload = route(
  'POST',
  v3('/keys/signatures/upload'),
  async ({ engine, userId, request }) => ({
    failures: await uploadSignatures(engine, userId, request.jsonObject()),
  }),
);
