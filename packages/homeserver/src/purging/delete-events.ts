/** Deletes the events of a room that is gone, found by going through the table of all events. */
import type { EventId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import type { StoredEvent } from '../rooms/event-cache.ts';
import { forgetWords } from '../search/search-index.ts';
import {
  authChildren,
  clientTransactions,
  events,
  lingeringEvents,
  outbox,
  pdusSetAside,
  redactedReplies,
  roomRemovals,
} from '../store/schema.ts';
import type { StoreTx } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';
import type { GoneRoom } from './clear-room.ts';
import { facesAmong, unlinkFiles } from './orphaned-files.ts';
import { isOnItsWay } from './waiting-outbox.ts';

/** Events looked at in one step; of most rooms none is among them. */
const PAGE = 500;
/** Events deleted in one commit: about 20 ms of work. */
const BATCH = 50;
/** A server that is away so long is not waited for: it learns that we left when it sends us something. */
const LINGER_MS = 48 * 3600 * 1000;

type Removal = RowOf<typeof roomRemovals>;

/** Goes on where the removal stands; returns whether it came to the end. */
export const deleteEvents = async (engine: Engine, removal: Removal): Promise<boolean> => {
  for (let after = removal.after_nid; !engine.signal.aborted; ) {
    const page = await engine.store.read(async (reader) => {
      const rows = await reader.scan(events, { gt: after, limit: PAGE });
      const nids = rows.filter((row) => row.room_nid === removal.room_nid).map((row) => row.event_nid);
      return { last: rows.at(-1)?.event_nid, isEnd: rows.length < PAGE, nids };
    });
    for (let at = 0; at < page.nids.length && !engine.signal.aborted; at += BATCH) {
      await deleteBatch(engine, removal, page.nids.slice(at, at + BATCH));
    }
    if (engine.signal.aborted) return false;
    after = page.last ?? after;
    // Pages without an event of the room are not worth a commit each.
    if (page.nids.length > 0) {
      await engine.store.transact((tx) =>
        tx.update(roomRemovals, { room_id: removal.room_id }, { after_nid: after }),
      );
    }
    if (page.isEnd) return true;
  }
  return false;
};

const deleteBatch = async (engine: Engine, removal: Removal, nids: readonly number[]): Promise<void> => {
  const found = await engine.store.read((reader) => engine.events.many(reader, nids));
  const faces = await facesAmong(engine, found);
  const gone = await engine.store.transact(async (tx) => {
    const deleted: StoredEvent[] = [];
    for (const event of found) {
      if (await isOnItsWay(tx, event.eventNid)) {
        await tx.put(lingeringEvents, { room_id: removal.room_id, event_nid: event.eventNid });
      } else {
        await deleteEvent(engine, tx, event, faces);
        deleted.push(event);
      }
    }
    await countDeleted(tx, removal.room_id, deleted.length);
    return deleted;
  });
  for (const event of gone) engine.events.evict(event);
};

/** Deletes what has reached its servers meanwhile, or waited too long. Returns how many still wait. */
export const deleteLingering = async (engine: Engine, removal: Removal): Promise<number> => {
  const { room_id } = removal;
  const isOver = engine.clock.now() - removal.started_ts > LINGER_MS;
  let waiting = 0;
  for (let after = 0; !engine.signal.aborted; ) {
    const rows = await engine.store.read((reader) =>
      reader.scan(lingeringEvents, { where: { room_id }, gt: after, limit: BATCH }),
    );
    const gone = await engine.store.transact(async (tx) => {
      const deleted: StoredEvent[] = [];
      for (const row of rows) {
        if (!isOver && (await isOnItsWay(tx, row.event_nid))) continue;
        const event = await engine.events.byNid(tx, row.event_nid);
        await deleteEvent(engine, tx, event, new Set());
        await tx.delete(lingeringEvents, row);
        deleted.push(event);
      }
      await countDeleted(tx, room_id, deleted.length);
      return deleted;
    });
    for (const event of gone) engine.events.evict(event);
    waiting += rows.length - gone.length;
    if (rows.length < BATCH) return waiting;
    after = rows.at(-1)?.event_nid ?? after;
  }
  return waiting;
};

const deleteEvent = async (
  engine: Engine,
  tx: StoreTx,
  event: StoredEvent,
  faces: ReadonlySet<string>,
): Promise<void> => {
  const { eventNid: event_nid, eventId } = event;
  await forgetWords(tx, event);
  await unlinkFiles(engine, tx, event, faces);
  await tx.deleteRange(authChildren, { where: { event_nid } });
  await tx.delete(redactedReplies, { event_nid });
  for (const row of await tx.scan(outbox, { index: 'by_event', where: { event_nid } })) {
    await tx.delete(outbox, row);
  }
  for (const { server_nid } of await tx.scan(pdusSetAside, { index: 'by_event', where: { event_nid } })) {
    await tx.delete(pdusSetAside, { server_nid, event_nid });
  }
  const sent = { index: 'by_event', where: { event_id: eventId satisfies EventId } } as const;
  for (const row of await tx.scan(clientTransactions, sent)) await tx.delete(clientTransactions, row);
  await tx.delete(events, { event_nid });
};

const countDeleted = async (tx: StoreTx, room_id: GoneRoom['room_id'], count: number): Promise<void> => {
  const row = await tx.get(roomRemovals, { room_id });
  if (row !== undefined) await tx.update(roomRemovals, { room_id }, { deleted: row.deleted + count });
};
