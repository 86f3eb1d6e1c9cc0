/**
 * Asks a room's policy server about staged events that it has not signed, before they are judged: "the Policy
 * Server's key may have rotated between the event being signed and the event being checked".
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#validating-policy-server-signatures
 */
import { isJsonObject, type Pdu, parseJson } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { roomById } from '../rooms/current-state.ts';
import { policyServerOf } from '../rooms/policy-server.ts';
import { stagedPdus } from '../store/schema.ts';
import type { RowOf } from '../store/table.ts';
import { signByPolicy } from './ask-policy-server.ts';

type StagedRow = RowOf<typeof stagedPdus>;

/** Asked for at once. */
const CONCURRENCY = 10;

/** Adds the signatures that are missing to staged events, each asked for once. `asked` are not asked for again. */
export const signStaged = async (
  engine: Engine,
  roomId: string,
  { after, limit, asked }: { readonly after: number; readonly limit: number; readonly asked: Set<number> },
): Promise<void> => {
  const rows = await engine.store.read(async (reader) => {
    const room = await roomById(reader, roomId);
    if (room === undefined || (await policyServerOf(engine, reader, room)) === undefined) return [];
    return reader.scan(stagedPdus, { index: 'by_room', where: { room_id: roomId }, gt: after, limit });
  });
  const waiting = rows.filter((row) => !asked.has(row.sequence));
  while (waiting.length > 0 && !engine.signal.aborted) {
    const batch = waiting.splice(0, CONCURRENCY);
    for (const { sequence } of batch) asked.add(sequence);
    await Promise.all(batch.map((row) => signOne(engine, roomId, row)));
  }
};

const signOne = async (engine: Engine, roomId: string, row: StagedRow): Promise<void> => {
  const parsed = parseJson(row.json);
  if (!parsed.ok || !isJsonObject(parsed.value)) return;
  const pdu = parsed.value as Pdu;
  const verdict = await signByPolicy(engine, roomId, pdu);
  if (verdict.kind === 'unsigned' || verdict.pdu === pdu) return;
  const json = JSON.stringify(verdict.pdu);
  await engine.store.transact((tx) => tx.update(stagedPdus, { sequence: row.sequence }, { json }));
};
