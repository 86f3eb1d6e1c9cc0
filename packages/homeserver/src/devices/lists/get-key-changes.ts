/** @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3keyschanges */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { hearingOf } from '../../reading/hearing.ts';
import { type DeviceLists, deviceListsSection } from '../../sync/device-lists-section.ts';
import type { SyncToken } from '../../sync/sync-token.ts';

/**
 * Whose keys changed since a sync token. What came after the newest sync is told, too: its client asks for what it has
 * then. A token from before a backup was restored stands for all that may have changed.
 */
export const getKeyChanges = async (
  engine: Engine,
  user: { readonly userId: UserId; readonly deviceId: string },
  from: SyncToken,
): Promise<DeviceLists> => {
  const { stream } = engine.notifier;
  const now = { stream, typing: 0, toDevice: stream, epoch: engine.epochs.current };
  const isVoid = !engine.epochs.isOurs(from);
  const lists = await engine.store.read(async (reader) => {
    const userNid = await engine.names.userNid(reader, user.userId);
    if (userNid === undefined) return undefined;
    const viewer = { ...user, userNid, hearing: await hearingOf(engine, reader, user.userId) };
    const since = isVoid ? undefined : from;
    return deviceListsSection({ engine, reader, viewer, since, startsAnew: isVoid, now });
  });
  return lists ?? { changed: [], left: [] };
};
