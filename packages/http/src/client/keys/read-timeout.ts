import { invalidParam } from '@causeway/homeserver';
import type { JsonObject } from '@causeway/protocol';
import { optionalInteger } from '../fields.ts';

/** What the specification recommends. @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery */
const DEFAULT_MS = 10_000;
/** Proxies give up after a minute. */
const LONGEST_MS = 30_000;

/** How many milliseconds other servers may take. @throws M_INVALID_PARAM */
export const readTimeout = (body: JsonObject): number => {
  const timeout = optionalInteger(body, 'timeout') ?? DEFAULT_MS;
  if (timeout < 0) throw invalidParam('"timeout" must be at least 0.');
  return Math.min(timeout, LONGEST_MS);
};
