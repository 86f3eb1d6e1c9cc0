/** What is kept of a device goes with its session, and others are told afterwards. */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import {
  claimedKeys,
  crossSigningKeys,
  deviceKeys,
  deviceListUpdates,
  fallbackKeys,
  forgottenDevices,
  keySignatures,
  oneTimeKeys,
  toDeviceInbox,
  toDeviceTransactions,
  users,
} from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { Work } from '../woken-work.ts';
import { crossSigningChange } from './keys/cross-signing-change.ts';
import { storedKey } from './keys/stored-key.ts';
import { type NotedChange, noteDeviceListChange, publishDeviceListChange } from './lists/note-change.ts';

/** Stands for the cross-signing keys among the names of devices. */
const CROSS_SIGNING = '';

/**
 * Deletes what is kept of a device of ours. Called in the transaction in which the host ends its session, also by a
 * process that runs no homeserver; one that does is woken afterwards (`engine.forgottenDevices`), or tells it at its start.
 */
export const forgetDevice = async (tx: StoreTx, userId: UserId, deviceId: string): Promise<void> => {
  const user_nid = await knownUser(tx, userId);
  if (user_nid === undefined) return;
  const key = { user_nid, device_id: deviceId };
  if ((await tx.get(deviceKeys, key)) !== undefined) await tx.put(forgottenDevices, key);
  await tx.delete(deviceKeys, key);
  await tx.deleteRange(oneTimeKeys, { where: key });
  await tx.deleteRange(claimedKeys, { where: key });
  await tx.deleteRange(fallbackKeys, { where: key });
  await tx.deleteRange(toDeviceInbox, { where: key });
  await tx.deleteRange(toDeviceTransactions, { where: key });
};

/**
 * Deletes a person's cross-signing keys, and the signatures of and by them. Called in the transaction in which the host
 * ends their account, after {@link forgetDevice} for each of their devices.
 */
export const forgetCrossSigning = async (tx: StoreTx, userId: UserId): Promise<void> => {
  const user_nid = await knownUser(tx, userId);
  if (user_nid === undefined) return;
  const had = (await tx.first(crossSigningKeys, { where: { user_nid } })) !== undefined;
  if (had) await tx.put(forgottenDevices, { user_nid, device_id: CROSS_SIGNING });
  await tx.deleteRange(crossSigningKeys, { where: { user_nid } });
  await tx.deleteRange(keySignatures, { where: { signer_nid: user_nid } });
  await tx.deleteRange(keySignatures, { index: 'by_target', where: { user_nid } });
};

/**
 * Other servers are told anew that somebody of ours has a list, after a time in which they were told nothing of it: then
 * they see that something is missing, and ask. Called in the host's transaction, as {@link forgetDevice} is.
 */
export const announceDeviceList = async (tx: StoreTx, userId: UserId): Promise<void> => {
  const user_nid = await knownUser(tx, userId);
  const told = user_nid && (await tx.first(deviceListUpdates, { where: { user_nid } }));
  if (told) await tx.put(forgottenDevices, { user_nid: told.user_nid, device_id: told.device_id });
};

/** Straight from the table: the host's transactions are beside the caches of a homeserver. */
const knownUser = async (tx: StoreTx, userId: UserId): Promise<number | undefined> =>
  (await tx.first(users, { index: 'by_id', where: { user_id: userId } }))?.user_nid;

/** In one commit. */
const TOLD_AT_ONCE = 20;

/** Tells those who share rooms with somebody which of their devices are gone. */
export const tellingForgottenDevices: Work<Engine> = {
  fault: 'telling of devices that are gone failed',
  async run(engine) {
    // Nothing is written at a start that finds nothing to tell.
    const isDue = async () =>
      (await engine.store.read((reader) => reader.first(forgottenDevices, {}))) !== undefined;
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
  for (const row of await tx.scan(forgottenDevices, { limit: TOLD_AT_ONCE })) {
    await tx.delete(forgottenDevices, row);
    const userId = await engine.names.userId(tx, row.user_nid);
    // It may be back under its name, or have uploaded keys meanwhile: then the newest is told.
    const change =
      row.device_id === CROSS_SIGNING
        ? await crossSigningChange(engine, tx, userId)
        : await deviceChange(tx, { ...row, userId });
    changes.push(await noteDeviceListChange(engine, tx, change));
  }
  return changes;
};

const deviceChange = async (
  tx: StoreTx,
  {
    userId,
    user_nid,
    device_id,
  }: { readonly userId: UserId; readonly user_nid: number; readonly device_id: string },
) => {
  const row = await tx.get(deviceKeys, { user_nid, device_id });
  const of = { userId, deviceId: device_id };
  return row === undefined
    ? ({ kind: 'device-removed', ...of } as const)
    : ({ kind: 'device', ...of, keys: storedKey(row.json) } as const);
};
