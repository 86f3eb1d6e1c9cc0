/** Keeps how far somebody has read. @see https://spec.matrix.org/v1.19/client-server-api/#receipts */
import type { Engine } from '../engine.ts';
import { receipts } from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';

export type Receipt = {
  readonly roomNid: number;
  readonly userNid: number;
  readonly type: 'm.read' | 'm.read.private';
  /** '' unthreaded, 'main', or a thread's root. */
  readonly threadId: string;
  readonly eventId: string;
  /** Timeline position of the event, where we have it. */
  readonly position: number | null;
  readonly ts: number;
};

/** Returns the stream position, or undefined when the receipt says nothing new: receipts never go back. */
export const storeReceipt = async (
  engine: Engine,
  tx: StoreTx,
  receipt: Receipt,
): Promise<number | undefined> => {
  const key = {
    room_nid: receipt.roomNid,
    user_nid: receipt.userNid,
    receipt_type: receipt.type,
    thread_id: receipt.threadId,
  };
  const known = await tx.get(receipts, key);
  if (known !== undefined && isBehind(receipt, known)) return undefined;
  const stream = await tx.next('stream');
  await tx.put(receipts, {
    ...key,
    event_id: receipt.eventId,
    position: receipt.position,
    ts: receipt.ts,
    stream,
  });
  engine.activity.roomChanged(receipt.roomNid, stream);
  return stream;
};

const isBehind = (
  receipt: Receipt,
  known: { readonly event_id: string; readonly position: number | null; readonly ts: number },
): boolean => {
  if (known.event_id === receipt.eventId) return true;
  if (known.position !== null && receipt.position !== null) return receipt.position <= known.position;
  return receipt.ts < known.ts;
};
