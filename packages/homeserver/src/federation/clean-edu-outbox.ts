/**
 * Forgets EDUs of the log that every server they go to has, and the oldest of those that wait for a server that is away
 * for so long that too many do: what encrypts for a device that nobody has seen for months will not be read either.
 */
import type { Engine } from '../engine.ts';
import { eduCursors, eduOutbox } from '../store/device-tables.ts';
import type { StoreTx } from '../store/store.ts';
import { SetMembers } from './destination-sets.ts';
import { type EduCursor, NOT_ISOLATING } from './durable-edus.ts';
import { suspectEdusOf } from './isolate-edu.ts';
import { forgetEdusSetAside } from './set-aside.ts';

/** So much waits for one server at most; beyond either the oldest are dropped. */
export type EduBounds = { readonly edus: number; readonly bytes: number };

const BOUNDS: EduBounds = { edus: 10_000, bytes: 32 * 1024 * 1024 };
/** Rows looked at in one transaction, so that other writers get their turn. */
const PAGE = 100;

/** What waits for one server, from the newest row on. */
type Waiting = {
  /** It lacks what is after this. */
  readonly cursor: number;
  edus: number;
  bytes: number;
  dropped: number;
};

/** Returns how many rows were forgotten. Goes from the newest to the oldest: the newest are those that are kept. */
export const cleanEduOutbox = async (engine: Engine, bounds: EduBounds = BOUNDS): Promise<number> => {
  const waiting = new Map<number, Waiting>();
  let forgotten = 0;
  await forgetEdusSetAside(engine);
  if ((await engine.store.read((reader) => reader.first(eduOutbox, {}))) === undefined) return 0;
  for (let before = Number.MAX_SAFE_INTEGER; !engine.signal.aborted; ) {
    const page = await engine.store.transact((tx) => cleanPage(tx, before, waiting, bounds));
    forgotten += page.forgotten;
    if (page.last === undefined) break;
    before = page.last;
  }
  for (const [nid, { dropped }] of waiting) {
    if (dropped === 0) continue;
    const server = await engine.store.read((reader) => engine.names.serverName(reader, nid));
    engine.log.warn('what waited for a server was dropped: it is away for too long', {
      server,
      edus: dropped,
    });
  }
  return forgotten;
};

const cleanPage = async (tx: StoreTx, before: number, waiting: Map<number, Waiting>, bounds: EduBounds) => {
  const rows = await tx.scan(eduOutbox, { lt: before, reverse: true, limit: PAGE });
  const members = new SetMembers(tx);
  let forgotten = 0;
  for (const row of rows) {
    let isLacked = false;
    for (const nid of await members.of(row.destination_set)) {
      const of = waiting.get(nid) ?? (await waitingFor(tx, nid));
      waiting.set(nid, of);
      if (of.cursor >= row.position) continue;
      of.edus++;
      of.bytes += Buffer.byteLength(row.edu);
      if (of.edus <= bounds.edus && of.bytes <= bounds.bytes) isLacked = true;
      else if (of.dropped++ === 0) await skip(tx, nid, row.position);
    }
    if (isLacked) continue;
    await tx.delete(eduOutbox, { position: row.position });
    forgotten++;
  }
  return { forgotten, last: rows.length < PAGE ? undefined : rows.at(-1)?.position };
};

/** What is sent while the EDU before it is under suspicion may be sent again, if none is taken. */
const waitingFor = async (tx: StoreTx, server_nid: number): Promise<Waiting> => {
  const row = await tx.get(eduCursors, { server_nid });
  const [suspect] = await suspectEdusOf(tx, server_nid);
  const cursor = Math.min(row?.cursor ?? 0, (suspect?.position ?? Number.MAX_SAFE_INTEGER) - 1);
  return { cursor, edus: 0, bytes: 0, dropped: 0 };
};

/** The transaction that is frozen for it stays as it is: it may have arrived. */
const skip = async (tx: StoreTx, server_nid: number, position: number): Promise<void> => {
  const row = await tx.get(eduCursors, { server_nid });
  if (row !== undefined) await tx.put(eduCursors, skipped(row, position));
};

const skipped = (row: EduCursor, position: number): EduCursor => ({
  ...row,
  ...NOT_ISOLATING,
  cursor: Math.max(row.cursor, position),
  txn_cursor: row.txn_cursor === null ? null : Math.max(row.txn_cursor, position),
});
