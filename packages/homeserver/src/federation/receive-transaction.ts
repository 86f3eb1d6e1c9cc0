/**
 * Takes in a transaction of another server. Each PDU is checked for itself, and those that pass are staged
 * durably with the answer and the messages for devices, in one commit: what is answered with 200 is not lost.
 * `process-staged` does the rest. A repeated transaction gets the same answer.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#transactions
 */
import {
  isJsonArray,
  isJsonObject,
  isServerAllowed,
  type JsonValue,
  type ServerName,
} from '@causeway/protocol';
import { receiveListUpdates } from '../devices/lists/receive-list-update.ts';
import { type Delivered, publishDelivered } from '../devices/messages/inbox.ts';
import {
  readToDeviceEdus,
  requireAllowance,
  storeToDeviceEdus,
  type ToDeviceEdu,
} from '../devices/messages/receive-to-device.ts';
import type { Engine } from '../engine.ts';
import { MatrixError } from '../matrix-error.ts';
import { roomById, rulesOf, stateEvent } from '../rooms/current-state.ts';
import { isServerInRoom } from '../rooms/servers-in-room.ts';
import { inboundTransactions, type RoomRow, stagedPdus } from '../store/schema.ts';
import type { StoreReader, StoreTx } from '../store/store.ts';
import { noteExchange } from './exchange-hours.ts';
import { drainStaged } from './process-staged.ts';
import { receiveEdu } from './receive-edu.ts';
import { verifyPdu } from './verify-pdu.ts';
import { withdrawInvite } from './withdraw-invite.ts';

const MAX_PDUS = 50;
const MAX_EDUS = 100;

/** A transaction as another server sends it; `content` is its body, parsed and not yet checked. */
export type Transaction = {
  readonly origin: ServerName;
  readonly txnId: string;
  readonly content: JsonValue | undefined;
};

/**
 * By event ID an empty object, or why the PDU was refused.
 *
 * @see https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1sendtxnid
 */
export type TransactionAnswer = {
  readonly pdus: { readonly [eventId: string]: { readonly error?: string } };
};

type Staged = { readonly roomId: string; readonly eventId: string; readonly json: string };
type TakenIn = {
  readonly staged: readonly Staged[];
  readonly messages: readonly ToDeviceEdu[];
  readonly answer: TransactionAnswer;
};
type PduOutcome = { readonly eventId: string; readonly error?: string; readonly staged?: Staged };

/**
 * Takes a transaction of another server, whose request was authenticated before. Resolves when its events are
 * durable; a transaction that came before is answered as it was then.
 *
 * @throws M_BAD_JSON for a body that is no transaction, or over 50 PDUs or 100 EDUs; M_LIMIT_EXCEEDED for one that brings
 * more messages for devices than its server may, of which nothing is taken in
 */
export const receiveTransaction = async (
  engine: Engine,
  transaction: Transaction,
): Promise<TransactionAnswer> => {
  const { pdus, edus } = readTransaction(transaction.content);
  const { origin, txnId } = transaction;
  const { earlier, rooms } = await engine.store.read(async (reader) => ({
    earlier: await reader.get(inboundTransactions, { origin, txn_id: txnId }),
    rooms: await roomsOf(engine, reader, origin, pdus),
  }));
  if (earlier !== undefined) return JSON.parse(earlier.response) as TransactionAnswer;
  const messages = readToDeviceEdus(engine, origin, edus);
  requireAllowance(engine, origin, messages);

  const outcomes: PduOutcome[] = [];
  for (const value of pdus) {
    const outcome = await checkPdu(engine, origin, rooms, value);
    if (outcome !== undefined) outcomes.push(outcome);
  }
  const answer: TransactionAnswer = {
    pdus: Object.fromEntries(
      outcomes.map(({ eventId, error }) => [eventId, error === undefined ? {} : { error }]),
    ),
  };
  const staged = outcomes.flatMap((outcome) => outcome.staged ?? []);
  // Before the transaction is noted: what was lost meanwhile comes again with it.
  await receiveListUpdates(engine, origin, edus);
  publishDelivered(engine, await stage(engine, transaction, { staged, messages, answer }));
  engine.meter.transaction('in', 'ok');
  for (const roomId of new Set(staged.map((pdu) => pdu.roomId))) void drainStaged(engine, roomId);
  for (const edu of edus) await receiveEdu(engine, origin, edu);
  return answer;
};

/** Only a body that can't be read, or that breaks a count limit, is refused whole. */
const readTransaction = (content: JsonValue | undefined) => {
  const body = isJsonObject(content) ? content : undefined;
  const pdus = body?.['pdus'];
  const edus = body?.['edus'] ?? [];
  if (!isJsonArray(pdus) || !isJsonArray(edus)) {
    throw new MatrixError('M_BAD_JSON', 'A transaction has an array `pdus` and may have an array `edus`.');
  }
  if (pdus.length > MAX_PDUS || edus.length > MAX_EDUS) {
    throw new MatrixError('M_BAD_JSON', `A transaction has at most ${MAX_PDUS} PDUs and ${MAX_EDUS} EDUs.`);
  }
  return { pdus, edus };
};

