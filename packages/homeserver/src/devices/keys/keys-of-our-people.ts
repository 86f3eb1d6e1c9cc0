/** Keys of people of this server, as one snapshot of the store has them. */
import type { JsonObject, UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import type { SignedInDevice } from '../../ports.ts';
import { crossSigningKeys, deviceKeys } from '../../store/schema.ts';
import type { StoreReader } from '../../store/store.ts';
import type { KeyUsage } from './cross-signing-key.ts';
import { storedKey } from './stored-key.ts';

/** A device that encrypts, with its keys as it signed them. */
export type EncryptingDevice = SignedInDevice & { readonly keys: JsonObject };

/** Devices that are signed in and have uploaded their keys. */
export const encryptingDevices = async (
  engine: Pick<Engine, 'directory' | 'names'>,
  reader: StoreReader,
  userId: UserId,
): Promise<readonly EncryptingDevice[]> => {
  const user_nid = await engine.names.userNid(reader, userId);
  const signedIn = (await engine.directory.devices?.(reader, userId)) ?? [];
  if (user_nid === undefined || signedIn.length === 0) return [];
  const rows = await reader.scan(deviceKeys, { where: { user_nid } });
  const keys = new Map(rows.map((row) => [row.device_id, row.json]));
  return signedIn.flatMap((device) => {
    const json = keys.get(device.deviceId);
    return json === undefined ? [] : [{ ...device, keys: storedKey(json) }];
  });
};

/** A person's cross-signing keys by their use, as far as they have any. */
export const crossSigningKeysOf = async (
  engine: Pick<Engine, 'names'>,
  reader: StoreReader,
  userId: UserId,
): Promise<{ readonly [usage in KeyUsage]?: JsonObject }> => {
  const user_nid = await engine.names.userNid(reader, userId);
  if (user_nid === undefined) return {};
  const rows = await reader.scan(crossSigningKeys, { where: { user_nid } });
  return Object.fromEntries(rows.map((row) => [row.usage, storedKey(row.json)]));
};
