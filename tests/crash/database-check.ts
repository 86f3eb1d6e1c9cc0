/** What a database must be after any crash: sound for SQLite, and all facts of one event there together. */
import { constants, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { checkIntegrity } from '@causeway/storage';

const DATABASE = 'causeway.db';

/** Copies a database and its log as a crash left them, so that they can be read while the original lives on. */
export const copyDatabase = (dataDir: string, target: string): string => {
  mkdirSync(target, { recursive: true, mode: 0o700 });
  for (const suffix of ['', '-wal']) {
    const from = join(dataDir, DATABASE + suffix);
    if (existsSync(from)) copyFileSync(from, join(target, DATABASE + suffix), constants.COPYFILE_FICLONE);
  }
  return databaseIn(target);
};

export const databaseIn = (dataDir: string): string => join(dataDir, DATABASE);

/** What is wrong with a database that no process writes to; empty when nothing is. */
export const databaseFaults = (path: string): readonly string[] => {
  const integrity = checkIntegrity(path);
  if (integrity.kind === 'damaged') return integrity.faults.map((fault) => `integrity check: ${fault}`);
  return reading(path, (database) =>
    [...foreignKeys, ...together].flatMap(({ rule, violations }) => {
      const count = Number(database.prepare(`SELECT count(*) AS n FROM ${violations}`).get()?.n);
      return count === 0 ? [] : [`${count} × not true: ${rule}`];
    }),
  );
};

/** What a crash interrupted. */
export type Interrupted = {
  /** PDUs that were acknowledged to another server and not yet processed. */
  readonly staged: number;
  /** Events in the outbox beyond the cursor of the destination that is furthest behind. */
  readonly unsent: number;
  /** Transactions that were frozen, so probably under way. */
  readonly frozen: number;
};

export const interruptedWork = (path: string): Interrupted =>
  reading(path, (database) => {
    const count = (sql: string) => Number(database.prepare(`SELECT ${sql} AS n`).get()?.n);
    return {
      staged: count('(SELECT count(*) FROM staged_pdus)'),
      unsent: count(
        '(SELECT count(*) FROM outbox WHERE position > (SELECT coalesce(min(cursor), 0) FROM destinations))',
      ),
      frozen: count('(SELECT count(*) FROM destinations WHERE txn_id IS NOT NULL)'),
    };
  });

/** Which of these client transaction IDs are committed. */
export const committedTransactions = (path: string, txnIds: readonly string[]): readonly string[] =>
  reading(path, (database) => {
    const find = database.prepare('SELECT 1 FROM client_transactions WHERE txn_id = ?');
    return txnIds.filter((txnId) => find.get(txnId) !== undefined);
  });

/** Event IDs of the ends of the event graphs of all rooms, in order. */
export const forwardExtremities = (path: string): readonly string[] =>
  reading(path, (database) =>
    database
      .prepare('SELECT event_id FROM forward_extremities NATURAL JOIN events ORDER BY event_id')
      .all()
      .map((row) => String(row.event_id)),
  );

/**
 * How the messages of one server came to the other: each in exactly one of its transactions, since these are
 * frozen before they are sent. A lost transaction would otherwise be hidden by the filling of gaps.
 */
export const deliveryFaults = (
  from: { readonly name: string; readonly path: string },
  to: { readonly name: string; readonly path: string },
): readonly string[] => {
  const sent = reading(from.path, (database) =>
    database
      .prepare(
        `SELECT event_id FROM client_transactions JOIN events USING (event_id) WHERE events.type = 'm.room.message'`,
      )
      .all()
      .map((row) => String(row.event_id)),
  );
  const deliveries = new Map<string, number>();
  reading(to.path, (database) => {
    const pdus = database.prepare(
      `SELECT pdu.key AS event_id FROM inbound_transactions, json_each(response, '$.pdus') AS pdu`,
    );
    for (const { event_id } of pdus.all()) {
      deliveries.set(String(event_id), (deliveries.get(String(event_id)) ?? 0) + 1);
    }
  });
  return sent.flatMap((eventId) => {
    const count = deliveries.get(eventId) ?? 0;
    return count === 1
      ? []
      : [`${eventId} of ${from.name} is in ${count} transactions that ${to.name} took in`];
  });
};

const reading = <R>(path: string, read: (database: DatabaseSync) => R): R => {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return read(database);
  } finally {
    database.close();
  }
};

/** `violations` is what follows FROM in a query that finds none. */
type Rule = { readonly rule: string; readonly violations: string };

