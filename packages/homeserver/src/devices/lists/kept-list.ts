/** The lists of other servers' people in the store. */
import type { JsonObject, UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { crossSigningKeys, followedDeviceLists, followedDevices } from '../../store/schema.ts';
import type { StoreReader, StoreTx } from '../../store/store.ts';
import type { RowOf } from '../../store/table.ts';
import type { PersonKeys } from '../keys/people-keys.ts';
import { storedKey } from '../keys/stored-key.ts';
import type { KeptCrossSigning, KeptDevice, ReadList } from './read-list.ts';
import { sharedSince } from './shared-rooms.ts';

export type FollowedRow = RowOf<typeof followedDeviceLists>;

/** A whole list takes the place of what was kept. */
export const keepList = async (tx: StoreTx, user_nid: number, list: ReadList): Promise<void> => {
  await dropList(tx, user_nid);
  for (const device of list.devices) await keepDevice(tx, user_nid, list.streamId, device);
  await keepCrossSigning(tx, user_nid, list.keys);
};

export const keepDevice = (
  tx: StoreTx,
  user_nid: number,
  stream_id: number,
  { deviceId, json, displayName }: KeptDevice,
): Promise<void> =>
  tx.put(followedDevices, { user_nid, device_id: deviceId, stream_id, json, display_name: displayName });

export const keepCrossSigning = async (
  tx: StoreTx,
  user_nid: number,
  keys: KeptCrossSigning,
): Promise<void> => {
  for (const [usage, json] of keys) await tx.put(crossSigningKeys, { user_nid, usage, json });
};

const dropList = async (tx: StoreTx, user_nid: number): Promise<void> => {
  await tx.deleteRange(followedDevices, { where: { user_nid } });
  await tx.deleteRange(crossSigningKeys, { where: { user_nid } });
};

/** They are not followed any more, and nothing of them stays. */
export const stopFollowing = async (tx: StoreTx, user_nid: number): Promise<void> => {
  await dropList(tx, user_nid);
  await tx.delete(followedDeviceLists, { user_nid });
};

/** Whether what is kept is all that there is: nothing is missing, and no time in which their server told us nothing. */
export const isComplete = (row: FollowedRow, since: number): boolean => row.stale === 0 && since <= row.as_of;

/** Undefined unless the list of this person is complete. */
export const completeList = async (
  engine: Engine,
  reader: StoreReader,
  userId: UserId,
): Promise<PersonKeys | undefined> => {
  const user_nid = await engine.names.userNid(reader, userId);
  const row = user_nid === undefined ? undefined : await reader.get(followedDeviceLists, { user_nid });
  if (user_nid === undefined || row === undefined) return undefined;
  const since = await sharedSince(engine, reader, user_nid);
  if (since === undefined || !isComplete(row, since)) return undefined;
  const devices = await reader.scan(followedDevices, { where: { user_nid } });
  const keys = await reader.scan(crossSigningKeys, { where: { user_nid } });
  const keyOf = (usage: string) => {
    const found = keys.find((key) => key.usage === usage);
    return found === undefined ? undefined : storedKey(found.json);
  };
  return {
    devices: new Map(
      devices.flatMap(({ device_id, json, display_name }) =>
        json === null ? [] : [[device_id, withName(storedKey(json), display_name)]],
      ),
    ),
    master: keyOf('master'),
    selfSigning: keyOf('self_signing'),
  };
};

const withName = (keys: JsonObject, name: string | null): JsonObject =>
  name === null ? keys : { ...keys, unsigned: { device_display_name: name } };
