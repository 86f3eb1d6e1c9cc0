import type { UserDirectory } from '@causeway/homeserver';
import type { WorkspaceContext } from '../context.ts';
import { sessions } from '../tables.ts';
import { activeAccount, ownLocalpart } from './account.ts';
import { readProfile } from './profile.ts';

/** The workspace's accounts as the engine sees them. A deactivated account does not exist any more. */
export const createUserDirectory = (context: WorkspaceContext): UserDirectory => ({
  async exists(userId) {
    const localpart = ownLocalpart(userId, context.serverName);
    if (localpart === undefined) return false;
    return (await context.store.read((reader) => activeAccount(reader, localpart))) !== undefined;
  },
  profile: (userId) => readProfile(context, userId),
  async devices(reader, userId) {
    const localpart = ownLocalpart(userId, context.serverName);
    if (localpart === undefined) return [];
    const rows = await reader.scan(sessions, { where: { localpart } });
    return rows.map(({ device_id: deviceId, display_name: displayName }) => ({
      deviceId,
      ...(displayName === null ? {} : { displayName }),
    }));
  },
});
