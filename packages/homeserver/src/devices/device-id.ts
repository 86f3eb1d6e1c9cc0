import { isJsonObject, type UserId } from '@causeway/protocol';
import { crossSigningKeys, users } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { storedKey } from './keys/stored-key.ts';

/**
 * Whether a device may have this name, asked by the host when a device that names itself signs in: it may not be taken for
 * a cross-signing key of its user.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#cross-signing
 */
export const isDeviceIdFree = async (
  reader: StoreReader,
  { userId, deviceId }: { readonly userId: UserId; readonly deviceId: string },
): Promise<boolean> => {
  // Straight from the table: the host's transactions are beside the caches of a homeserver.
  const user = await reader.first(users, { index: 'by_id', where: { user_id: userId } });
  if (user === undefined) return true;
  const rows = await reader.scan(crossSigningKeys, { where: { user_nid: user.user_nid } });
  return rows.every((row) => {
    const keys = storedKey(row.json)['keys'];
    return !isJsonObject(keys) || !Object.hasOwn(keys, `ed25519:${deviceId}`);
  });
};
