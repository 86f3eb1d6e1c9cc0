/** @see https://spec.matrix.org/v1.19/server-server-api/#presence */
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
import { memberships, rooms } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import type { PresenceState } from './presence-board.ts';
import { statusOf } from './presence-settings.ts';

/** People taken from one EDU. */
const MAX_PEOPLE = 50;
/** Rooms looked at to find out whether somebody shares one with us. */
const MAX_ROOMS = 500;

/** Takes in an `m.presence` EDU. What its origin may not say, or is no business of ours, is passed over. */
export const receivePresence = async (
  engine: Engine,
  origin: ServerName,
  content: JsonObject,
): Promise<void> => {
  const pushed = isJsonArray(content.push) ? content.push.slice(0, MAX_PEOPLE) : [];
  const now = engine.clock.now();
  for (const value of pushed) {
    const said = isJsonObject(value) ? value : {};
    const userId = typeof said.user_id === 'string' ? parseUserId(said.user_id) : undefined;
    const state = readState(said.presence);
    if (userId === undefined || state === undefined || serverNameOf(userId) !== origin) continue;
    const roomNids = await engine.store.read((reader) => federatedRoomsOf(engine, reader, userId));
    // A server that lets us in may speak of its people before we have finished joining.
    if (roomNids.length === 0 && engine.joins.isEmpty) continue;
    const ago = said.last_active_ago;
    const isNew = engine.presence.set(userId, {
      state,
      lastActiveTs: typeof ago === 'number' && ago >= 0 ? Math.max(0, now - ago) : undefined,
      statusMsg: statusOf(said.status_msg),
    });
    if (isNew) engine.notifier.publish({ roomNids });
  }
};

const readState = (value: JsonValue | undefined): PresenceState | undefined =>
  value === 'online' || value === 'unavailable' || value === 'offline' ? value : undefined;

const federatedRoomsOf = async (
  engine: Engine,
  reader: StoreReader,
  userId: string,
): Promise<readonly number[]> => {
  const user_nid = await engine.names.userNid(reader, userId);
  if (user_nid === undefined) return [];
  const found: number[] = [];
  for (const row of await reader.scan(memberships, {
    index: 'by_user',
    where: { user_nid },
    limit: MAX_ROOMS,
  })) {
    if (row.membership !== 'join') continue;
    const room = await reader.get(rooms, { room_nid: row.room_nid });
    if (room?.federate === 1) found.push(row.room_nid);
  }
  return found;
};
