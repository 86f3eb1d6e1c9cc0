/** What a server says of its keys, believed only when it is signed with one of them. */
import {
  importVerifyKey,
  isJsonObject,
  isPublishedKey,
  type JsonObject,
  type JsonValue,
  type KeyId,
  parseKeyId,
  type ServerName,
  type VerifyKey,
  verifyJson,
} from '@causeway/protocol';

/** Keys of one answer that are read; servers have one or two, and one old key for every rotation. */
const MAX_KEYS_PER_ANSWER = 100;

/** No identifier of Matrix is longer. */
const MAX_KEY_ID_LENGTH = 255;

export type PublishedKey = {
  readonly keyId: KeyId;
  readonly key: VerifyKey;
  /** Set for an old key: events after this moment are not valid under it. */
  readonly expiredTs?: number;
};

export type KeyAnswer = {
  readonly server: ServerName;
  readonly keys: readonly PublishedKey[];
  /** As the server said it; nobody relies on more than seven days of it. */
  readonly validUntil: number;
  /** The answer as the server signed it, without the signatures of others: `signatures` has the server's only. */
  readonly signed: JsonObject;
};

export type ReadKeyAnswer =
  | { readonly ok: true; readonly answer: KeyAnswer }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads and checks an answer about `server`. It must be signed with one of the current keys that it has, and no
 * signature by one of them may be wrong. Keys that nobody may rely on are left out: malformed ones, those of small
 * order, and those whose private half is known to everybody.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#publishing-keys
 */
export const readKeyAnswer = (server: ServerName, value: JsonValue): ReadKeyAnswer => {
  if (!isJsonObject(value)) return fault('the answer is not an object');
  if (value['server_name'] !== server) return fault('the answer is for another server');
  const current = keysIn(value['verify_keys'], false);
  const validUntil = value['valid_until_ts'];
  if (current.length === 0) return fault('the answer has no usable key');
  if (typeof validUntil !== 'number' || !Number.isSafeInteger(validUntil) || validUntil < 0) {
    return fault('the answer does not say until when its keys are valid');
  }
  const signatures = isJsonObject(value['signatures']) ? value['signatures'][server] : undefined;
  const own: JsonObject = isJsonObject(signatures) ? signatures : {};
  const signers = current.filter(({ keyId }) => own[keyId] !== undefined);
  if (signers.length === 0) return fault('the answer is not signed with any of its keys');
  for (const { keyId, key } of signers) {
    if (!verifyJson(value, server, keyId, key)) return fault(`the signature by ${keyId} is wrong`);
  }
  const taken = new Set(current.map(({ keyId }) => keyId));
  const old = keysIn(value['old_verify_keys'], true).filter(({ keyId }) => !taken.has(keyId));
  const { unsigned: _, ...rest } = value;
  return {
    ok: true,
    answer: {
      server,
      keys: [...current, ...old].slice(0, MAX_KEYS_PER_ANSWER),
      validUntil,
      signed: { ...rest, signatures: { [server]: own } },
    },
  };
};

const fault = (reason: string): ReadKeyAnswer => ({ ok: false, reason });

const keysIn = (value: JsonValue | undefined, isOld: boolean): readonly PublishedKey[] => {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, entry]): readonly PublishedKey[] => {
    const keyId = parseKeyId(name);
    if (keyId === undefined || !keyId.startsWith('ed25519:') || keyId.length > MAX_KEY_ID_LENGTH) return [];
    if (!isJsonObject(entry) || typeof entry['key'] !== 'string') return [];
    const key = importVerifyKey(entry['key']);
    if (key === undefined || isPublishedKey(key.base64)) return [];
    if (!isOld) return [{ keyId, key }];
    const expiredTs = entry['expired_ts'];
    return typeof expiredTs === 'number' && Number.isSafeInteger(expiredTs)
      ? [{ keyId, key, expiredTs }]
      : [];
  });
};
