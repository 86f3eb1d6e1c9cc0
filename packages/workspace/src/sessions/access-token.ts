import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits with a mark that secret scanners can look for. */
export const newAccessToken = (): string => `cway_${randomBytes(32).toString('base64url')}`;

/** What is kept of an access token. It is random, so a plain hash is enough and comparing needs no care. */
export const hashAccessToken = (token: string): Uint8Array =>
  new Uint8Array(createHash('sha256').update(token).digest());

/** Ten capital letters, as clients are used to. */
export const newDeviceId = (): string =>
  Array.from(randomBytes(10), (byte) => String.fromCharCode(65 + (byte % 26))).join('');