type RoomOfTransaction = {
  readonly room: RoomRow;
  /** Whether the room's server ACL lets the origin in. */
  readonly originAllowed: boolean;
};

const roomIdIn = (value: JsonValue): JsonValue | undefined =>
  isJsonObject(value) ? value['room_id'] : undefined;

/** The rooms of these PDUs that we are in, each looked up once. */
const roomsOf = async (
  engine: Engine,
  reader: StoreReader,
  origin: ServerName,
  pdus: readonly JsonValue[],
): Promise<ReadonlyMap<string, RoomOfTransaction>> => {
  const found = new Map<string, RoomOfTransaction>();
  for (const roomId of new Set(pdus.map(roomIdIn))) {
    const room = typeof roomId === 'string' ? await roomById(reader, roomId) : undefined;
    if (room === undefined) continue;
    if (!(await isServerInRoom(engine, reader, room.room_nid, engine.serverName))) continue;
    const acl = await stateEvent(engine, reader, room, 'm.room.server_acl', '');
    found.set(room.room_id, { room, originAllowed: isServerAllowed(acl?.pdu.content, origin) });
  }
  return found;
};

/** Undefined for something that has no event ID under which an answer could be given. */
const checkPdu = async (
  engine: Engine,
  origin: ServerName,
  rooms: ReadonlyMap<string, RoomOfTransaction>,
  value: JsonValue,
): Promise<PduOutcome | undefined> => {
  const roomId = roomIdIn(value);
  const drop = (reason: string, eventId?: string): PduOutcome | undefined => {
    engine.log.info('pdu dropped', { origin, event_id: eventId, reason });
    return eventId === undefined ? undefined : { eventId, error: reason };
  };
  if (typeof roomId !== 'string') return drop('it names no room');
  const known = rooms.get(roomId);
  const rules = known === undefined ? engine.joins.rulesOf(roomId) : rulesOf(known.room);
  if (rules === undefined) return withdrawInvite(engine, origin, roomId, value);
  const verification = await verifyPdu(engine, rules, value);
  if (!verification.ok) return drop(verification.reason, verification.eventId);
  const { eventId, pdu } = verification;
  if (known?.originAllowed === false) {
    return drop(`${origin} is denied by the room's server ACL`, eventId);
  }
  return { eventId, staged: { roomId, eventId, json: JSON.stringify(pdu) } };
};

const stage = async (
  engine: Engine,
  { origin, txnId }: Transaction,
  { staged, messages, answer }: TakenIn,
): Promise<readonly Delivered[]> => {
  const received_ts = engine.clock.now();
  return engine.store.transact(async (tx) => {
    const earlier = await tx.get(inboundTransactions, { origin, txn_id: txnId });
    if (earlier !== undefined) return [];
    await tx.insert(inboundTransactions, {
      origin,
      txn_id: txnId,
      received_ts,
      response: JSON.stringify(answer),
    });
    const server_nid = await engine.names.serverNid(tx, origin);
    // Of a server that shares nothing with us nothing is counted.
    if (server_nid !== undefined) await noteExchange(tx, server_nid, received_ts, 'received');
    for (const pdu of staged) await stageOne(tx, origin, pdu, received_ts);
    return storeToDeviceEdus(engine, tx, origin, messages);
  });
};

/** What a server sends again while it still waits takes the place of itself, behind what came since. */
const stageOne = async (
  tx: StoreTx,
  origin: ServerName,
  { roomId: room_id, eventId: event_id, json }: Staged,
  received_ts: number,
): Promise<void> => {
  const row = { room_id, event_id, origin, json, received_ts };
  const earlier = await tx.first(stagedPdus, { index: 'by_event', where: { event_id, origin } });
  const isSame = earlier !== undefined && earlier.room_id === room_id;
  if (isSame) await tx.delete(stagedPdus, { sequence: earlier.sequence });
  await tx.insert(stagedPdus, { ...row, ...(isSame ? earlier : {}), sequence: await tx.next('staged_pdu') });
};

/** Answers are kept for a day: a server repeats a transaction until it is answered. */
export const ANSWER_LIFETIME_MS = 24 * 3600 * 1000;

/** Deletes the answers to transactions that nobody repeats any more. */
export const forgetOldTransactions = (engine: Engine): Promise<void> =>
  engine.store.transact((tx) =>
    tx.deleteRange(inboundTransactions, {
      index: 'by_time',
      lt: engine.clock.now() - ANSWER_LIFETIME_MS,
    }),
  );
