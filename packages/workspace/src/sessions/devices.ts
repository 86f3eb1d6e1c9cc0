import { notFound, noteDeviceChanged } from '@causeway/homeserver';
import type { UserId } from '@causeway/protocol';
import { ownLocalpart } from '../accounts/account.ts';
import type { WorkspaceContext } from '../context.ts';
import { type SessionRow, sessions } from '../tables.ts';
import { faultOf } from '../faults.ts';

export type Device = {
  readonly deviceId: string;
  readonly displayName?: string;
  readonly lastSeenIp?: string;
  readonly lastSeenTs?: number;
};

export const listDevices = async (context: WorkspaceContext, userId: UserId): Promise<readonly Device[]> => {
  const localpart = ownLocalpart(userId, context.serverName);
  if (localpart === undefined) return [];
  const rows = await context.store.read((reader) => reader.scan(sessions, { where: { localpart } }));
  return rows.map(deviceFromRow);
};

export const findDevice = async (
  context: WorkspaceContext,
  userId: UserId,
  deviceId: string,
): Promise<Device | undefined> => {
  const localpart = ownLocalpart(userId, context.serverName);
  if (localpart === undefined) return undefined;
  const key = { localpart, device_id: deviceId };
  const row = await context.store.read((reader) => reader.get(sessions, key));
  return row === undefined ? undefined : deviceFromRow(row);
};

export const renameDevice = async (
  context: WorkspaceContext,
  device: { readonly userId: UserId; readonly deviceId: string; readonly displayName: string },
): Promise<void> => {
  const localpart = ownLocalpart(device.userId, context.serverName) ?? '';
  const key = { localpart, device_id: device.deviceId };
  const change = { display_name: device.displayName };
  await context.store.transact(async (tx) => {
    if (!(await tx.update(sessions, key, change))) throw notFound(faultOf('device-unknown'));
    await noteDeviceChanged(tx, device.userId, device.deviceId);
  });
  context.changes.tell({ kind: 'device' });
};

const deviceFromRow = (row: SessionRow): Device => ({
  deviceId: row.device_id,
  lastSeenTs: row.last_seen_ts,
  ...(row.display_name === null ? {} : { displayName: row.display_name }),
  ...(row.last_seen_ip === null ? {} : { lastSeenIp: row.last_seen_ip }),
});
