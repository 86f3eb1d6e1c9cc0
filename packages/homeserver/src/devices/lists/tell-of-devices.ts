/**
 * What the host changes of people's devices is told to those who share rooms with them, after the commit: others of this
 * server by sync, other servers by EDUs.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#device-management
 */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { deviceKeys, deviceListUpdates, untoldDevices, users } from '../../store/schema.ts';
import type { StoreTx } from '../../store/store.ts';
import type { Work } from '../../woken-work.ts';
import { crossSigningChange } from '../keys/cross-signing-change.ts';
import { storedKey } from '../keys/stored-key.ts';
import {
  type PublicListChange,
  type NotedChange,
  noteDeviceListChange,
  publishDeviceListChange,
  tellServers,
} from './note-change.ts';

/** Stands for the cross-signing keys among the names of devices. */
export const CROSS_SIGNING = '';

/**
 * Others are told that a device of ours is new, or has another name, with or without keys. Called in the transaction in
 * which the host changes it, also by a process that runs no homeserver; one that does is woken afterwards
 * (`engine.untoldDevices`), or tells it at its start.
 */
export const noteDeviceChanged = async (tx: StoreTx, userId: UserId, deviceId: string): Promise<void> => {
  const user_nid = await knownUser(tx, userId);
  // Who was never in a room shares none.
  if (user_nid === undefined) return;
  const key = { user_nid, device_id: deviceId };
  const hasKeys = (await tx.get(deviceKeys, key)) !== undefined;
  const before = (await tx.get(untoldDevices, key))?.has_keys ?? 0;
  await tx.put(untoldDevices, { ...key, has_keys: Math.max(before, Number(hasKeys)) });
};

/**
 * Other servers are told anew that somebody of ours has a list, after a time in which they were told nothing of it: then
 * they see that something is missing, and ask. Called as {@link noteDeviceChanged} is.
 */
export const announceDeviceList = async (tx: StoreTx, userId: UserId): Promise<void> => {
  const user_nid = await knownUser(tx, userId);
  const told = user_nid && (await tx.first(deviceListUpdates, { where: { user_nid } }));
  if (told) await tx.put(untoldDevices, { user_nid: told.user_nid, device_id: told.device_id, has_keys: 1 });
};

/** Straight from the table: the host's transactions are beside the caches of a homeserver. */
export const knownUser = async (tx: StoreTx, userId: UserId): Promise<number | undefined> =>
  (await tx.first(users, { index: 'by_id', where: { user_id: userId } }))?.user_nid;

/** In one commit. */
const TOLD_AT_ONCE = 20;

/** Tells of each device what it is by now. */
export const tellingOfDevices: Work<Engine> = {
  fault: 'telling of devices failed',
  async run(engine) {
    // Nothing is written at a start that finds nothing to tell.
    const isDue = async () =>
      (await engine.store.read((reader) => reader.first(untoldDevices, {}))) !== undefined;
    for (let goesOn = await isDue(); goesOn && !engine.signal.aborted; ) {
      const changes = await engine.store.transact((tx) => tellSome(engine, tx));
      for (const change of changes) publishDeviceListChange(engine, change);
      goesOn = changes.length === TOLD_AT_ONCE;
    }
    return undefined;
  },
};

const tellSome = async (engine: Engine, tx: StoreTx): Promise<readonly NotedChange[]> => {
  const changes: NotedChange[] = [];
  for (const row of await tx.scan(untoldDevices, { limit: TOLD_AT_ONCE })) {
    await tx.delete(untoldDevices, row);
    const userId = await engine.names.userId(tx, row.user_nid);
    const change =
      row.device_id === CROSS_SIGNING
        ? await crossSigningChange(engine, tx, userId)
        : await deviceChange(engine, tx, userId, row);
    changes.push(
      row.has_keys === 1
        ? await noteDeviceListChange(engine, tx, change)
        : { serverNids: await tellServers(engine, tx, row.user_nid, change) },
    );
  }
  return changes;
};

const deviceChange = async (
  engine: Engine,
  tx: StoreTx,
  userId: UserId,
  key: { readonly user_nid: number; readonly device_id: string },
): Promise<PublicListChange> => {
  const of = { userId, deviceId: key.device_id };
  const signedIn = (await engine.directory.devices?.(tx, userId)) ?? [];
  if (!signedIn.some(({ deviceId }) => deviceId === of.deviceId)) return { kind: 'device-removed', ...of };
  const row = await tx.get(deviceKeys, key);
  return { kind: 'device', ...of, keys: row === undefined ? undefined : storedKey(row.json) };
};