const refers = (table: string, column: string, target: string, targetColumn = column): Rule => ({
  rule: `${table}.${column} is in ${target}`,
  violations: `${table} AS a WHERE a.${column} IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM ${target} AS b WHERE b.${targetColumn} = a.${column})`,
});

/** The tables declare no foreign keys: these are what they would be. */
const foreignKeys: readonly Rule[] = [
  refers('users', 'server_nid', 'servers'),
  refers('rooms', 'create_event_nid', 'events', 'event_nid'),
  refers('events', 'room_nid', 'rooms'),
  refers('events', 'sender_nid', 'users', 'user_nid'),
  refers('events', 'state_key_nid', 'state_keys'),
  refers('auth_children', 'event_nid', 'events'),
  refers('auth_children', 'child_nid', 'events', 'event_nid'),
  refers('timeline', 'event_nid', 'events'),
  refers('forward_extremities', 'event_nid', 'events'),
  refers('missing_parents', 'child_nid', 'events', 'event_nid'),
  refers('incomplete_states', 'event_nid', 'events'),
  refers('events_to_rejudge', 'event_nid', 'events'),
  refers('pending_redactions', 'redaction_nid', 'events', 'event_nid'),
  refers('relations', 'event_nid', 'events'),
  refers('memberships', 'event_nid', 'events'),
  refers('memberships', 'user_nid', 'users'),
  refers('current_states', 'room_nid', 'rooms'),
  refers('room_servers', 'room_nid', 'rooms'),
  refers('room_servers', 'server_nid', 'servers'),
  refers('outbox', 'event_nid', 'events'),
  refers('outbox', 'destination_set', 'destination_sets'),
  refers('destinations', 'server_nid', 'servers'),
  refers('receipts', 'user_nid', 'users'),
  refers('notifications', 'user_nid', 'users'),
  refers('client_transactions', 'user_nid', 'users'),
  refers('client_transactions', 'event_id', 'events'),
];

const hasNode = (table: string, column: string): Rule => ({
  rule: `the state at ${table}.${column} is stored`,
  violations: `${table} AS a WHERE a.${column} IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM state_nodes AS n WHERE n.room_nid = a.room_nid AND n.hash = a.${column})`,
});

const counted = (sequence: string, table: string, column: string): Rule => ({
  rule: `the sequence ${sequence} is not behind ${table}.${column}`,
  violations: `${table} WHERE ${column} > (SELECT value FROM sequences WHERE name = '${sequence}')`,
});

/** What one transaction writes is there whole or not at all. */
const together: readonly Rule[] = [
  hasNode('events', 'state_before'),
  hasNode('rooms', 'state_root'),
  hasNode('current_states', 'state_root'),
  counted('stream', 'events', 'stream'),
  counted('event_nid', 'events', 'event_nid'),
  counted('outbox', 'outbox', 'position'),
  counted('staged_pdu', 'staged_pdus', 'sequence'),
  {
    rule: 'an event with a position is on the timeline there',
    violations: `events AS e WHERE e.position IS NOT NULL AND NOT EXISTS (SELECT 1 FROM timeline AS t
      WHERE t.room_nid = e.room_nid AND t.position = e.position AND t.event_nid = e.event_nid)`,
  },
  {
    rule: 'an event on the timeline was accepted and has that position',
    violations: `timeline AS t JOIN events AS e USING (event_nid)
      WHERE e.verdict <> 'accepted' OR e.outlier <> 0 OR e.position IS NOT t.position`,
  },
  {
    rule: 'an event is once on the timeline',
    violations: '(SELECT 1 FROM timeline GROUP BY event_nid HAVING count(*) > 1)',
  },
  {
    rule: 'an event is once in the outbox',
    violations: '(SELECT 1 FROM outbox GROUP BY event_nid HAVING count(*) > 1)',
  },
  {
    rule: 'a forward extremity is nobody’s parent',
    violations: `forward_extremities AS f JOIN events AS e USING (event_nid) WHERE e.event_id IN
      (SELECT parent.value FROM events AS child, json_each(child.json, '$.prev_events') AS parent
       WHERE child.room_nid = f.room_nid AND child.verdict = 'accepted' AND child.outlier = 0)`,
  },
  {
    rule: 'a message that a client sent is in the outbox',
    violations: `client_transactions JOIN events AS e USING (event_id)
      WHERE e.event_nid > (SELECT min(event_nid) FROM outbox) AND e.type = 'm.room.message'
      AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.event_nid = e.event_nid)`,
  },
];
