/** Claims keys of another server's people. @see https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysclaim */
import { isJsonObject, type JsonValue, ownProperty, type UserId } from '@causeway/protocol';
import type { Answered, Ask } from './ask-servers.ts';
import type { ClaimedKeys, KeysClaimed } from './claim-keys.ts';
import { type OneTimeKey, readOneTimeKey } from './one-time-key.ts';

/** Asks the server of these people. Of its answer one key of each device is taken that was asked for. */
export const askForOneTimeKeys = async (ask: Ask, claimed: KeysClaimed): Promise<Answered<ClaimedKeys>> => {
  const answer = await ask('/_matrix/federation/v1/user/keys/claim', {
    one_time_keys: Object.fromEntries(
      [...claimed].map(([userId, devices]) => [userId, Object.fromEntries(devices)]),
    ),
  });
  if (!answer.ok) return answer;
  const given = new Map<UserId, ReadonlyMap<string, OneTimeKey>>();
  for (const [userId, devices] of claimed) {
    const ofUser = entryOf(answer.body['one_time_keys'], userId);
    const keys = [...devices].flatMap(([deviceId, algorithm]) => {
      const key = keyIn(entryOf(ofUser, deviceId), algorithm);
      return key === undefined ? [] : [[deviceId, key] as const];
    });
    if (keys.length > 0) given.set(userId, new Map(keys));
  }
  return { ok: true, answer: given };
};

const entryOf = (object: JsonValue | undefined, name: string): JsonValue | undefined =>
  isJsonObject(object) ? ownProperty(object, name) : undefined;

const keyIn = (keys: JsonValue | undefined, algorithm: string): OneTimeKey | undefined => {
  for (const [name, value] of isJsonObject(keys) ? Object.entries(keys) : []) {
    const read = readOneTimeKey(name, value);
    if (read.ok && read.key.algorithm === algorithm) return read.key;
  }
  return undefined;
};
