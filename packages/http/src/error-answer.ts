/** Errors as clients and servers get them. @see https://spec.matrix.org/v1.19/client-server-api/#standard-error-response */
import type { MatrixError } from '@causeway/homeserver';
import { Answer } from './route.ts';

/** Statuses exist only here. An errcode that is not listed is a 400. */
const statuses: { readonly [errcode: string]: number } = {
  CAUSEWAY_AWAITS_APPROVAL: 403,
  CAUSEWAY_UNREACHABLE: 502,
  CAUSEWAY_BAD_ANSWER: 502,
  CAUSEWAY_CANCELLED: 409,
  CAUSEWAY_QUARANTINED: 403,
  CAUSEWAY_SETUP_LINK_EXPIRED: 403,
  CAUSEWAY_LINK_EXPIRED: 410,
  CAUSEWAY_LINK_USED: 410,
  CAUSEWAY_LINK_WITHDRAWN: 410,
  M_CANNOT_LEAVE_SERVER_NOTICE_ROOM: 403,
  M_CANNOT_OVERWRITE_MEDIA: 409,
  M_CONFLICT: 409,
  M_FORBIDDEN: 403,
  M_GUEST_ACCESS_FORBIDDEN: 403,
  M_INVITE_BLOCKED: 403,
  M_LIMIT_EXCEEDED: 429,
  M_MISSING_TOKEN: 401,
  M_NOT_FOUND: 404,
  M_NOT_YET_UPLOADED: 504,
  M_RESOURCE_LIMIT_EXCEEDED: 403,
  M_TOO_LARGE: 413,
  M_UNAUTHORIZED: 401,
  M_UNKNOWN_TOKEN: 401,
  M_UNRECOGNIZED: 404,
  M_USER_DEACTIVATED: 403,
  M_USER_LOCKED: 401,
  M_USER_SUSPENDED: 403,
  M_WRONG_ROOM_KEYS_VERSION: 403,
};

export const errorAnswer = (error: MatrixError): Answer => {
  const status = statuses[error.errcode] ?? 400;
  const body = { errcode: error.errcode, error: error.message, ...error.details };
  const retryAfterMs = error.details.retry_after_ms;
  if (status !== 429 || typeof retryAfterMs !== 'number') return new Answer(status, body);
  return new Answer(status, body, { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) });
};

export const internalError = (): Answer =>
  new Answer(500, { errcode: 'M_UNKNOWN', error: 'Something went wrong on this server.' });

/** Clients and servers come again with it, as after every 5xx. */
export const outOfSpace = (): Answer =>
  new Answer(500, {
    errcode: 'M_UNKNOWN',
    error:
      'The disk of this server is full, so nothing was written. It takes this again when there is space.',
  });

export const wrongMethod = (): Answer =>
  new Answer(405, { errcode: 'M_UNRECOGNIZED', error: 'This address does not take this method.' });

export const unknownPath = (): Answer =>
  new Answer(404, { errcode: 'M_UNRECOGNIZED', error: 'This server does not know this address.' });
