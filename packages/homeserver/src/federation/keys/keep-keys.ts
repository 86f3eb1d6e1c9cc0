/** Keeps what an answer says, so that no answer takes a good key away. */
import { canonicalJson } from '@causeway/protocol';
import type { RowOf } from '../../store/table.ts';
import { keyAnswers, serverKeys } from '../../store/key-tables.ts';
import type { StoreTx } from '../../store/store.ts';
import type { KeyAnswer, PublishedKey } from './read-key-answer.ts';

/** "Servers MUST use the lesser of this field and 7 days into the future." */
export const MAX_VALIDITY_MS = 7 * 24 * 3600 * 1000;

/** Keys of one server that are kept; a server that has had more is one that fills our disk. */
const MAX_KEYS_PER_SERVER = 300;

/** `direct`: from the server itself, over TLS; `notary`: from a server that we trust to pass answers on. */
export type AnswerSource = 'direct' | 'notary';

/**
 * Takes an answer up, or nothing of it: returns why when it has another key under an ID whose key is still good, or
 * more keys than are kept of one server.
 */
export const keepKeys = async (
  tx: StoreTx,
  answer: KeyAnswer,
  from: { readonly source: AnswerSource; readonly now: number },
): Promise<string | undefined> => {
  const { server } = answer;
  const kept = await tx.scan(serverKeys, { where: { server_name: server } });
  const known = new Map(kept.map((row) => [row.key_id, row]));
  const rows: ServerKeyRow[] = [];
  for (const published of answer.keys) {
    const row = rowOf(answer, published, known.get(published.keyId), from);
    if (row === undefined) return `${published.keyId} is known as another key, which is still valid`;
    rows.push(row);
  }
  const added = rows.filter((row) => !known.has(row.key_id)).length;
  if (known.size + added > MAX_KEYS_PER_SERVER) return 'the server has had more keys than are kept';
  for (const row of rows) await tx.put(serverKeys, row);
  await keepForOthers(tx, answer, from.now);
  return undefined;
};

type ServerKeyRow = RowOf<typeof serverKeys>;

/**
 * The row after this answer, or undefined when it would put another key in the place of a good one. An ID belongs to
 * one key while that is valid; afterwards the server itself, and nobody else, can give it to another.
 */
const rowOf = (
  answer: KeyAnswer,
  { keyId, key, expiredTs }: PublishedKey,
  before: ServerKeyRow | undefined,
  { source, now }: { readonly source: AnswerSource; readonly now: number },
): ServerKeyRow | undefined => {
  const said = Math.min(answer.validUntil, now + MAX_VALIDITY_MS);
  const row = {
    server_name: answer.server,
    key_id: keyId,
    public_key: key.base64,
    valid_until_ts: said,
    expired_ts: expiredTs ?? null,
    fetched_ts: now,
  };
  if (before === undefined) return row;
  if (before.public_key !== key.base64) {
    const isOver = (before.expired_ts ?? before.valid_until_ts) < now;
    return source === 'direct' && expiredTs === undefined && isOver ? row : undefined;
  }
  // An answer that is over by now, and one passed on by a notary, may be older than what we know.
  if (source === 'direct' && answer.validUntil >= now) return row;
  return {
    ...row,
    valid_until_ts: Math.max(before.valid_until_ts, said),
    expired_ts: earliest(before.expired_ts, row.expired_ts),
  };
};

const earliest = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

/** As a notary we pass on the answer itself, because the server's signature is on it. */
const keepForOthers = async (tx: StoreTx, answer: KeyAnswer, now: number): Promise<void> => {
  const json = canonicalJson(answer.signed);
  for (const { keyId, expiredTs } of answer.keys) {
    if (expiredTs !== undefined) continue;
    const before = await tx.get(keyAnswers, { server_name: answer.server, key_id: keyId });
    if (before !== undefined && before.valid_until_ts > answer.validUntil) continue;
    await tx.put(keyAnswers, {
      server_name: answer.server,
      key_id: keyId,
      json,
      valid_until_ts: answer.validUntil,
      fetched_ts: now,
    });
  }
};
