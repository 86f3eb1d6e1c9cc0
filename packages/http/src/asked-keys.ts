/** What clients and other servers ask about keys: both APIs write it the same way. */
import { invalidParam, type KeysAskedFor, type KeysClaimed, MatrixError } from '@causeway/homeserver';
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseUserId,
  type UserId,
} from '@causeway/protocol';

/** More devices than this are not asked about, or claimed for, at once. */
const MAX_DEVICES = 10_000;

const wrong = (name: string, should: string) =>
  new MatrixError('M_BAD_JSON', `"${name.slice(0, 255)}" must be ${should}.`);

const fieldOf = (body: JsonObject, name: string): JsonObject => {
  const value = body[name];
  if (value === undefined) throw new MatrixError('M_MISSING_PARAM', `"${name}" is missing.`);
  if (!isJsonObject(value)) throw wrong(name, 'an object');
  return value;
};

const people = function* (field: JsonObject): Generator<readonly [UserId, JsonValue]> {
  for (const [name, value] of Object.entries(field)) {
    const userId = parseUserId(name);
    if (userId === undefined) throw invalidParam(`"${name.slice(0, 255)}" is not a user ID.`);
    yield [userId, value];
  }
};

const refuseTooMany = (count: number): void => {
  if (count > MAX_DEVICES) {
    throw new MatrixError('M_TOO_LARGE', `At most ${MAX_DEVICES} devices can be asked for at once.`);
  }
};

/** Whose keys are asked for. @throws M_MISSING_PARAM, M_BAD_JSON, M_INVALID_PARAM, M_TOO_LARGE */
export const readKeysAskedFor = (body: JsonObject): KeysAskedFor => {
  const asked = new Map<UserId, readonly string[]>();
  let count = 0;
  for (const [userId, devices] of people(fieldOf(body, 'device_keys'))) {
    if (!isJsonArray(devices)) throw wrong(userId, 'a list of device IDs');
    const names = devices.map((name) => {
      if (typeof name !== 'string') throw wrong(userId, 'a list of device IDs');
      return name;
    });
    count += Math.max(1, names.length);
    refuseTooMany(count);
    asked.set(userId, names);
  }
  return asked;
};

/** For which devices keys are claimed; otherwise as {@link readKeysAskedFor}. */
export const readKeysClaimed = (body: JsonObject): KeysClaimed => {
  const claimed = new Map<UserId, ReadonlyMap<string, string>>();
  let count = 0;
  for (const [userId, devices] of people(fieldOf(body, 'one_time_keys'))) {
    if (!isJsonObject(devices)) throw wrong(userId, 'an object');
    const algorithms = Object.entries(devices).map(([deviceId, algorithm]) => {
      if (typeof algorithm !== 'string') throw wrong(deviceId, 'the name of an algorithm');
      return [deviceId, algorithm] as const;
    });
    count += algorithms.length;
    refuseTooMany(count);
    claimed.set(userId, new Map(algorithms));
  }
  return claimed;
};
