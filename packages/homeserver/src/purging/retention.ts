/** How long messages of a room stay on this server: a rule of the workspace, which other servers do not hear of. */
import type { RoomId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { invalidParam } from '../matrix-error.ts';
import { roomById } from '../rooms/current-state.ts';
import { roomRetentions } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { beginPurge } from './purge-history.ts';
import { faultOf, noSuchRoom } from '../refusals.ts';

/** A day in milliseconds. */
export const DAY_MS = 24 * 3600 * 1000;
/** The longest retention that can be set, about a hundred years. */
export const MAX_RETENTION_DAYS = 36_500;

/** Rooms whose turn is seen to in one commit. */
const PAGE = 200;

/** How long the messages of a room stay. Times are milliseconds since the epoch. */
export type Retention = {
  /** Messages older than this go. Milliseconds; undefined: they stay. */
  readonly maxAgeMs: number | undefined;
  /** Messages from before this moment were purged. */
  readonly purgedBefore: number | undefined;
};

/**
 * Sets the retention inside a transaction of the host, so that it can note who did; `engine.upkeep` is woken after
 * the commit. Returns what held before.
 *
 * @throws M_NOT_FOUND, M_INVALID_PARAM
 */
export const setRetention = async (
  tx: StoreTx,
  { roomId, maxAgeMs }: { readonly roomId: RoomId; readonly maxAgeMs: number | undefined },
): Promise<Retention> => {
  const room = await roomById(tx, roomId);
  if (room === undefined) throw noSuchRoom(roomId);
  const tooLong = maxAgeMs !== undefined && !(maxAgeMs >= 1 && maxAgeMs <= MAX_RETENTION_DAYS * DAY_MS);
  if (tooLong) throw invalidParam(faultOf('retention-range', { most: MAX_RETENTION_DAYS }));
  const before = await retentionOf(tx, room.room_nid);
  await tx.put(roomRetentions, {
    room_nid: room.room_nid,
    max_age_ms: maxAgeMs ?? null,
    purged_before_ts: before.purgedBefore ?? null,
  });
  return before;
};

/** What holds for a room; nothing is set for a room that has no row. */
export const retentionOf = async (reader: StoreReader, room_nid: number): Promise<Retention> => {
  const row = await reader.get(roomRetentions, { room_nid });
  return { maxAgeMs: row?.max_age_ms ?? undefined, purgedBefore: row?.purged_before_ts ?? undefined };
};

/** Begins a purge in every room where messages may be too old. */
export const applyRetention = async (engine: Engine): Promise<void> => {
  for (let after = 0; !engine.signal.aborted; ) {
    const rows = await engine.store.read((reader) => reader.scan(roomRetentions, { gt: after, limit: PAGE }));
    const limited = rows.filter((row) => row.max_age_ms !== null);
    if (limited.length > 0) {
      await engine.store.transact(async (tx) => {
        for (const { room_nid, max_age_ms } of limited) {
          const before = engine.clock.now() - (max_age_ms ?? 0);
          await beginPurge(tx, room_nid, { before, whole: 0 });
        }
      });
    }
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.room_nid ?? after;
  }
};
