import { isObject, type JsonObject, request, text } from '../session/matrix-request.ts';

export type SigningKey = {
  readonly keyId: string;
  readonly since: number;
  /** When it ceased to be used; undefined for the key in use. */
  readonly expired: number | undefined;
};

const PATH = '/_causeway/admin/signing-keys';

/** Newest first. */
export const fetchSigningKeys = async (accessToken: string): Promise<readonly SigningKey[]> =>
  readKeys(await request(PATH, { accessToken }));

/** `inUse` is the key that the admin sees: nobody makes a new one twice. */
export const makeSigningKey = async (accessToken: string, inUse: string): Promise<readonly SigningKey[]> =>
  readKeys(await request(PATH, { method: 'POST', accessToken, body: { in_use: inUse } }));

const readKeys = (body: JsonObject): readonly SigningKey[] =>
  (Array.isArray(body.keys) ? body.keys : []).filter(isObject).map((key) => ({
    keyId: text(key.key_id) ?? '',
    since: typeof key.since_ts === 'number' ? key.since_ts : 0,
    expired: typeof key.expired_ts === 'number' ? key.expired_ts : undefined,
  }));
