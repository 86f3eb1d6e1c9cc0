/** What a message for a device may be, wherever it comes from. */
import {
  findJsonFault,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseUserId,
  type UserId,
} from '@causeway/protocol';

/** All devices of a person. */
export const ALL_DEVICES = '*';

/** Of the content of one message as JSON: as much as an event may have. The specification gives no limit. */
const MAX_CONTENT_BYTES = 65_536;
/** Bytes of a type, and of a device ID. */
const MAX_NAME_BYTES = 255;

/** A message for one device, or for all of a person (`*`). */
export type Addressed = {
  readonly userId: UserId;
  readonly deviceId: string;
  readonly content: JsonObject;
  /** The content, as it is stored. */
  readonly json: string;
};

export type Fault = { readonly ok: false; readonly reason: string; readonly isTooLarge: boolean };

export type ReadMessages = { readonly ok: true; readonly messages: readonly Addressed[] } | Fault;

/** Whether this can be a type of messages, or a device ID. */
export const isName = (value: JsonValue | undefined): value is string =>
  typeof value === 'string' &&
  value !== '' &&
  Buffer.byteLength(value) <= MAX_NAME_BYTES &&
  value.isWellFormed();

/** Takes a map from user ID to device ID to content apart, with so many messages at most. */
export const readMessages = (value: JsonValue | undefined, most: number): ReadMessages => {
  if (!isJsonObject(value)) return wrong('"messages" must be an object');
  const messages: Addressed[] = [];
  for (const [user, devices] of Object.entries(value)) {
    const userId = parseUserId(user);
    if (userId === undefined) return wrong('"messages" has a name that is no user ID');
    if (!isJsonObject(devices)) return wrong(`"messages" must have an object for ${userId}`);
    for (const [deviceId, content] of Object.entries(devices)) {
      if (!isName(deviceId)) return wrong(`a device ID of ${userId} must have 1 to ${MAX_NAME_BYTES} bytes`);
      if (messages.length === most)
        return wrong(`there are more than ${most} messages`, { isTooLarge: true });
      const fault = faultOf(content);
      if (!isJsonObject(content) || fault !== undefined) {
        return wrong(`a message for ${userId} ${fault ?? 'must be an object'}`);
      }
      const json = JSON.stringify(content);
      if (Buffer.byteLength(json) > MAX_CONTENT_BYTES) {
        const reason = `a message for ${userId} has more than ${MAX_CONTENT_BYTES} bytes`;
        return wrong(reason, { isTooLarge: true });
      }
      messages.push({ userId, deviceId, content, json });
    }
  }
  return { ok: true, messages };
};

/** What canonical JSON can't express could not be sent on. */
const faultOf = (content: JsonValue): string | undefined =>
  findJsonFault(content) === undefined
    ? undefined
    : 'has a number or a text that canonical JSON cannot express';

const wrong = (reason: string, { isTooLarge = false } = {}): Fault => ({ ok: false, reason, isTooLarge });

/** A map from user ID to device ID to content, as EDUs have it. */
export const messagesOf = (messages: readonly Addressed[]): JsonObject => {
  const found = new Map<string, [string, JsonObject][]>();
  for (const { userId, deviceId, content } of messages) {
    const devices = found.get(userId);
    if (devices === undefined) found.set(userId, [[deviceId, content]]);
    else devices.push([deviceId, content]);
  }
  return Object.fromEntries([...found].map(([userId, devices]) => [userId, Object.fromEntries(devices)]));
};
