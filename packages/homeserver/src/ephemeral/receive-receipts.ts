/** @see https://spec.matrix.org/v1.19/server-server-api/#receipts */
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseUserId,
  type ServerName,
  serverNameOf,
} from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { roomById } from '../rooms/current-state.ts';
import type { StoreTx } from '../store/store.ts';
import { remoteMember } from './remote-member.ts';
import { storeReceipt } from './store-receipt.ts';

/** Rooms, and users of each room, taken from one EDU. */
const MAX_ROOMS = 100;
const MAX_USERS = 1000;

type Stored = { readonly roomNid: number; readonly stream: number };

/** Takes in an `m.receipt` EDU. What its origin may not say is passed over. */
export const receiveReceipts = async (
  engine: Engine,
  origin: ServerName,
  content: JsonObject,
): Promise<void> => {
  for (const [roomId, types] of Object.entries(content).slice(0, MAX_ROOMS)) {
    const read = isJsonObject(types) ? types['m.read'] : undefined;
    if (!isJsonObject(read)) continue;
    const stored = await engine.store.transact((tx) => storeRoom(engine, tx, { origin, roomId, read }));
    for (const { roomNid, stream } of stored) engine.notifier.publish({ stream, roomNids: [roomNid] });
  }
};

const storeRoom = async (
  engine: Engine,
  tx: StoreTx,
  {
    origin,
    roomId,
    read,
  }: { readonly origin: ServerName; readonly roomId: string; readonly read: JsonObject },
): Promise<readonly Stored[]> => {
  const room = await roomById(tx, roomId);
  if (room === undefined) return [];
  const stored: Stored[] = [];
  for (const [user, value] of Object.entries(read).slice(0, MAX_USERS)) {
    const userId = parseUserId(user);
    const receipt = readReceipt(value);
    if (userId === undefined || receipt === undefined || serverNameOf(userId) !== origin) continue;
    if (!(await remoteMember(engine, tx, room, userId, origin))) continue;
    const event = await engine.events.byId(tx, receipt.eventId);
    const stream = await storeReceipt(engine, tx, {
      roomNid: room.room_nid,
      userNid: await engine.names.internUser(tx, userId),
      type: 'm.read',
      threadId: receipt.threadId,
      eventId: receipt.eventId,
      position: event?.roomNid === room.room_nid ? event.position : null,
      ts: receipt.ts ?? engine.clock.now(),
    });
    if (stream !== undefined) stored.push({ roomNid: room.room_nid, stream });
  }
  return stored;
};

const readReceipt = (value: JsonValue) => {
  if (!isJsonObject(value) || !isJsonArray(value.event_ids)) return undefined;
  const eventId = value.event_ids[0];
  const data = isJsonObject(value.data) ? value.data : {};
  if (typeof eventId !== 'string' || eventId.length > 255) return undefined;
  const threadId = data.thread_id;
  return {
    eventId,
    ts: typeof data.ts === 'number' ? data.ts : undefined,
    threadId: typeof threadId === 'string' && threadId.length <= 255 ? threadId : '',
  };
};
