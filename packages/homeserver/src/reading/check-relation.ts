/** Relations that the specification asks a server not to let its users make. */
import { isJsonObject, type JsonObject, type RoomId, type UserId } from '@causeway/protocol';
import type { Engine } from '../engine.ts';
import { refusal } from '../matrix-error.ts';
import { type ClientTransaction, transactionKey } from '../rooms/client-transaction.ts';
import { clientTransactions, relations } from '../store/schema.ts';
import type { StoreReader } from '../store/store.ts';
import { relationOf } from './client-event.ts';
import { faultOf } from '../refusals.ts';

type Sending = {
  readonly roomId: RoomId;
  readonly sender: UserId;
  readonly type: string;
  readonly content: JsonObject;
  readonly txn: ClientTransaction;
};

/** Equal reactions looked at. */
const MAX_LOOKED_AT = 1000;

/** @throws M_DUPLICATE_ANNOTATION, M_UNKNOWN for a thread that starts inside another relation */
export const checkRelation = async (engine: Engine, sending: Sending): Promise<void> => {
  const relation = relationOf(sending.content);
  if (relation === undefined) return;
  await engine.store.read(async (reader) => {
    if (relation.relType === 'm.annotation') await checkAnnotation(engine, reader, sending, relation.eventId);
    if (relation.relType === 'm.thread') await checkThread(engine, reader, relation.eventId);
  });
};

/** @see https://spec.matrix.org/v1.19/client-server-api/#avoiding-duplicate-annotations */
const checkAnnotation = async (
  engine: Engine,
  reader: StoreReader,
  sending: Sending,
  target: string,
): Promise<void> => {
  const relation = sending.content['m.relates_to'];
  const key = isJsonObject(relation) ? relation.key : undefined;
  const event = await engine.events.byId(reader, target);
  const userNid = await engine.names.userNid(reader, sending.sender);
  if (event === undefined || userNid === undefined || typeof key !== 'string') return;
  const rows = await reader.scan(relations, {
    index: 'by_type',
    where: { room_nid: event.roomNid, target_event_id: target, rel_type: 'm.annotation' },
    limit: MAX_LOOKED_AT,
  });
  for (const row of rows) {
    if (row.key !== key) continue;
    const known = await engine.events.byNid(reader, row.event_nid);
    if (known.senderNid !== userNid || known.redactedBy !== null || known.pdu.type !== sending.type) continue;
    const { deviceId, txnId } = sending.txn;
    const repeated = await reader.get(clientTransactions, {
      user_nid: userNid,
      device_id: deviceId,
      txn_id: transactionKey(txnId, { roomId: sending.roomId, endpoint: sending.type }),
    });
    if (repeated !== undefined) return;
    throw refusal('M_DUPLICATE_ANNOTATION', faultOf('reacted-already'));
  }
};

/** @see https://spec.matrix.org/v1.19/client-server-api/#validation-of-mthread-relationships */
const checkThread = async (engine: Engine, reader: StoreReader, target: string): Promise<void> => {
  const root = await engine.events.byId(reader, target);
  if (root !== undefined && relationOf(root.pdu.content) !== undefined) {
    throw refusal('M_UNKNOWN', faultOf('thread-of-related'));
  }
};
