/**
 * What has to be different in data that was taken from a backup. The world went on meanwhile: other servers have events
 * that are lost here, and clients have sync tokens for them.
 */
import { randomBytes } from 'node:crypto';
import {
  claimedKeys,
  destinations,
  deviceListUpdates,
  eduCursors,
  followedDeviceLists,
  untoldDevices,
  oneTimeKeys,
  restores,
  roomServers,
  rooms,
  roomsToCatchUp,
} from './schema.ts';
import type { StoreTx } from './store.ts';

/** Never met twice: two restores of one backup are two histories. */
const EPOCH_BYTES = 6;

/**
 * Called once in the restored database, before a homeserver starts on it.
 *
 * - Sync tokens from after the backup are void from now on.
 * - What was frozen for sending gets a new transaction ID: the old one may have been answered since.
 * - All one-time keys count as given out, since nobody knows which were; the devices see it and make new ones.
 * - Other servers may know devices that the backup does not: they are told that there is a list.
 * - Device lists of other servers' people are stale: what they told us since is lost.
 * - Every room with other servers in it is asked about, see `federation/catch-up.ts`.
 */
export const noteRestore = async (tx: StoreTx, now: number): Promise<void> => {
  // The number that is next now was given out by the lost history, too.
  const stream = (await tx.next('stream')) - 1;
  await tx.insert(restores, {
    number: await tx.next('restore'),
    epoch: randomBytes(EPOCH_BYTES).toString('hex'),
    stream,
    restored_ts: now,
  });
  for (const row of await tx.scan(destinations, {})) {
    if (row.txn_id === null) continue;
    await tx.put(destinations, { ...row, txn_id: null, txn_body: null, txn_cursor: null });
  }
  for (const row of await tx.scan(eduCursors, {})) {
    if (row.txn_cursor !== null) await tx.put(eduCursors, { ...row, txn_cursor: null, txn_count: 0 });
  }
  for (const row of await tx.scan(oneTimeKeys, {})) await tx.put(claimedKeys, row);
  await tx.deleteRange(oneTimeKeys, {});
  for (const { user_nid, device_id } of await tx.scan(deviceListUpdates, {})) {
    await tx.put(untoldDevices, { user_nid, device_id, has_keys: 1 });
  }
  for (const row of await tx.scan(followedDeviceLists, {})) {
    await tx.put(followedDeviceLists, { ...row, stale: 1, next_ts: 0, tries: 0 });
  }
  for (const { room_nid, federate } of await tx.scan(rooms, {})) {
    if (federate === 0) continue;
    const servers = await tx.scan(roomServers, { where: { room_nid }, limit: 2 });
    if (servers.length === 2) await tx.put(roomsToCatchUp, { room_nid });
  }
};
