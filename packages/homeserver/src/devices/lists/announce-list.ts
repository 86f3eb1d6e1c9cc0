/**
 * When somebody of ours comes into a room with servers that were not told of their devices until now, these are told
 * that there is a list: what it follows on they do not know, so they ask for the whole of it.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#device-management
 */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { deviceKeys, type RoomRow } from '../../store/schema.ts';
import type { StoreTx } from '../../store/store.ts';
import { storedKey } from '../keys/stored-key.ts';
import { tellServers } from './note-change.ts';
import { serversOf } from './shared-rooms.ts';

/** Called in the transaction in which they came; returns the servers to wake. */
export const announceToNewServers = async (
  engine: Engine,
  tx: StoreTx,
  { room_nid, federate }: RoomRow,
  userNids: readonly number[],
): Promise<readonly number[]> => {
  const woken: number[] = [];
  for (const user_nid of federate === 1 ? userNids : []) {
    const userId = await engine.names.userId(tx, user_nid);
    const device = await oneDevice(engine, tx, userId, user_nid);
    if (device === undefined) continue;
    const here = await serversOf(engine, tx, userId, { inRoom: room_nid });
    if (here.size === 0) continue;
    const before = await serversOf(engine, tx, userId, { notIn: room_nid });
    if ([...here].every((nid) => before.has(nid))) continue;
    const change = { kind: 'device', userId, ...device } as const;
    woken.push(...(await tellServers(engine, tx, user_nid, change)));
  }
  return woken;
};

/** With keys if any has them. */
const oneDevice = async (engine: Engine, tx: StoreTx, userId: UserId, user_nid: number) => {
  const row = await tx.first(deviceKeys, { where: { user_nid } });
  if (row !== undefined) return { deviceId: row.device_id, keys: storedKey(row.json) };
  const [device] = (await engine.directory.devices?.(tx, userId)) ?? [];
  return device && { deviceId: device.deviceId, keys: undefined };
};
