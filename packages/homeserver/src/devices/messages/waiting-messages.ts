/** Which messages wait for a person's devices, for a copy that they can take along. */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { toDeviceInbox } from '../../store/device-tables.ts';

/** A message that its device has not fetched yet. Its content is for the app on that device alone. */
export type WaitingMessage = {
  readonly device_id: string;
  readonly sender: string;
  /** Such as `m.room.encrypted`. */
  readonly type: string;
  /** Of its content. */
  readonly bytes: number;
};

/** Messages that wait for all devices of a person, by device, the oldest first; a device has a bounded number of them. */
export const waitingMessagesOf = (engine: Engine, userId: UserId): Promise<readonly WaitingMessage[]> =>
  engine.store.read(async (reader) => {
    const user_nid = await engine.names.userNid(reader, userId);
    if (user_nid === undefined) return [];
    const found: WaitingMessage[] = [];
    for (const { deviceId: device_id } of (await engine.directory.devices?.(reader, userId)) ?? []) {
      for (const row of await reader.scan(toDeviceInbox, { where: { user_nid, device_id } })) {
        const { sender, type, content } = row;
        found.push({ device_id, sender, type, bytes: Buffer.byteLength(content) });
      }
    }
    return found;
  });
