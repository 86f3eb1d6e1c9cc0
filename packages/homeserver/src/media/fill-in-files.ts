/**
 * Links files to the events that named them before `file_events` was kept, in the background: from the newest event
 * that was there when this began down to the first. What is appended meanwhile links its files itself.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isJsonObject, parseJson } from '@causeway/protocol';
import { type Engine, isLocal } from '../engine.ts';
import { type EventRow, events, fileEvents, fillIns } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import type { RowOf } from '../store/table.ts';
import { filesNamedIn } from './record-files.ts';

/** Events read at once, and at most so many looked into in one commit. */
const BATCH = 100;
const NAME = fileEvents.name;

export const fillInFiles = async (engine: Engine): Promise<void> => {
  let left = Number.POSITIVE_INFINITY;
  while (left > 0 && !engine.signal.aborted) {
    left = await fillInBatch(engine);
    await nextTurn();
  }
};

/** Whether every event that names a file is known. */
export const areFilesFilledIn = async (reader: StoreReader): Promise<boolean> =>
  (await reader.get(fillIns, { name: NAME }))?.reached === 0;

/** Returns below which event_nid it is not done; 0 when nothing is left. Repeating a batch writes the same rows. */
const fillInBatch = async (engine: Engine): Promise<number> => {
  const { reached, links } = await engine.store.read(async (reader) => {
    const below = (await reader.get(fillIns, { name: NAME }))?.reached ?? Number.MAX_SAFE_INTEGER;
    if (below === 0) return { reached: undefined, links: [] };
    const rows = await reader.scan(events, { lt: below, reverse: true, limit: BATCH });
    const found: RowOf<typeof fileEvents>[] = [];
    for (const row of rows) {
      if (row.verdict !== 'accepted' || row.outlier === 1 || !row.json.includes('mxc:')) continue;
      if (!isLocal(engine, await engine.names.userId(reader, row.sender_nid))) continue;
      for (const media_id of filesIn(engine, row)) found.push({ media_id, event_nid: row.event_nid });
    }
    return { reached: rows.length < BATCH ? 0 : (rows.at(-1)?.event_nid ?? 0), links: found };
  });
  if (reached === undefined) return 0;
  await engine.store.transact(async (tx) => {
    for (const link of links) {
      // It may have been purged meanwhile.
      const isThere = (await tx.get(events, { event_nid: link.event_nid })) !== undefined;
      if (isThere) await tx.put(fileEvents, link);
    }
    await tx.put(fillIns, { name: NAME, reached });
  });
  return reached;
};

/** Not through the cache of events, which is for those that are in use. */
const filesIn = (engine: Engine, { event_id, json }: EventRow): ReadonlySet<string> => {
  const parsed = parseJson(json);
  if (parsed.ok && isJsonObject(parsed.value)) {
    return filesNamedIn(engine, { pdu: { content: parsed.value['content'] } });
  }
  engine.log.warn('event is unreadable: files that it names are not given out', { event_id });
  return new Set();
};
