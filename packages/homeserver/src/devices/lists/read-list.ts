/**
 * What other servers say of the devices of their people, read as data of a stranger.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#device-management
 */
import {
  canonicalJson,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type UserId,
} from '@causeway/protocol';
import { readCrossSigningKey } from '../keys/cross-signing-key.ts';
import { readDeviceKeys } from '../keys/device-keys.ts';

/** More of one person are not kept: then their server is asked at every query. */
export const MAX_DEVICES = 1_000;
/** As devices of ours may have it. */
const MAX_DEVICE_ID_BYTES = 255;
/** The rest of a name is left out. */
const MAX_NAME_CHARACTERS = 100;

/** One device as it is kept; `json`: null for one that does not encrypt. */
export type KeptDevice = {
  readonly deviceId: string;
  readonly json: string | null;
  readonly displayName: string | null;
};

/** By usage, as canonical JSON. */
export type KeptCrossSigning = ReadonlyMap<'master' | 'self_signing', string>;

/** The whole of somebody's list. */
export type ReadList = {
  readonly streamId: number;
  readonly devices: readonly KeptDevice[];
  readonly keys: KeptCrossSigning;
};

/** One change of a list, and what it follows on. */
export type ReadUpdate = {
  readonly streamId: number;
  readonly prevIds: readonly number[];
  /** Undefined: the device is gone. */
  readonly device: KeptDevice | undefined;
  readonly deviceId: string;
};

/** An answer to `user/devices`; a sentence on what is wrong with it when something is: then none of it is taken. */
export const readListAnswer = (userId: UserId, body: JsonObject): ReadList | string => {
  if (body['user_id'] !== userId) return 'it is about somebody else';
  const { stream_id: streamId, devices } = body;
  if (!isStreamId(streamId)) return 'its stream_id is no whole number';
  if (!isJsonArray(devices)) return 'it has no list of devices';
  if (devices.length > MAX_DEVICES) return `it has more than ${MAX_DEVICES} devices`;
  const kept = new Map<string, KeptDevice>();
  for (const value of devices) {
    const device = isJsonObject(value) ? readDevice(userId, value['device_id'], value) : undefined;
    if (device === undefined) return 'a device is not as the specification has it';
    if (kept.has(device.deviceId)) return 'it names a device twice';
    kept.set(device.deviceId, device);
  }
  const keys = readCrossSigning(userId, body);
  return keys === undefined
    ? 'a cross-signing key is not as the specification has it'
    : { streamId, devices: [...kept.values()], keys };
};

/** An `m.device_list_update`; undefined when it can't be used. */
export const readUpdate = (userId: UserId, content: JsonObject): ReadUpdate | undefined => {
  const { stream_id: streamId, prev_id: previous = [], deleted = false, device_id: deviceId } = content;
  if (!isStreamId(streamId) || !isDeviceId(deviceId) || !isJsonArray(previous)) return undefined;
  const prevIds = previous.filter(isStreamId);
  if (prevIds.length < previous.length || typeof deleted !== 'boolean') return undefined;
  const device = deleted ? undefined : readDevice(userId, deviceId, content);
  return deleted || device !== undefined ? { streamId, prevIds, deviceId, device } : undefined;
};

/** The keys of an `m.signing_key_update`, or of a whole list; undefined when one of them can't be used. */
export const readCrossSigning = (userId: UserId, content: JsonObject): KeptCrossSigning | undefined => {
  const keys = new Map<'master' | 'self_signing', string>();
  for (const usage of ['master', 'self_signing'] as const) {
    const value = content[`${usage}_key`];
    if (value === undefined || value === null) continue;
    const read = readCrossSigningKey(value, { userId, usage });
    if (!read.ok) return undefined;
    keys.set(usage, canonicalJson(read.key.json));
  }
  return keys;
};

const readDevice = (
  userId: UserId,
  deviceId: JsonValue | undefined,
  { keys, device_display_name: named }: JsonObject,
): KeptDevice | undefined => {
  if (!isDeviceId(deviceId)) return undefined;
  const unsigned = isJsonObject(keys) && isJsonObject(keys['unsigned']) ? keys['unsigned'] : {};
  const name = named ?? unsigned['device_display_name'];
  const displayName = typeof name === 'string' ? [...name].slice(0, MAX_NAME_CHARACTERS).join('') : null;
  if (keys === undefined || keys === null) return { deviceId, json: null, displayName };
  const read = readDeviceKeys(keys, { userId, deviceId });
  return read.ok ? { deviceId, json: canonicalJson(read.key), displayName } : undefined;
};

const isStreamId = (value: JsonValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const isDeviceId = (value: JsonValue | undefined): value is string =>
  typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= MAX_DEVICE_ID_BYTES;
