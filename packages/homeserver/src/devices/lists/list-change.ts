/** That somebody's devices, or cross-signing keys, are others than before: what syncs are told. */
import type { Engine } from '../../engine.ts';
import { deviceListChanges } from '../../store/schema.ts';
import { memberships } from '../../store/schema.ts';
import type { StoreTx } from '../../store/store.ts';

/** Rooms whose people are woken; whoever is not finds it out with the next sync. */
const MAX_ROOMS = 2_000;

/** A change, and whose syncs look again after its commit. */
export type ListChange = {
  readonly stream: number;
  readonly roomNids: readonly number[];
  readonly userNids: readonly number[];
};

/** Writes down that this person's list has changed now. After the commit: `publishListChange`. */
export const recordListChange = async (
  engine: Engine,
  tx: StoreTx,
  user_nid: number,
): Promise<ListChange> => {
  const stream = await tx.next('stream');
  await tx.put(deviceListChanges, { user_nid, stream });
  engine.activity.deviceListsChanged(stream);
  const rows = await tx.scan(memberships, { index: 'by_user', where: { user_nid }, limit: MAX_ROOMS });
  const joined = rows.filter(({ membership }) => membership === 'join');
  return { stream, roomNids: joined.map(({ room_nid }) => room_nid), userNids: [user_nid] };
};

/** Wakes the syncs that are concerned; called when the change is durable. */
export const publishListChange = (engine: Engine, change: ListChange | undefined): void => {
  if (change !== undefined) engine.notifier.publish(change);
};
