/** @see https://spec.matrix.org/v1.19/client-server-api/#e2e-extensions-to-sync */
import { countOneTimeKeys, unusedFallbackKeys } from '../devices/keys/one-time-keys.ts';
import type { SyncScope } from './sync-scope.ts';

/** How many keys of the device that asks are left for others; `isNews`: some were given out since its token. */
export const deviceKeysSection = async ({
  engine,
  reader,
  since,
  viewer: { userNid, deviceId },
}: SyncScope): Promise<{
  readonly counts: { readonly [algorithm: string]: number };
  readonly unusedFallbacks: readonly string[];
  readonly isNews: boolean;
}> => {
  const device = { user_nid: userNid, device_id: deviceId };
  return {
    counts: await countOneTimeKeys(reader, device),
    unusedFallbacks: await unusedFallbackKeys(reader, device),
    isNews: since !== undefined && engine.activity.deviceKeysChangedAt(userNid, deviceId) > since.stream,
  };
};
