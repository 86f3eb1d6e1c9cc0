/** What is kept of a device goes with its session, and others are told afterwards. */
import type { UserId } from '@causeway/protocol';
import {
  claimedKeys,
  crossSigningKeys,
  deviceKeys,
  fallbackKeys,
  keySignatures,
  oneTimeKeys,
  toDeviceInbox,
  toDeviceTransactions,
  untoldDevices,
} from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import { CROSS_SIGNING, knownUser, noteDeviceChanged } from './lists/tell-of-devices.ts';

/**
 * Deletes what is kept of a device of ours. Called in the transaction in which the host ends its session, also by a
 * process that runs no homeserver; one that does is woken afterwards (`engine.untoldDevices`), or tells it at its start.
 */
export const forgetDevice = async (tx: StoreTx, userId: UserId, deviceId: string): Promise<void> => {
  const user_nid = await knownUser(tx, userId);
  if (user_nid === undefined) return;
  const key = { user_nid, device_id: deviceId };
  await noteDeviceChanged(tx, userId, deviceId);
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
  if (had) await tx.put(untoldDevices, { user_nid, device_id: CROSS_SIGNING, has_keys: 1 });
  await tx.deleteRange(crossSigningKeys, { where: { user_nid } });
  await tx.deleteRange(keySignatures, { where: { signer_nid: user_nid } });
  await tx.deleteRange(keySignatures, { index: 'by_target', where: { user_nid } });
};
