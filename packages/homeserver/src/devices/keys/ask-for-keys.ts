/** Asks another server for keys of its people. @see https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysquery */
import { isJsonObject, type JsonObject, type JsonValue, ownProperty, type UserId } from '@causeway/protocol';
import type { Answered, Ask } from './ask-servers.ts';
import { type KeyUsage, readCrossSigningKey } from './cross-signing-key.ts';
import { readDeviceKeys } from './device-keys.ts';
import type { KeysAskedFor, PersonKeys } from './people-keys.ts';

/** More devices of one person than this are not taken from another server. */
const MAX_DEVICES = 1_000;

/**
 * Asks the server of these people. Of its answer is taken what was asked for, is about whom it says, and has the shape of
 * the specification; of the rest nothing.
 */
export const askForKeys = async (
  ask: Ask,
  asked: KeysAskedFor,
): Promise<Answered<ReadonlyMap<UserId, PersonKeys>>> => {
  const answer = await ask('/_matrix/federation/v1/user/keys/query', {
    device_keys: Object.fromEntries(asked),
  });
  if (!answer.ok) return answer;
  const people = [...asked].map(
    ([userId, wanted]) => [userId, personIn(answer.body, userId, wanted)] as const,
  );
  return { ok: true, answer: new Map(people) };
};

const personIn = (body: JsonObject, userId: UserId, wanted: readonly string[]): PersonKeys => {
  const devices = entryOf(body['device_keys'], userId);
  const names = !isJsonObject(devices) ? [] : wanted.length === 0 ? Object.keys(devices) : wanted;
  return {
    devices: new Map(
      names.slice(0, MAX_DEVICES).flatMap((deviceId) => {
        const read = readDeviceKeys(entryOf(devices, deviceId), { userId, deviceId });
        return read.ok ? [[deviceId, read.key]] : [];
      }),
    ),
    master: crossSigningKeyIn(body['master_keys'], userId, 'master'),
    selfSigning: crossSigningKeyIn(body['self_signing_keys'], userId, 'self_signing'),
  };
};

const entryOf = (object: JsonValue | undefined, name: string): JsonValue | undefined =>
  isJsonObject(object) ? ownProperty(object, name) : undefined;

const crossSigningKeyIn = (keys: JsonValue | undefined, userId: UserId, usage: KeyUsage) => {
  const read = readCrossSigningKey(entryOf(keys, userId), { userId, usage });
  return read.ok ? read.key.json : undefined;
};
