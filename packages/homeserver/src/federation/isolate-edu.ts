/**
 * Finds the EDU of the log that a server refuses a whole transaction for, as `isolate-poison` finds an event: it is
 * looked for by halves in transactions without events, set aside when it is alone, and asked about once more after the
 * server took another. When it takes none of several, the fault is the server's, and all are sent again later.
 */
import type { ServerName } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { eduCursors, edusSetAside } from '../store/device-tables.ts';
import { destinations } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { type EduCursor, nextEdus, NOT_ISOLATING, NOTHING_FROZEN } from './durable-edus.ts';
import type { Standing } from './freeze-transaction.ts';
import {
  contentOf,
  INTERNAL_ERROR,
  isAboutContent,
  type Isolated,
  MAX_SUSPECTS,
  reasonOf,
  type Refusal,
  REPEATED,
  sendApart,
  thawed,
} from './isolate-poison.ts';

/** What follows from a transaction without events that was refused, and that has EDUs of the log. */
export const isolateEdu = async (
  engine: Engine,
  { row, edus }: Standing & { readonly edus: EduCursor },
  server: ServerName,
  answer: Refusal,
): Promise<Isolated> => {
  if (!isAboutContent(answer)) return { goesOn: false, row };
  const refused = { ...row, refusals: (row.refusals ?? 0) + 1 };
  const isAlone = edus.txn_count === 1 && contentOf(row).edus === 1;
  const hasBegun = edus.isolating_limit !== null && !isAlone;
  const isClear = answer.status !== INTERNAL_ERROR;
  if (!isClear && !hasBegun && refused.refusals < REPEATED) return { goesOn: false, row: refused };
  if (edus.isolating_limit === null && (await sendApart(engine, server, {})).kind !== 'ok') {
    return { goesOn: false, row: refused };
  }
  if (isAlone) return setAside(engine, { row: refused, edus }, server, reasonOf(answer));
  const smaller = {
    ...thawed(row),
    first_failure_ts: row.first_failure_ts ?? engine.clock.now(),
    last_error: reasonOf(answer),
  };
  const isPure = contentOf(row).edus === edus.txn_count;
  const limit = isPure ? Math.floor(edus.txn_count / 2) : edus.txn_count;
  await engine.store.transact(async (tx) => {
    await tx.put(destinations, smaller);
    await tx.put(eduCursors, isolating(edus, limit));
  });
  return { goesOn: true, row: smaller };
};

/** The EDUs of a transaction that was refused go alone from now on, so many at once, until all of them are through. */
const isolating = (edus: EduCursor, limit: number): EduCursor => ({
  ...edus,
  ...NOTHING_FROZEN,
  isolating_limit: Math.max(1, limit),
  isolating_until: Math.max(edus.isolating_until ?? 0, edus.txn_cursor ?? 0),
});

/** The transaction that is taken apart had EDUs of the log beside its events: they go alone afterwards. */
export const isolateEdusLater = async (tx: StoreTx, server_nid: number): Promise<void> => {
  const edus = await tx.get(eduCursors, { server_nid });
  if (edus === undefined || edus.txn_count === 0) return;
  await tx.put(eduCursors, isolating(edus, edus.txn_count));
};

/** After a success: whether the EDU that is refused is still looked for. */
export const afterDelivery = (now: EduCursor, sent: EduCursor): EduCursor => {
  const cursor = Math.max(now.cursor, sent.txn_cursor ?? 0);
  const isOver = now.isolating_until === null || cursor >= now.isolating_until;
  return { ...now, ...NOTHING_FROZEN, cursor, ...(isOver ? NOT_ISOLATING : {}) };
};

/** The server took other EDUs: whatever it still refuses is the EDU's fault. */
export const judgeSuspectEdus = async (
  engine: Engine,
  server_nid: number,
  server: ServerName,
): Promise<void> => {
  for (const row of await engine.store.read((reader) => suspectEdusOf(reader, server_nid))) {
    const answer = await sendApart(engine, server, { edus: [row.edu] });
    if (answer.kind !== 'ok' && !isAboutContent(answer)) return;
    const key = { server_nid, position: row.position };
    await engine.store.transact(async (tx) => {
      if (answer.kind !== 'ok') await tx.put(edusSetAside, { ...row, confirmed: 1, edu: '' });
      else await tx.delete(edusSetAside, key);
    });
    if (answer.kind === 'ok') continue;
    const { position, reason } = row;
    engine.log.warn('edu set aside: a server refuses it', { server, position, reason });
  }
};

export const suspectEdusOf = (reader: StoreReader, server_nid: number) =>
  reader.scan(edusSetAside, { index: 'by_state', where: { server_nid, confirmed: 0 } });

/** The log from before its suspects, which are none any more; undefined where there are none. */
export const takeBackSuspectEdus = async (tx: StoreTx, server_nid: number): Promise<boolean> => {
  const suspects = await suspectEdusOf(tx, server_nid);
  const [first] = suspects;
  if (first === undefined) return false;
  for (const { position } of suspects) await tx.delete(edusSetAside, { server_nid, position });
  const cursor = first.position - 1;
  await tx.update(eduCursors, { server_nid }, { cursor, ...NOTHING_FROZEN, ...NOT_ISOLATING });
  return true;
};

const setAside = async (
  engine: Engine,
  { row, edus }: Standing & { readonly edus: EduCursor },
  server: ServerName,
  reason: string,
): Promise<Isolated> => {
  const { server_nid } = row;
  const set_aside_ts = engine.clock.now();
  const outcome = await engine.store.transact(async (tx): Promise<Isolated> => {
    const suspects = await suspectEdusOf(tx, server_nid);
    if (suspects.length + 1 >= MAX_SUSPECTS) {
      await takeBackSuspectEdus(tx, server_nid);
      const back = thawed(row);
      await tx.put(destinations, back);
      return { goesOn: false, row: back };
    }
    const { first, edus: found } = await nextEdus(tx, edus, 1);
    // What is gone meanwhile was dropped, see `clean-edu-outbox`.
    if (first !== undefined && first <= (edus.txn_cursor ?? 0)) {
      const edu = found[0] ?? '';
      await tx.put(edusSetAside, { server_nid, position: first, edu, set_aside_ts, reason, confirmed: 0 });
    }
    const past = {
      ...thawed(row),
      failures: row.failures + 1,
      first_failure_ts: row.first_failure_ts ?? set_aside_ts,
      last_error: reason,
    };
    await tx.put(destinations, past);
    const cursor = edus.txn_cursor ?? edus.cursor;
    await tx.put(eduCursors, { ...edus, cursor, ...NOTHING_FROZEN, ...NOT_ISOLATING });
    return { goesOn: true, row: past };
  });
  if (!outcome.goesOn) engine.log.warn('a server refuses all EDUs of devices', { server, reason });
  return outcome;
};
