/** Keys of people, put together from wherever they come. */
import type { JsonObject, UserId } from '@causeway/protocol';

/** What is known of one person; no master key: they do not cross-sign. */
export type PersonKeys = {
  /** By device ID. */
  readonly devices: ReadonlyMap<string, JsonObject>;
  readonly master?: JsonObject | undefined;
  readonly selfSigning?: JsonObject | undefined;
  /** Of the person who asks only. */
  readonly userSigning?: JsonObject | undefined;
};

/** Whose keys are asked for; of which devices: an empty list means all. */
export type KeysAskedFor = ReadonlyMap<UserId, readonly string[]>;

/** @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery */
export type KeysAnswer = {
  readonly device_keys: JsonObject;
  readonly master_keys: JsonObject;
  readonly self_signing_keys: JsonObject;
};

/** By user ID, as both APIs write it. */
export const keysAnswer = (people: ReadonlyMap<UserId, PersonKeys>): KeysAnswer => ({
  device_keys: byUser(people, ({ devices }) => Object.fromEntries(devices)),
  master_keys: byUser(people, ({ master }) => master),
  self_signing_keys: byUser(people, ({ selfSigning }) => selfSigning),
});

/** What one function says of each person, where it says something. */
export const byUser = (
  people: ReadonlyMap<UserId, PersonKeys>,
  field: (keys: PersonKeys) => JsonObject | undefined,
): JsonObject =>
  Object.fromEntries(
    [...people].flatMap(([userId, keys]) => {
      const value = field(keys);
      return value === undefined ? [] : [[userId, value]];
    }),
  );
