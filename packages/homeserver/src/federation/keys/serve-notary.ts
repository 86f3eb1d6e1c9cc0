/**
 * What we say of other servers' keys as a notary: their own signed answers, with our signature added.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#querying-keys-through-another-server
 */
import { isJsonObject, type JsonObject, parseJson, type ServerName, signJson } from '@causeway/protocol';
import type { Engine } from '../../engine.ts';
import { keyAnswers } from '../../store/key-tables.ts';
import type { RowOf } from '../../store/table.ts';

/** Which keys of a server a notary is asked for. */
export type KeyQuery = {
  readonly server: ServerName;
  /** By key ID the time until which it should be valid, at least; all keys when it is empty. */
  readonly keys: ReadonlyMap<string, number>;
  /** The same for whichever key; milliseconds since the epoch. */
  readonly validUntil: number;
};

/**
 * Answers about several servers. A server is asked when what we have is past half of its life or does not reach as far
 * as the question; one that does not answer is told of with what we have, and left out when we have nothing.
 */
export const serveKeyQuery = async (
  engine: Engine,
  queries: readonly KeyQuery[],
): Promise<readonly JsonObject[]> => {
  const others = queries.filter(({ server }) => server !== engine.serverName);
  const stale: ServerName[] = [];
  for (const query of others) {
    const rows = await answersOf(engine, query.server);
    if (!isFresh(query, rows, engine.clock.now())) stale.push(query.server);
  }
  await engine.keys.refreshForOthers(stale);
  const found: JsonObject[] = [];
  for (const query of queries) {
    if (query.server === engine.serverName) found.push(engine.ownKeys.answer());
    else {
      const rows = chosen(query, await answersOf(engine, query.server));
      found.push(...rows.map((row) => countersign(engine, row)));
    }
  }
  return found;
};

type AnswerRow = RowOf<typeof keyAnswers>;

/** Newest first; the newest is what the server said last. */
const answersOf = async (engine: Engine, server: ServerName): Promise<readonly AnswerRow[]> => {
  const rows = await engine.store.read((reader) =>
    reader.scan(keyAnswers, { where: { server_name: server } }),
  );
  return rows.toSorted((a, b) => b.fetched_ts - a.fetched_ts);
};

const isFresh = (query: KeyQuery, rows: readonly AnswerRow[], now: number): boolean => {
  const [newest] = rows;
  if (newest === undefined) return false;
  const { fetched_ts, valid_until_ts } = newest;
  if (now > fetched_ts + (valid_until_ts - fetched_ts) / 2) return false;
  if (query.keys.size === 0) return valid_until_ts >= query.validUntil;
  // An old key is in the newest answer as old, or in the one in which it was current: asking again changes neither.
  return [...query.keys].every(([keyId, until]) => {
    const row = rows.find((one) => one.key_id === keyId);
    if (row === undefined) return keyIdsIn(newest).has(keyId);
    return row !== newest || row.valid_until_ts >= until;
  });
};

/** What the server said last, and for keys that it says nothing of any more, what it said when it used them. */
const chosen = (query: KeyQuery, rows: readonly AnswerRow[]): readonly AnswerRow[] => {
  const [newest] = rows;
  if (newest === undefined) return [];
  const told = keyIdsIn(newest);
  const older = rows.filter((row) => query.keys.has(row.key_id) && !told.has(row.key_id));
  return [newest, ...older];
};

const keyIdsIn = (row: AnswerRow): ReadonlySet<string> => {
  const answer = answerIn(row);
  return new Set(
    [answer['verify_keys'], answer['old_verify_keys']].flatMap((keys) =>
      isJsonObject(keys) ? Object.keys(keys) : [],
    ),
  );
};

const answerIn = (row: AnswerRow): JsonObject => {
  const parsed = parseJson(Buffer.from(row.json));
  if (!parsed.ok || !isJsonObject(parsed.value)) {
    throw new Error(`the kept keys of ${row.server_name} are damaged`);
  }
  return parsed.value;
};

const countersign = (engine: Engine, row: AnswerRow): JsonObject =>
  signJson(answerIn(row), engine.serverName, engine.signingKey);
