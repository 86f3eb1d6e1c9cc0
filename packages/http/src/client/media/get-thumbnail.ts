import { MatrixError } from '@causeway/homeserver';
import { route } from '../client-route.ts';
import { queryChoice, queryInteger } from '../fields.ts';
import { mediaAnswer, openNamedMedia } from './media-answer.ts';

const MAX_PIXELS = 10_000;

/**
 * Serves the original: larger than asked for, as the specification allows.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mediathumbnailservernamemediaid
 */
export const getThumbnail = route(
  'GET',
  ['/_matrix/client/v1/media/thumbnail/:serverName/:mediaId'],
  async (call) => {
    for (const name of ['width', 'height']) {
      if (queryInteger(call.request, name, { min: 1, max: MAX_PIXELS }) === undefined) {
        throw new MatrixError('M_MISSING_PARAM', `"${name}" is missing.`);
      }
    }
    queryChoice(call.request, 'method', ['crop', 'scale']);
    const file = await openNamedMedia(call);
    return mediaAnswer(file);
  },
);
