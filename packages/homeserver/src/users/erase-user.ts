/**
 * Erases what a person of this server left, whose account has ended. No redactions are sent, and no other server is
 * told: they keep what they have.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountdeactivate
 */
import type { UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import {
  accountData,
  clientTransactions,
  erasedUsers,
  filters,
  notifications,
  ownPushRules,
  readFloors,
} from '../store/schema.ts';

/**
 * From now on whoever joins a room gets this person's messages without content, and nobody is told their name by what they
 * were in rooms. Done twice, it is done once.
 */
export const eraseUser = async (engine: Engine, userId: UserId): Promise<void> => {
  const done = await engine.store.transact(async (tx) => {
    const user_nid = await engine.names.internUser(tx, userId);
    for (const table of [
      accountData,
      filters,
      ownPushRules,
      notifications,
      readFloors,
      clientTransactions,
    ] as const) {
      await tx.deleteRange(table, { where: { user_nid } });
    }
    const known = await tx.get(erasedUsers, { user_nid });
    const stream = known?.stream ?? (await tx.next('stream'));
    await tx.put(erasedUsers, { user_nid, stream });
    engine.ownSettings.changed(tx, user_nid);
    return { stream };
  });
  engine.erased.set(userId, done.stream);
  engine.notifier.publish({ stream: done.stream });
};
