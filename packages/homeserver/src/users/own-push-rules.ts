/**
 * Local users who have push rules of their own. Their notifications are recorded for each of them; for all others
 * the room's rows hold.
 */
import type { Engine } from '../engine.ts';
import { accountData, ownPushRules } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';

export const PUSH_RULES_TYPE = 'm.push_rules';

/** All of them, and perhaps somebody whose change was not committed. */
export const usersWithOwnRules = async (
  { activity }: Engine,
  reader: StoreReader,
): Promise<ReadonlySet<number>> => {
  const known = activity.usersWithOwnRules;
  if (known !== undefined) return known;
  const rows = await reader.scan(accountData, {
    index: 'by_type',
    where: { type: PUSH_RULES_TYPE, room_id: '' },
  });
  // A transaction may have found them meanwhile, and more than an older snapshot has.
  activity.usersWithOwnRules ??= new Set(rows.map((row) => row.user_nid));
  return activity.usersWithOwnRules;
};

/** Called before a user's rules are written: from `stream` on the room's rows no longer hold for them. */
export const keepOwnRules = async (
  engine: Engine,
  tx: StoreTx,
  user_nid: number,
  stream: number,
): Promise<void> => {
  const before = await tx.get(accountData, { user_nid, room_id: '', type: PUSH_RULES_TYPE });
  if (before === undefined) await tx.put(ownPushRules, { user_nid, stream });
  await usersWithOwnRules(engine, tx);
  engine.activity.usersWithOwnRules?.add(user_nid);
};
