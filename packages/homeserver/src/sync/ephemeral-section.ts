/** Typing and receipts of a room. */
import type { JsonObject } from '@causeway/protocol';
import { receipts } from '../store/schema.ts';
import { passesEventFilter } from './filter.ts';
import type { SyncScope } from './sync-scope.ts';

/** Receipts shown of a room that is new to the client, newest first. */
const MAX_RECEIPTS = 1000;

type EphemeralEvent = { readonly type: string; readonly content: JsonObject };

/** `isNew`: the client knows nothing of this room yet. */
export const ephemeralSection = async (
  scope: SyncScope,
  roomNid: number,
  isNew: boolean,
): Promise<readonly EphemeralEvent[]> => {
  const found: EphemeralEvent[] = [];
  const typing = typingEvent(scope, roomNid, isNew);
  if (typing !== undefined) found.push(typing);
  found.push(...(await receiptEvents(scope, roomNid, isNew)));
  return found.filter((event) => passesEventFilter(scope.filter.room.ephemeral, event));
};

const typingEvent = (scope: SyncScope, roomNid: number, isNew: boolean): EphemeralEvent | undefined => {
  const { typing } = scope.engine;
  const users = typing.typing(roomNid);
  const changed = typing.changedAt(roomNid) > (scope.since?.typing ?? 0);
  if (isNew ? users.length === 0 : !changed) return undefined;
  return { type: 'm.typing', content: { user_ids: users } };
};

type ReceiptContent = { [eventId: string]: { [type: string]: { [userId: string]: JsonObject } } };

/** One event per thread: a user may have a receipt on the same event in several. */
const receiptEvents = async (
  scope: SyncScope,
  roomNid: number,
  isNew: boolean,
): Promise<readonly EphemeralEvent[]> => {
  const { engine, reader, since, now, viewer } = scope;
  const rows = await reader.scan(receipts, {
    index: 'by_stream',
    where: { room_nid: roomNid },
    gt: isNew ? 0 : (since?.stream ?? 0),
    reverse: true,
    limit: MAX_RECEIPTS,
  });
  const byThread = new Map<string, ReceiptContent>();
  for (const row of rows) {
    if (row.stream > now.stream) continue;
    if (row.receipt_type === 'm.read.private' && row.user_nid !== viewer.userNid) continue;
    const userId = await engine.names.userId(reader, row.user_nid);
    const content = byThread.get(row.thread_id) ?? {};
    byThread.set(row.thread_id, content);
    content[row.event_id] ??= {};
    const types = content[row.event_id] ?? {};
    types[row.receipt_type] ??= {};
    const users = types[row.receipt_type] ?? {};
    users[userId] = { ts: row.ts, ...(row.thread_id === '' ? {} : { thread_id: row.thread_id }) };
  }
  return [...byThread.values()].map((content) => ({ type: 'm.receipt', content }));
};
